"""Tell the merchant what a customer asked for on the telephone."""

from __future__ import annotations

from billing_core.charges import Charge, charge_view
from billing_core.events import publish
from billing_core.registrations import Registration, registration_view
from foundation.database import Session


def tell_merchant(session: Session, request: Registration | Charge, kind: str) -> None:
    """Publish an event of this kind about the registration or charge."""
    view = (
        registration_view(session, request)
        if isinstance(request, Registration)
        else charge_view(session, request)
    )
    publish(session, request.merchant_id, kind, view)
