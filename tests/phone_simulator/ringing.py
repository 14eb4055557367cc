"""Calls a pretend product with keys pressed at given seconds, without scripts and without HTTP to a simulator."""

from dataclasses import dataclass, field

from phone_simulator.catalogue import Catalogue
from phone_simulator.line.call import Call
from phone_simulator.line.caller import Act, HangUp, Key, LineEvent
from phone_simulator.line.courier import Courier
from phone_simulator.line.interpreter import Interpreter
from phone_simulator.line.line import Line
from phone_simulator.line.sabotage import Sabotage
from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN, Behaviour
from tests.phone_simulator.product import Product


@dataclass
class TimedCaller:
    """Presses `keys[second]` at that second of the call."""

    keys: dict[float, str]
    hang_up_at: float | None = None
    events: list[LineEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._acts: list[Act] = [
            Key(key, at + index * 0.01)
            for at, typed in sorted(self.keys.items())
            for index, key in enumerate(typed)
        ]
        if self.hang_up_at is not None:
            self._acts = [
                *(act for act in self._acts if act.at < self.hang_up_at),
                HangUp(self.hang_up_at),
            ]

    def act(self, now: float, until: float) -> Act | None:
        return self._acts.pop(0) if self._acts and self._acts[0].at <= until else None

    def notice(self, event: LineEvent) -> None:
        self.events.append(event)


def ring(
    product: Product,
    keys: dict[float, str] | None = None,
    *,
    hang_up_at: float | None = None,
    behaviour: Behaviour | None = None,
    catalogue: Catalogue | None = None,
    sabotage: Sabotage | None = None,
    voice_path: str = "/voice",
    voice_method: str = "POST",
    fallback_path: str = "",
    status_path: str = "",
    from_: str = "+821012345678",
) -> Call:
    call = Call(
        ACCOUNT_SID,
        from_,
        "+827012345678",
        voice_url=product.url + voice_path,
        voice_method=voice_method,
    )
    call.fallback_url = product.url + fallback_path if fallback_path else ""
    call.status_url = product.url + status_path if status_path else ""
    chosen = behaviour or Behaviour()
    line = Line(
        call,
        TimedCaller(keys or {}, hang_up_at),
        chosen,
        catalogue or Catalogue(),
        sabotage or Sabotage(),
    )
    Interpreter(line, Courier(AUTH_TOKEN, chosen.signature, chosen.request_budget_s)).run()
    return call


def kinds(call: Call, kind: str) -> list[dict[str, object]]:
    return [entry.details for entry in call.entries if entry.kind == kind]


def codes(call: Call) -> list[str]:
    return [problem.code for problem in call.problems]
