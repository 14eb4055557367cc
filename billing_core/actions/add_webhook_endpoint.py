"""Add an address to which a merchant's events are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from billing_core.events import TYPES, WebhookEndpoint
from billing_core.merchants import Merchant
from billing_core.signatures import new_webhook_secret
from billing_core.webhook_targets import fault_in
from foundation.database import Session
from foundation.errors import Conflict, Fault, InvalidRequest
from foundation.ids import new_id
from foundation.sealing import SECRETS, Sealer, place_of

# Every event is sent once per endpoint: a merchant has a few programs, not a crowd.
ENDPOINTS_MAX = 16
EVERY_EVENT = "*"


def add_webhook_endpoint(
    session: Session,
    *,
    merchant: Merchant,
    url: str,
    events: Sequence[str],
    metadata: Mapping[str, str],
    sealer: Sealer,
    allow_private: bool,
) -> tuple[WebhookEndpoint, str]:
    """Return the endpoint and its secret, which is never shown again."""
    if faults := tuple(_faults(url, events, allow_private)):
        raise InvalidRequest(faults[0].detail, faults=faults)
    _refuse_too_many(session, merchant)
    endpoint_id = new_id("whe", session.now)
    secret = new_webhook_secret()
    place = place_of(WebhookEndpoint.__table__.c.secret, endpoint_id)
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        merchant_id=merchant.id,
        livemode=merchant.livemode,
        url=url,
        events=[EVERY_EVENT] if EVERY_EVENT in events else list(dict.fromkeys(events)),
        secret=sealer.seal(SECRETS, secret, place, session),
        details=dict(metadata),
        created_at=session.now,
    )
    session.add(endpoint)
    session.flush()
    return endpoint, secret


def _faults(url: str, events: Sequence[str], allow_private: bool) -> Iterator[Fault]:
    if detail := fault_in(url, allow_private=allow_private):
        yield Fault("/url", "invalid", detail)
    if not events:
        yield Fault("/events", "required", 'Name at least one event, or write ["*"] for all.')
    for position, name in enumerate(events):
        if name not in TYPES and name != EVERY_EVENT:
            known = ", ".join(TYPES)
            detail = f'There is no such event. Choose from {known}, or write "*" for all.'
            yield Fault(f"/events/{position}", "unknown_event", detail)


def _refuse_too_many(session: Session, merchant: Merchant) -> None:
    # The merchant's row is locked, so that two requests at once do not both find the last place.
    session.execute(
        sa.select(Merchant.id).where(Merchant.id == merchant.id).with_for_update(key_share=True)
    )
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(WebhookEndpoint)
        .where(WebhookEndpoint.merchant_id == merchant.id, WebhookEndpoint.deleted_at.is_(None))
    )
    if (count or 0) >= ENDPOINTS_MAX:
        raise Conflict(
            f"A merchant has at most {ENDPOINTS_MAX} webhook endpoints. Delete one first.",
            code="too_many_webhook_endpoints",
        )
