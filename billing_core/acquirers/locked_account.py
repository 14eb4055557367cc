"""An account whose contract cannot be opened: nothing is sent, and whatever is asked says so.

It keeps the protocol, so that one merchant's lost key is that merchant's trouble alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import CardSecrets, ChargeOrder, Checked, Declined, Unknown
from foundation.money import Money
from foundation.sealing import Secret

WHY = (
    "the contract of this account cannot be opened with the keys of this installation. Give it anew "
    "with `ars acquirer use`."
)
NOT_SENT = Declined(DeclineCode.MERCHANT_CONFIG)
LEARNT_NOTHING = Unknown(WHY)


class LockedAccount:
    """Stands for an acquirer that nobody here can reach."""

    has_void = False
    voids_first = False

    def __init__(self, name: str) -> None:
        self.name = name

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Declined:
        """Nothing was sent, so this is a no."""
        return NOT_SENT

    def find_bill_key(self, order_id: str) -> Unknown:
        return LEARNT_NOTHING

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Unknown:
        return LEARNT_NOTHING

    def charge(self, order: ChargeOrder) -> Declined:
        """Nothing was sent, so this is a no."""
        return NOT_SENT

    def find_charge(self, order_id: str) -> Unknown:
        return LEARNT_NOTHING

    def void_charge(self, order_id: str, amount: Money) -> Unknown:
        return LEARNT_NOTHING

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Unknown:
        """A cancel by this id may be under way since before; who cannot ask does not know."""
        return LEARNT_NOTHING

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Unknown:
        return LEARNT_NOTHING

    def list_day(self, day: date) -> Unknown:
        return LEARNT_NOTHING

    def list_interest_free(self) -> Unknown:
        return LEARNT_NOTHING

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Nobody can tell; what is not genuine is not believed."""
        return False

    def check(self) -> Checked:
        return Checked(credentials=WHY)
