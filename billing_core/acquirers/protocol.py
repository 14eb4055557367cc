"""What an acquirer does about bill keys and charges, and the outcomes it may have.

Only an explicit yes is Issued, Approved or Canceled, only an explicit no is Declined; a time-out,
a broken or unreadable answer and a code nobody knows are Unknown. Network trouble is an outcome
here, never an exception. A card or a charge is sent once; after that its order id is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from billing_core.acquirers.declines import DeclineCode
from foundation.money import Money
from foundation.sealing import Secret


class CardType(StrEnum):
    """How a card pays."""

    CREDIT = "credit"
    CHECK = "check"


class Owner(StrEnum):
    """Whose card it is."""

    PERSONAL = "personal"
    CORPORATE = "corporate"


@dataclass(frozen=True, repr=False)
class CardSecrets:
    """Everything a customer keyed about a card, on its way to the acquirer. It prints as dots."""

    number: Secret
    # Birth date YYMMDD, or the business number of ten digits.
    holder: Secret
    # The first two digits of the card's password.
    password: Secret
    expiry_month: int
    # In full: 2029.
    expiry_year: int

    def __repr__(self) -> str:
        return "CardSecrets(••••)"


@dataclass(frozen=True)
class Issued:
    """The acquirer keeps a live bill key for the card."""

    # In whatever form the adapter wants to get it back; it may hold several parts.
    acquirer_key: Secret
    # The spoken name and the code of `issuers`.
    issuer: str
    issuer_code: str
    card_type: CardType
    owner: Owner


@dataclass(frozen=True)
class Declined:
    """An explicit no: no key was issued, no money moved, nothing was given back."""

    code: DeclineCode
    # What the gateway itself said, for operators; never shown to customers.
    gateway_code: str | None = None


@dataclass(frozen=True)
class NotFound:
    """The acquirer has nothing under this id at the moment. By itself this proves nothing."""


@dataclass(frozen=True)
class Removed:
    """The acquirer's key is gone, now or since an earlier removal."""


@dataclass(frozen=True)
class Unknown:
    """Nothing was learnt. `why` is for operators and carries nothing of the card."""

    why: str = ""


@dataclass(frozen=True)
class ChargeOrder:
    """One charge on its way to the acquirer."""

    # Ours, and never used again. It tells its own moment, for inquiries that want the day.
    order_id: str
    acquirer_key: Secret
    amount: Money
    # The part of the amount that carries no value added tax.
    tax_free: Money
    # 0 is one payment.
    months: int
    # The merchant bears the interest. A plan that the issuer bears is sent as an ordinary one.
    is_interest_free: bool
    item: str
    customer_name: str
    # Whose card it is, as `issuers` calls it: one issuer may be down while the others are not.
    issuer_code: str = ""


@dataclass(frozen=True)
class Approved:
    """The money moved, and some of it may have been given back since."""

    # The acquirer's own id of the payment.
    transaction_id: str
    approval_number: str
    approved_at: datetime
    receipt_url: str | None


@dataclass(frozen=True)
class Voided:
    """Nothing is captured under this order id, and nothing ever will be."""


@dataclass(frozen=True)
class Canceled:
    """The money was given back."""

    # The acquirer's own id of the cancellation.
    cancel_transaction_id: str
    at: datetime


@dataclass(frozen=True)
class Listed:
    """One payment in the acquirer's list of a day."""

    order_id: str
    transaction_id: str
    amount: Money
    # What was given back of it until now, whole or in parts.
    canceled: Money
    approved_at: datetime


class BillKeyIssuer(Protocol):
    """An acquirer that issues bill keys."""

    @property
    def name(self) -> str:
        """The name under which attempts and bill keys remember their acquirer."""
        ...

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Check a card and issue a key for it. An order id that was used before issues nothing."""
        ...

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        """Say what became of an order; a key that was removed is NotFound.

        An acquirer without such an inquiry answers NotFound: nobody can charge a key that nobody
        knows, and the customer must not wait for ever.
        """
        ...

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        """Remove a key. Safe to repeat; each try has an order id of its own."""
        ...


class Charger(Protocol):
    """An acquirer that charges bill keys."""

    @property
    def has_void(self) -> bool:
        """Whether a charge can be undone by its order id, before anybody knows what became of it."""
        ...

    @property
    def voids_first(self) -> bool:
        """Whether the gateway demands that a charge without an answer is undone at once.

        Elsewhere an inquiry comes first, and an approval that it finds is adopted.
        """
        ...

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge a key. An order id that was used before charges nothing again.

        An adapter whose acquirer knows idempotency keys may repeat the request within this call.
        """
        ...

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        """Say what became of an order; one that was cancelled in full is Voided.

        Acquirers that do not find declined orders by their id answer NotFound for them.
        """
        ...

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        """Undo an order by its id alone. Declined: it is too late, and an ordinary cancel is due.

        NotFound is no proof here either: the charge may still be on its way.
        """
        ...

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        """Give back an approved charge, whole or in part; `remaining` is what was left before.

        A cancel id that was used before gives nothing back again.
        """
        ...

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        """Say whether a cancel happened. Adapters make its id part of what the acquirer lists."""
        ...

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        """Every payment that was approved on a day in Korea, whatever became of it."""
        ...


@dataclass(frozen=True)
class InterestFree:
    """Months that an issuer offers free of interest, for amounts and days within these bounds."""

    issuer_code: str
    months: tuple[int, ...]
    amount_min: Money
    # None: no upper bound.
    amount_max: Money | None
    last_day: date


@dataclass(frozen=True)
class Checked:
    """What a harmless call learnt about the way to an acquirer."""

    # None: all is well. Otherwise what is wrong and what to do, in words for operators.
    network: str | None = None
    credentials: str | None = None
    # How far the acquirer's clock is ahead of ours, in seconds; None where it does not tell.
    clock_ahead_s: float | None = None


class Office(Protocol):
    """What an acquirer answers to operators rather than customers."""

    def list_interest_free(self) -> Sequence[InterestFree] | Unknown | None:
        """The months that issuers offer free of interest today; None where it has no such list."""
        ...

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a webhook came from the acquirer, as far as that can be told.

        Headers have their names in small letters. What is not signed is inquired, not believed.
        """
        ...

    def check(self) -> Checked:
        """Make one harmless call, and say whether network, credentials and clock are right."""
        ...


class Acquirer(BillKeyIssuer, Charger, Office, Protocol):
    """An acquirer that does all of it."""
