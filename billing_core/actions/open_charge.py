"""Open a charge: ask for one amount on one bill key.

With consent in a call (`ars`) a number is lent and texted. Under the standing consent of the
registration (`none`) work is staged that charges the registered card at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core import bill_keys
from billing_core.bill_keys import BillKey, card_view
from billing_core.charge_invitations import invite
from billing_core.charges import Charge, Consent, Status
from billing_core.merchants import Merchant
from billing_core.standing_consent import why_no_standing_consent
from foundation.database import Session
from foundation.errors import Conflict, InvalidRequest, NotFound
from foundation.ids import new_id
from foundation.money import Money

OPENED = Counter("ars_charges_opened", "Charges opened.", ["consent"])

log = structlog.get_logger()


@dataclass(frozen=True)
class NewCharge:
    """What a merchant asks for, already checked field by field."""

    order_id: str
    bill_key: str
    amount: Money
    item: str
    expires_in: timedelta
    # A sentence that is read out after the amount.
    note: str | None = None
    consent: Consent = Consent.ARS
    tax_free_amount: Money = Money(0)
    # 0 is one payment only; of the months up to the longest plan, the merchant pays for some. None
    # leaves both to the merchant's policy.
    max_months: int | None = None
    interest_free: tuple[int, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


def open_charge(session: Session, *, merchant: Merchant, request: NewCharge) -> Charge:
    """Write the charge and set it going, all in the transaction of `session`."""
    bill_key = _usable_key(session, merchant, request)
    if request.tax_free_amount > request.amount:
        raise InvalidRequest.field(
            "/tax_free_amount", "The tax-free part cannot be more than the amount."
        )
    charge = _write(session, bill_key, _with_policy(merchant, request))
    if request.consent is Consent.NONE:
        session.stage("urgent_charge_standing", charge.id, "1", key=f"{charge.id}:1")
    else:
        invite(session, charge)
    OPENED.labels(request.consent).inc()
    log.info("charge.opened", charge=charge.id, consent=charge.consent)
    return charge


def _usable_key(session: Session, merchant: Merchant, request: NewCharge) -> BillKey:
    bill_key = session.get(BillKey, request.bill_key)
    if bill_key is None or bill_key.merchant_id != merchant.id:
        raise NotFound("There is no such bill key.")
    if bill_key.status == bill_keys.Status.REVOKED:
        raise Conflict(
            "This bill key is revoked, and nothing can be charged with it. Have the customer "
            "register a card again."
        )
    # Who is called can pay with another card, and keep it.
    if bill_key.status == bill_keys.Status.EXPIRED and request.consent is Consent.NONE:
        raise Conflict(
            'The card of this bill key has expired. Send the charge with the consent "ars", so '
            "that the customer can pay with another card, or have a card registered again."
        )
    why_not = why_no_standing_consent(session, bill_key, request.amount)
    if request.consent is Consent.NONE and why_not:
        raise Conflict(why_not, code="consent_required")
    return bill_key


def _with_policy(merchant: Merchant, request: NewCharge) -> NewCharge:
    if request.max_months is not None:
        return request
    policy = tuple(merchant.interest_free)
    return replace(request, max_months=merchant.max_months, interest_free=policy)


def _write(session: Session, bill_key: BillKey, request: NewCharge) -> Charge:
    is_standing = request.consent is Consent.NONE
    charge = Charge(
        id=new_id("chg", session.now),
        merchant_id=bill_key.merchant_id,
        livemode=bill_key.livemode,
        status=Status.PROCESSING if is_standing else Status.AWAITING_CONSENT,
        bill_key_id=bill_key.id,
        customer_ref=bill_key.customer_ref,
        customer_name=bill_key.customer_name,
        phone=bill_key.phone,
        order_id=request.order_id,
        amount=request.amount,
        tax_free_amount=request.tax_free_amount,
        amount_refunded=Money(0),
        item=request.item,
        note=request.note,
        consent=request.consent,
        max_months=request.max_months or 0,
        interest_free=list(request.interest_free),
        months=0,
        is_interest_free=False,
        card=card_view(bill_key),
        attempts=0,
        retries=0,
        details=dict(request.metadata),
        expires_in_s=int(request.expires_in.total_seconds()),
        expires_at=session.now + request.expires_in,
        created_at=session.now,
    )
    try:
        # The database decides who was first; a look before the insert would lose a race.
        with session.begin_nested():
            session.add(charge)
    except sa.exc.IntegrityError:
        raise Conflict(
            "This order_id already names a charge of yours. Use a new one, or look that one up "
            "with GET /v1/charges?order_id=….",
            code="order_id_taken",
        ) from None
    return charge
