"""A charge asks for one amount on one bill key; its whole life stands in one table.

Unknown is a state: the acquirer was asked and has not answered. It resolves by itself to approved
or declined, and until then nobody may charge again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.account_names import acquirer_of
from billing_core.events import publish
from billing_core.registrations import customer_view
from billing_core.timestamps import rfc3339
from foundation.database import Base, Session
from foundation.lifecycle import Lifecycle
from foundation.money import Money
from foundation.phone_number import PhoneNumber
from sms.texts import brief_view


class Status(StrEnum):
    """Where a charge stands."""

    AWAITING_CONSENT = "awaiting_consent"
    PROCESSING = "processing"
    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELED = "canceled"


# Where the customer may still agree to it.
CAN_BE_PAID = (Status.AWAITING_CONSENT, Status.DECLINED)


class Consent(StrEnum):
    """How the customer agrees: in a call, or by the standing consent of the registration."""

    ARS = "ars"
    NONE = "none"


LIFE = Lifecycle(
    {
        Status.AWAITING_CONSENT: {
            Status.PROCESSING,
            Status.REFUSED,
            Status.EXPIRED,
            Status.CANCELED,
        },
        Status.PROCESSING: {Status.APPROVED, Status.DECLINED, Status.UNKNOWN},
        Status.UNKNOWN: {Status.APPROVED, Status.DECLINED},
        # Another card in the same call, or a retry; with consent again where it needs that.
        Status.DECLINED: {Status.PROCESSING, Status.AWAITING_CONSENT, Status.CANCELED},
        Status.REFUSED: {Status.AWAITING_CONSENT},
        # As long as a further retry of it is planned, an expired charge can still be canceled.
        Status.EXPIRED: {Status.AWAITING_CONSENT, Status.CANCELED},
        Status.APPROVED: set(),
        Status.CANCELED: set(),
    }
)

EVENTS = {
    Status.APPROVED: "charge.approved",
    Status.DECLINED: "charge.declined",
    Status.UNKNOWN: "charge.unknown",
    Status.REFUSED: "charge.refused",
    Status.EXPIRED: "charge.expired",
    Status.CANCELED: "charge.canceled",
}
# An ending may be reopened by a retry; until then it has its moment.
ENDINGS = EVENTS.keys() - {Status.UNKNOWN}

# Sweeps look at the few that wait or are under way, however many have ended. Spelled out: with a
# bound value SQLite would not see that a partial index fits.
AWAITED = sa.text("charges.status = 'awaiting_consent'")
UNDER_WAY = sa.text("charges.status = 'processing'")
_AWAITED, _UNDER_WAY = (
    sa.text(each.text.removeprefix("charges.")) for each in (AWAITED, UNDER_WAY)
)


class Charge(Base):
    """One amount asked of one customer."""

    __tablename__ = "charges"
    __table_args__ = (
        sa.UniqueConstraint("merchant_id", "order_id"),
        sa.Index("ix_charges_merchant", "merchant_id", "id"),
        sa.Index("ix_charges_merchant_status", "merchant_id", "status", "id"),
        sa.Index("ix_charges_merchant_customer", "merchant_id", "customer_ref", "id"),
        sa.Index(
            "ix_charges_awaited", "expires_at", sqlite_where=_AWAITED, postgresql_where=_AWAITED
        ),
        sa.Index(
            "ix_charges_under_way", "id", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(sa.ForeignKey("merchants.id"))
    livemode: Mapped[bool]
    status: Mapped[str]
    bill_key_id: Mapped[str] = mapped_column(sa.ForeignKey("bill_keys.id"), index=True)
    customer_ref: Mapped[str]
    customer_name: Mapped[str]
    phone: Mapped[PhoneNumber]
    order_id: Mapped[str]
    amount: Mapped[Money]
    tax_free_amount: Mapped[Money]
    amount_refunded: Mapped[Money]
    item: Mapped[str]
    # A sentence that is read out after the amount.
    note: Mapped[str | None]
    consent: Mapped[str]
    # Instalments the merchant allows: the longest plan, and the months it pays the interest of.
    max_months: Mapped[int]
    interest_free: Mapped[list[int]]
    # What was chosen: 0 months is one payment.
    months: Mapped[int] = mapped_column(default=0)
    is_interest_free: Mapped[bool] = mapped_column(default=False)
    virtual_number: Mapped[PhoneNumber | None]
    text_id: Mapped[str | None]
    # The card that pays: the registered one, or another that was keyed in the call.
    card: Mapped[dict[str, Any]]
    # name, transaction_id, approval_number, approved_at, receipt_url of the approval.
    acquirer: Mapped[dict[str, Any] | None]
    failure: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(default=0)
    # Planned retries done since the first refusal, and when the next is due; null: none is planned.
    retries: Mapped[int] = mapped_column(default=0)
    next_retry_at: Mapped[datetime | None] = mapped_column(index=True)
    # Why the customer said no: "wrong_amount", "stopping", "later" or nothing.
    refusal_reason: Mapped[str | None]
    # The customer wants to pay later, or the issuer was down: one text then.
    remind_at: Mapped[datetime | None] = mapped_column(index=True)
    consent_record_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    expires_in_s: Mapped[int]
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def move(session: Session, charge: Charge, to: Status, *, why: str, **values: Any) -> None:
    """Move a charge along its life and tell the merchant where that is worth an event."""
    values.setdefault("completed_at", session.now if to in ENDINGS else None)
    LIFE.move(session, charge, to, why=why, **values)
    if to in EVENTS:
        publish(session, charge.merchant_id, EVENTS[to], charge_view(session, charge))


def is_charge(request_id: str) -> bool:
    """Whether a request, of which there are two kinds, is a charge and no registration."""
    return request_id.startswith("chg_")


def is_being_refused(charge: Charge) -> bool:
    """Whether the customer said no in a call that goes on: they may still say why, or "later"."""
    return charge.status in (Status.REFUSED, Status.DECLINED) and charge.completed_at is None


def charge_view(session: Session, charge: Charge) -> dict[str, Any]:
    """The charge as merchants see it."""
    return {
        "id": charge.id,
        "object": "charge",
        "livemode": charge.livemode,
        "status": charge.status,
        "bill_key": charge.bill_key_id,
        "customer": customer_view(charge),
        "order_id": charge.order_id,
        "amount": charge.amount.won,
        "tax_free_amount": charge.tax_free_amount.won,
        "amount_refunded": charge.amount_refunded.won,
        "item": charge.item,
        "note": charge.note,
        "consent": charge.consent,
        "virtual_number": charge.virtual_number.e164 if charge.virtual_number else None,
        "text": brief_view(session, charge.text_id),
        "installment": {"months": charge.months, "interest_free": charge.is_interest_free},
        "card": charge.card,
        "acquirer": _shown(charge.acquirer),
        "failure": charge.failure,
        "refusal_reason": charge.refusal_reason,
        "attempts": charge.attempts,
        "next_retry_at": rfc3339(charge.next_retry_at),
        "consent_record": charge.consent_record_id,
        "metadata": charge.details,
        "expires_at": rfc3339(charge.expires_at),
        "completed_at": rfc3339(charge.completed_at),
        "created_at": rfc3339(charge.created_at),
    }


def _shown(acquirer: dict[str, Any] | None) -> dict[str, Any] | None:
    """Which account it was is nobody's business outside; the acquirer's name is."""
    return acquirer and {**acquirer, "name": acquirer_of(acquirer["name"])}
