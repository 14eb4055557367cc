"""What a call by hand stands on: the registration or charge whose number was called, as `given:` of a script would make it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from phone_simulator.line.call import Call
from phone_simulator.phones import KOREA, TEST_PHONES, present
from phone_simulator.scripts.stage import Stage
from phone_simulator.switchboard import FATED_PHONES, Switchboard

# The request of a call just made is among the newest.
LOOKED_AT = 100
# What `given:` says itself, or what a new request may not repeat.
OWN_WORDS = frozenset(
    ["order_id", "channel", "customer", "item", "terms", "trust_phrase", "bill_key", "card"]
)


@dataclass(frozen=True)
class Request:
    """A registration or charge of the product, as its API shows it, and as it was asked for if that is known."""

    kind: str
    shown: dict[str, Any]
    asked: dict[str, Any]

    @property
    def phone(self) -> str:
        return str(self.shown["customer"]["phone"])

    @property
    def bill_key(self) -> str | None:
        return self.shown.get("bill_key")

    def given(self) -> dict[str, Any]:
        """`given:` of a script that asks for the same again."""
        made = {
            "customer": phone_in_script(self.phone), "request": "register", "name": self.shown["customer"]["name"],
            "item": self.shown["item"], "trust_phrase": self.shown.get("trust_phrase"),
            "consent": self.shown["terms"]["consent"],
        }  # fmt: skip
        return {name: value for name, value in made.items() if value is not None} | self._more()

    def given_charge(self, *, with_bill_key: bool) -> dict[str, Any]:
        """`given:` of a charge, on the card that the script has registered or on the one it names."""
        charge = {"amount": self.shown["amount"], "item": self.shown["item"], **self._kept()}
        if with_bill_key:
            return {
                "customer": phone_in_script(self.phone),
                "charge": {"bill_key": self.bill_key, **charge},
            }
        return {"charge": charge}

    def _more(self) -> dict[str, Any]:
        kept = self._kept()
        return {"registration": kept} if kept else {}

    def _kept(self) -> dict[str, Any]:
        """What was asked for beyond what every request has."""
        return {
            name: value for name, value in self.asked.items() if name not in (*OWN_WORDS, "amount")
        }


def phone_in_script(phone: str) -> str:
    """A fresh phone in every run, because a phone gets few texts an hour; a test phone with a fate stays itself."""
    return written(phone) if phone in (*FATED_PHONES, *TEST_PHONES) else "{phone}"


def written(phone: str) -> str:
    """A Korean number as people write it, which no reader of YAML takes for a sum."""
    national = "0" + phone.removeprefix(KOREA) if phone.startswith(KOREA) else phone
    if national.startswith("01") and len(national) == 11:
        return f"{national[:3]}-{national[3:7]}-{national[7:]}"
    return national


class Requests:
    """Looks requests up with the product's API; raises StageError when there is none to ask."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._stage = Stage(board, board.options.api_url, board.options.api_key)

    def of_call(self, call: Call) -> Request | None:
        """Whose number was called: the caller's own request comes before somebody else's, a newer one before an older."""
        found = [
            request
            for kind in ("charge", "registration")
            for request in self._newest(kind)
            if request.shown.get("virtual_number") == call.to
        ]
        found.sort(key=lambda request: str(request.shown.get("created_at")), reverse=True)
        inbox = present(call.from_).inbox
        return next((one for one in found if one.phone == inbox), found[0] if found else None)

    def registration_of(self, bill_key: str) -> Request | None:
        shown = self._get(f"/v1/bill_keys/{bill_key}")
        registration = shown and self._get(f"/v1/registrations/{shown.get('registration')}")
        return self._request("registration", registration) if registration else None

    def _newest(self, kind: str) -> list[Request]:
        found = self._get(f"/v1/{kind}s?limit={LOOKED_AT}") or {}
        return [self._request(kind, shown) for shown in found.get("data", [])]

    def _request(self, kind: str, shown: dict[str, Any]) -> Request:
        return Request(kind, shown, self._board.asked_for.get(str(shown.get("id")), {}))

    def _get(self, path: str) -> dict[str, Any] | None:
        answer = self._stage.ask_product("GET", path)
        return answer.body if answer.status == 200 and isinstance(answer.body, dict) else None


def calls_on(request: Request, board: Switchboard, since: datetime, until: datetime) -> list[Call]:
    """The calls by hand that were made to a request's number in this time and can be told, in order."""
    number = request.shown.get("virtual_number")
    return [
        call
        for call in list(board.calls.values())
        if call.to == number and since <= call.created_at <= until and _can_be_told(call)
    ]


def _can_be_told(call: Call) -> bool:
    return call.made_by == "hand" and call.is_over and not call.recording.is_withheld
