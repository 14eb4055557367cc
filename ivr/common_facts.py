"""The facts that every call has: the day, the merchant, and whether somebody is in the office."""

from __future__ import annotations

from billing_core.merchants import Merchant
from foundation.clock import KST
from foundation.database import Session
from ivr.facts import OFFICE_CLOSES, OFFICE_OPENS, Facts

SATURDAY = 5


def common_facts(session: Session, merchant: Merchant) -> Facts:
    """Facts that do not depend on what the call is about."""
    local = session.now.astimezone(KST)
    return Facts(
        script="",
        today=local.date().isoformat(),
        merchant_id=merchant.id,
        merchant=merchant.spoken_name,
        merchant_phone=merchant.phone.e164 if merchant.phone else None,
        says_approval_number=merchant.says_approval_number,
        office_open=local.weekday() < SATURDAY and OFFICE_OPENS <= local.hour < OFFICE_CLOSES,
    )
