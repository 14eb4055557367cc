"""What an acquirer does about bill keys, and the outcomes it may have.

Only an explicit yes is Issued or Removed, only an explicit no is Declined; a time-out, a broken or
unreadable answer and a code nobody knows are Unknown. Network trouble is an outcome here, never
an exception. A card is sent once; after that only its order id is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from billing_core.acquirers.declines import DeclineCode
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
    """An explicit no. No key was issued."""

    code: DeclineCode
    # What the gateway itself said, for operators; never shown to customers.
    gateway_code: str | None = None


@dataclass(frozen=True)
class NotFound:
    """The acquirer has no live key of this order at the moment. By itself this proves nothing."""


@dataclass(frozen=True)
class Removed:
    """The acquirer's key is gone, now or since an earlier removal."""


@dataclass(frozen=True)
class Unknown:
    """Nothing was learnt. `why` is for operators and carries nothing of the card."""

    why: str = ""


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
