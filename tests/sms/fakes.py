"""A provider of texts that keeps the protocol, and what can happen to whoever asks it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from sms.provider import Deferred, Outcome, OutgoingText, Receipt, Refused, Sent, Unknown
from sms.texts import TextStatus

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "a-token"
NUMBER = "+827012340000"
CALLBACK = "https://ars.example/twilio/text-status"


class Situation(Enum):
    """What can happen to somebody who hands over a text."""

    ACCEPTED = auto()
    INVALID_NUMBER = auto()
    LANDLINE = auto()
    OPTED_OUT = auto()
    REGION_OFF = auto()
    WRONG_SENDER = auto()
    WRONG_CREDENTIALS = auto()
    WRONG_ACCOUNT = auto()
    NO_TO_NOBODY_KNOWS = auto()
    BUSY = auto()
    BUSY_SAYS_WHEN = auto()
    QUEUE_FULL = auto()
    BROKEN = auto()
    AWAY = auto()
    REDIRECTS = auto()
    SILENT = auto()
    DRIPS_HEADERS = auto()
    DRIPS_BODY = auto()
    RESETS = auto()
    GARBAGE = auto()
    JSON_OF_ANOTHER_SHAPE = auto()
    ENDLESS = auto()
    UNREACHABLE = auto()


OUTCOMES: dict[Situation, Outcome] = {
    Situation.ACCEPTED: Sent("SM" + "a" * 32),
    Situation.INVALID_NUMBER: Refused("invalid_number", ""),
    Situation.LANDLINE: Refused("not_a_mobile", ""),
    Situation.OPTED_OUT: Refused("opted_out", ""),
    Situation.REGION_OFF: Refused("region_not_enabled", ""),
    Situation.WRONG_SENDER: Refused("invalid_sender", ""),
    Situation.WRONG_CREDENTIALS: Refused("provider_credentials", ""),
    Situation.WRONG_ACCOUNT: Refused("provider_configuration", ""),
    Situation.NO_TO_NOBODY_KNOWS: Refused("provider_refused", ""),
    Situation.BUSY: Deferred("provider_busy"),
    Situation.BUSY_SAYS_WHEN: Deferred("provider_busy", 7.0),
    Situation.QUEUE_FULL: Deferred("provider_busy"),
    Situation.BROKEN: Unknown(""),
    Situation.AWAY: Unknown(""),
    Situation.REDIRECTS: Unknown(""),
    Situation.SILENT: Unknown(""),
    Situation.DRIPS_HEADERS: Unknown(""),
    Situation.DRIPS_BODY: Unknown(""),
    Situation.RESETS: Unknown(""),
    Situation.GARBAGE: Unknown(""),
    Situation.JSON_OF_ANOTHER_SHAPE: Unknown(""),
    Situation.ENDLESS: Unknown(""),
    Situation.UNREACHABLE: Deferred("provider_unreachable"),
}


# In which a provider has taken what it was handed, whatever it answers.
TAKEN = frozenset(
    {
        Situation.ACCEPTED,
        Situation.SILENT,
        Situation.DRIPS_HEADERS,
        Situation.DRIPS_BODY,
        Situation.RESETS,
        Situation.GARBAGE,
        Situation.JSON_OF_ANOTHER_SHAPE,
        Situation.ENDLESS,
    }
)


@dataclass
class FakeTexts:
    """Keeps the protocol of `TextSender`; things happen `during` a text, and while one is `asked` about."""

    situation: Situation = Situation.ACCEPTED
    during: Callable[[OutgoingText], None] = lambda _text: None
    asked: Callable[[OutgoingText], None] = lambda _text: None
    sent: list[OutgoingText] = field(default_factory=list)
    taken: list[tuple[str, OutgoingText]] = field(default_factory=list)

    def send(self, text: OutgoingText) -> Outcome:
        self.sent.append(text)
        self.during(text)
        outcome = OUTCOMES[self.situation]
        sid = f"SM{secrets.token_hex(16)}"
        if self.situation in TAKEN:
            self.taken.insert(0, (sid, text))
        return Sent(sid) if isinstance(outcome, Sent) else outcome

    def find(self, text: OutgoingText) -> Sequence[Receipt] | Unknown:
        self.asked(text)
        if self.situation is not Situation.ACCEPTED:
            return Unknown(self.situation.name)
        same = [sid for sid, each in self.taken if (each.to, each.body) == (text.to, text.body)]
        return [Receipt(sid, TextStatus.SENT) for sid in same]
