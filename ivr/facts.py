"""The facts of a call: fixed at its first turn and stored with it, so that replay always agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from foundation.clock import KST
from foundation.money import Money
from ivr.spoken import spoken_text
from ivr.words import Language, Spoken

# Until merchants can set their own, a person answers on weekdays from nine to six, Korean time.
OFFICE_OPENS, OFFICE_CLOSES = 9, 18


@dataclass(frozen=True)
class Facts:
    """Everything a dialogue may know. Names as the voice says them; moments in RFC 3339."""

    script: str
    today: str
    request_id: str = ""
    merchant_id: str = ""
    merchant: str = ""
    merchant_phone: str | None = None
    office_open: bool = False
    says_approval_number: bool = False
    item: str = ""
    note: str | None = None
    trust_phrase: str | None = None
    consent: str = "each_charge"
    amount: int | None = None
    billing_day: int | None = None
    # How the caller wanted to be spoken to in the last call about this request.
    language: Language = "ko"
    slow: bool = False
    # Consent was given in a call that was cut off less than ten minutes ago.
    was_cut_off: bool = False
    # About a charge: its card ("active", "expired" or "none"), the months that may be offered, those
    # whose interest the merchant pays, and those that issuers pay today, wholly or partly, by code.
    card: str = "none"
    card_type: str | None = None
    owner: str | None = None
    issuer_code: str = ""
    max_months: int = 0
    interest_free: tuple[int, ...] = ()
    issuer_plans: Mapping[str, Sequence[int]] = field(default_factory=dict)
    partly_free: Mapping[str, Sequence[int]] = field(default_factory=dict)
    # About a request that is over: how it ended, when, and with which card.
    ending: str = ""
    ended_at: str | None = None
    issuer: str = ""
    last4: str = ""

    def to_json(self) -> dict[str, Any]:
        """The form in which a call keeps its facts."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Facts:
        """What `to_json` wrote, in this version or another: processes of both answer one call.

        Facts that an older version did not know keep their default, those of a newer one are left out.
        """
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})

    @property
    def day(self) -> date:
        """The day of the call in Korea."""
        return date.fromisoformat(self.today)

    @property
    def money(self) -> Money:
        """The amount of a charge."""
        return Money(self.amount or 0)

    @property
    def tomorrow_at_ten(self) -> datetime:
        """When a customer who wants to pay later is reminded, in Korea."""
        return datetime.combine(self.day + timedelta(days=1), time(10), KST)

    @property
    def merchant_spoken(self) -> Spoken:
        return spoken_text(self.merchant)

    @property
    def item_spoken(self) -> Spoken:
        return spoken_text(self.item)

    @property
    def ended(self) -> datetime:
        """When the request ended."""
        return datetime.fromisoformat(self.ended_at or "")
