"""What the worker does for merchants, customers and acquirers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from billing_core import acquiring_jobs, charging_jobs, delivery_jobs
from billing_core.acquirer_notices import forget_old_notices
from billing_core.actions.expire_bill_keys import expire_bill_keys
from billing_core.actions.expire_charges import expire_charges
from billing_core.actions.expire_registrations import expire_registrations
from billing_core.actions.register_card import register_card
from billing_core.actions.send_reminders import send_reminders
from billing_core.desk import Desk
from billing_core.events import publish
from billing_core.sealed_answers import CardEntry, destroy_old_answers
from billing_core.text_events import text_view
from billing_core.webhook_courier import WebhookCourier
from foundation.database import Session
from foundation.jobs import Job, Sweep, slice_by_slice
from foundation.key_rotation import publish_keys
from sms.texts import Text

EXPIRE_EVERY_S = 2.0
EXPIRE_KEYS_EVERY_S = 60.0
REMIND_EVERY_S = 30.0
DESTROY_EVERY_S = 30.0
KEYS_EVERY_S = 600.0
FORGET_EVERY_S = 3600.0


def jobs(desk: Desk, courier: WebhookCourier) -> list[Job]:
    """The jobs of this package."""
    return [
        *acquiring_jobs.jobs(desk),
        *charging_jobs.jobs(desk),
        *delivery_jobs.jobs(desk.database, opener=desk.opener, courier=courier),
        Job("urgent_register_entered_card", partial(register_entered_card, desk)),
    ]


def sweeps(desk: Desk) -> list[Sweep]:
    """What this package looks after."""
    database = desk.database
    each = partial(slice_by_slice, database)
    return [
        *acquiring_jobs.sweeps(desk),
        *charging_jobs.sweeps(desk),
        *delivery_jobs.sweeps(database),
        Sweep("expire_registrations", EXPIRE_EVERY_S, each(expire_registrations)),
        Sweep("expire_charges", EXPIRE_EVERY_S, each(expire_charges)),
        Sweep("expire_bill_keys", EXPIRE_KEYS_EVERY_S, each(expire_bill_keys)),
        Sweep("send_reminders", REMIND_EVERY_S, each(send_reminders)),
        Sweep("destroy_old_answers", DESTROY_EVERY_S, each(destroy_old_answers)),
        Sweep("forget_old_notices", FORGET_EVERY_S, each(forget_old_notices)),
        Sweep("publish_keys", KEYS_EVERY_S, each(_publish(desk))),
    ]


def register_entered_card(desk: Desk, registration_id: str) -> None:
    """Register the card that a merchant's request brought along."""
    entry = CardEntry(
        number=(f"{registration_id}:number",),
        expiry=f"{registration_id}:expiry",
        holder=f"{registration_id}:holder",
        password=f"{registration_id}:password",
    )
    register_card(desk, registration_id=registration_id, cause=registration_id, entry=entry)


def tell_of_failed_text(session: Session, text: Text) -> None:
    """A text that did not arrive is the merchant's to know."""
    publish(session, text.merchant_id, "text.failed", text_view(text))


def _publish(desk: Desk) -> Callable[[Session], None]:
    return lambda session: publish_keys(session, desk.opener.masters)
