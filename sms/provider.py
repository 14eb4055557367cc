"""What a provider of text messages does for us, in our words; adapters translate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from foundation.phone_number import PhoneNumber
from sms.texts import TextStatus


@dataclass(frozen=True)
class OutgoingText:
    """One text to hand over. What it says and to whom is not for logs."""

    text_id: str
    to: PhoneNumber = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True)
class Sent:
    """The provider has taken it, under this id."""

    sid: str


@dataclass(frozen=True)
class Deferred:
    """The provider never processed it and may be asked again; `wait_s` if it said when."""

    code: str
    wait_s: float | None = None


@dataclass(frozen=True)
class Refused:
    """The provider will not take it, however often it is asked."""

    code: str
    reason: str


@dataclass(frozen=True)
class Unknown:
    """It may have been taken: the request went out and no clear answer came back."""

    reason: str


Outcome = Sent | Deferred | Refused | Unknown


@dataclass(frozen=True)
class Receipt:
    """What the provider reports of a text later, by our id where it still knows it."""

    sid: str
    status: TextStatus
    error_code: str | None = None
    text_id: str | None = None


class TextSender(Protocol):
    """Hands a text to a provider; expected trouble is an outcome, never an exception."""

    def send(self, text: OutgoingText) -> Outcome:
        """Hand over one text, once."""

    def find(self, text: OutgoingText) -> Sequence[Receipt] | Unknown:
        """What the provider has to this number in these words, the newest first.

        It cannot be asked for our id, so the words of an earlier text may be among them.
        """
