"""What can go wrong between the provider and the product, armed by a script and used up by the next webhooks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from threading import Barrier
from typing import Any

from phone_simulator.clock import sleep_s
from phone_simulator.line.courier import Answer, CookieJar, Courier, Failed, Tampering, Webhook
from phone_simulator.line.exchange import Exchange
from phone_simulator.twiml.problems import Problem

Recorder = Callable[[Exchange], None]
FORGERIES = {
    "unsigned": Tampering(unsigned=True),
    "wrong_token": Tampering(wrong_token=True),
    "tampered": Tampering(tampered=True),
    "wrong_scheme": Tampering(wrong_scheme=True),
}
REPEATS = ("duplicate", "concurrent", "late", "lost")
KINDS = (*REPEATS, *FORGERIES, "delayed", "extra_parameter")
CONCURRENT_COPIES = 8
TIMES_MAX = 100
COPIES_MAX = 16
# The provider itself gives up after fifteen seconds.
DELAY_MAX_S = 14.0


@dataclass
class WebhookFault:
    kind: str
    times: int = 1
    copies: int = CONCURRENT_COPIES
    # Only webhooks for this purpose (voice, action, redirect, fallback, status); all of them if empty.
    purpose: str = ""
    # Webhooks that pass unharmed before the fault strikes.
    after: int = 0
    seconds: float = 0.5
    # A forged request comes in addition to the real one, unless it takes its place.
    instead: bool = False
    same_answer: bool = True


def read_fault(raw: Any) -> WebhookFault:
    """Read `{"webhook": "delayed", "seconds": 2}`; a ValueError or TypeError says what is wrong."""
    known = {one.name for one in fields(WebhookFault)} - {"kind"} | {"webhook"}
    if not isinstance(raw, dict) or not set(raw) <= known:
        raise TypeError(f"a fault has webhook and some of {', '.join(sorted(known - {'webhook'}))}")
    if raw.get("webhook") not in KINDS:
        raise ValueError(f"webhook: {raw.get('webhook')!r} is not one of {', '.join(KINDS)}")
    fault = WebhookFault(raw["webhook"], **{name: raw[name] for name in raw if name != "webhook"})
    if not 1 <= fault.times <= TIMES_MAX or not 2 <= fault.copies <= COPIES_MAX:
        raise ValueError(f"times: 1 to {TIMES_MAX}; copies: 2 to {COPIES_MAX}")
    if not 0 <= fault.seconds <= DELAY_MAX_S or not 0 <= fault.after <= TIMES_MAX:
        raise ValueError(f"seconds: 0 to {DELAY_MAX_S:g}; after: 0 to {TIMES_MAX}")
    return fault


@dataclass
class Sabotage:
    """The faults armed for one call."""

    faults: list[WebhookFault] = field(default_factory=list)
    drop_every: int = 0
    hang_up_in_flight: bool = False
    findings: list[Problem] = field(default_factory=list)
    _late: list[tuple[Webhook, Answer | Failed]] = field(default_factory=list)
    _keys_seen: int = 0

    def loses_key(self) -> bool:
        self._keys_seen += 1
        return self.drop_every > 0 and self._keys_seen % self.drop_every == 0

    def deliver(
        self, courier: Courier, webhook: Webhook, jar: CookieJar, record: Recorder
    ) -> Answer | Failed:
        """Deliver one webhook with whatever fault is due for it, then the late copies of earlier ones."""
        late, self._late = self._late, []
        fault = self._due(webhook.purpose)
        answer = (
            self._struck(fault, courier, webhook, jar, record)
            if fault
            else courier.deliver(webhook, jar, record)
        )
        for old, old_answer in late:
            again = courier.deliver(old, jar, _marked(record, "late"))
            self._compare("late", old, [old_answer, again])
        return answer

    def _due(self, purpose: str) -> WebhookFault | None:
        for fault in self.faults:
            if fault.purpose not in ("", purpose):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            self.faults = [left for left in self.faults if left.times > 0]
            return fault
        return None

    def _struck(
        self,
        fault: WebhookFault,
        courier: Courier,
        webhook: Webhook,
        jar: CookieJar,
        record: Recorder,
    ) -> Answer | Failed:
        marked = _marked(record, fault.kind)
        if fault.kind in FORGERIES:
            return self._forged(fault, courier, webhook, jar, record)
        if fault.kind == "extra_parameter":
            return courier.deliver(
                replace(webhook, parameters=webhook.parameters | {"NewParameter": "1"}), jar, marked
            )
        if fault.kind == "delayed":
            sleep_s(fault.seconds)
            return courier.deliver(webhook, jar, marked)
        if fault.kind == "concurrent":
            answers = _at_once(fault.copies, lambda: courier.deliver(webhook, jar, marked))
        else:
            answers = [courier.deliver(webhook, jar, record)]
            if fault.kind == "late":
                self._late.append((webhook, answers[0]))
            else:
                answers.append(courier.deliver(webhook, jar, marked))
        if fault.same_answer:
            self._compare(fault.kind, webhook, answers)
        return answers[-1] if fault.kind == "lost" else answers[0]

    def _forged(
        self,
        fault: WebhookFault,
        courier: Courier,
        webhook: Webhook,
        jar: CookieJar,
        record: Recorder,
    ) -> Answer | Failed:
        statuses: list[int | None] = []

        def watched(exchange: Exchange) -> None:
            _marked(record, fault.kind)(exchange)
            seen.append(exchange)

        seen: list[Exchange] = []
        outcome = courier.deliver(webhook, jar, watched, FORGERIES[fault.kind])
        statuses = [exchange.status for exchange in seen]
        if statuses[-1:] != [403]:
            message = (
                f"a request that is {fault.kind.replace('_', ' ')} got {statuses[-1:]}, not 403"
            )
            self.findings.append(Problem("fault-forged", message, url=webhook.url, grave=True))
        return outcome if fault.instead else courier.deliver(webhook, jar, record)

    def _compare(self, kind: str, webhook: Webhook, answers: list[Answer | Failed]) -> None:
        distinct = {
            (answer.status, answer.body) if isinstance(answer, Answer) else answer
            for answer in answers
        }
        if len(distinct) > 1:
            message = f"{len(answers)} deliveries of one webhook ({kind}) got {len(distinct)} different answers"
            self.findings.append(Problem("fault-repeat", message, url=webhook.url, grave=True))


def _marked(record: Recorder, kind: str) -> Recorder:
    def marked(exchange: Exchange) -> None:
        exchange.fault = kind
        record(exchange)

    return marked


def _at_once(copies: int, deliver: Callable[[], Answer | Failed]) -> list[Answer | Failed]:
    """Let all copies go at the same moment."""
    gate = Barrier(copies)

    def deliver_together(_: int) -> Answer | Failed:
        gate.wait()
        return deliver()

    with ThreadPoolExecutor(copies) as threads:
        return list(threads.map(deliver_together, range(copies)))
