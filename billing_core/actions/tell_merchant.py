"""Tell the merchant what a customer asked for on the telephone."""

from __future__ import annotations

from billing_core.events import publish
from billing_core.registrations import Registration, registration_view
from foundation.database import Session


def tell_merchant(session: Session, registration: Registration, kind: str) -> None:
    """Publish an event of this kind about the registration."""
    publish(session, registration.merchant_id, kind, registration_view(session, registration))
