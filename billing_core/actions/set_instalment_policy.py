"""Set what a merchant's charges allow that say nothing of instalments."""

from __future__ import annotations

from collections.abc import Iterable

from billing_core.instalments import MONTHS_MAX, MONTHS_MIN
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.errors import InvalidRequest, NotFound


def set_instalment_policy(
    session: Session, *, merchant_id: str, max_months: int, interest_free: Iterable[int]
) -> Merchant:
    """Return the merchant with its new policy; charges that exist keep theirs.

    `max_months` is the longest plan, 0 for one payment only; the merchant pays the interest of the
    months in `interest_free`. Raises NotFound and InvalidRequest.
    """
    free = sorted(set(interest_free))
    if max_months != 0 and not MONTHS_MIN <= max_months <= MONTHS_MAX:
        raise InvalidRequest.field(
            "/max_months", f"The longest plan is 0 or {MONTHS_MIN} to {MONTHS_MAX} months."
        )
    if any(not MONTHS_MIN <= month <= max_months for month in free):
        raise InvalidRequest.field(
            "/interest_free",
            f"Months free of interest are {MONTHS_MIN} or more, and none is longer than the plan.",
        )
    merchant = session.get(Merchant, merchant_id, with_for_update=True)
    if merchant is None:
        raise NotFound(f"There is no merchant {merchant_id}. Its id begins with mer_.")
    merchant.max_months, merchant.interest_free = max_months, free
    session.flush()
    return merchant
