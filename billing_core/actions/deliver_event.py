"""Carry one event to one endpoint: claim an attempt, send, record what came of it.

The claim is committed before anything is sent, so however often this runs, each attempt is sent
once; if a worker dies in between, the claim runs out and the same event goes out again, under the
same id and with the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import sqlalchemy as sa
import structlog
from prometheus_client import Counter, Histogram

from billing_core.delivery_schedule import (
    LEASE,
    REST,
    TRIES_MAX,
    asked_to_wait,
    bring_forward,
    tries_made,
    wait_after,
)
from billing_core.events import (
    DELIVERY_LIFE,
    Delivery,
    DeliveryStatus,
    Event,
    WebhookEndpoint,
    event_view,
)
from billing_core.signatures import signed_headers
from billing_core.webhook_courier import Answered, Outcome, WebhookCourier
from billing_core.webhook_network import DNS_FAILED, TIMED_OUT
from foundation.clock import Clock, stopwatch
from foundation.database import Database, Session
from foundation.sealing import Opener, Sealed, place_of

log = structlog.get_logger()
SENT = Counter("ars_webhook_deliveries_total", "Attempts to deliver an event.", ["result"])
EXHAUSTED = Counter("ars_webhook_deliveries_exhausted_total", "Deliveries given up.")
SECONDS = Histogram("ars_webhook_delivery_seconds", "How long an attempt took.")

# Merchants compare the timestamp with their own clocks, which no test clock moves.
_unmoved = Clock()


@dataclass(frozen=True)
class _Parcel:
    """What one claimed attempt sends, and where."""

    delivery_id: str
    attempt: int
    event_id: str
    endpoint_id: str
    url: str
    secret: Sealed
    body: bytes = field(repr=False)
    # The one attempt after a rest: until it is answered, nothing else goes to this endpoint.
    is_probe: bool = False


def deliver_event(
    database: Database, delivery_id: str, *, opener: Opener, courier: WebhookCourier
) -> None:
    """Make the attempt that is due; do nothing if none is."""
    with database.transaction() as session:
        parcel = _claim(session, delivery_id)
    if parcel is None:
        return
    outcome = _send(parcel, opener, courier)
    with database.transaction() as session:
        _record(session, parcel, outcome)


def _claim(session: Session, delivery_id: str) -> _Parcel | None:
    is_probe = _ends_a_rest(session, delivery_id)
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or not _is_due(session, delivery):
        return None
    endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id)
    if ended := _why_ended(delivery, endpoint):
        _exhaust(session, delivery, ended)
        return None
    delivery.staged_at = None
    if endpoint.resting_until and not is_probe:
        delivery.next_attempt_at = endpoint.resting_until
        return None
    delivery.attempts += 1
    delivery.next_attempt_at = session.now + LEASE
    return replace(_parcel(session, delivery, endpoint), is_probe=is_probe)


def _ends_a_rest(session: Session, delivery_id: str) -> bool:
    """Whether this is the first attempt after the endpoint's rest; it rests on for all others."""
    whose = sa.select(Delivery.endpoint_id).where(Delivery.id == delivery_id).scalar_subquery()
    ended = (
        sa.update(WebhookEndpoint)
        .where(WebhookEndpoint.id == whose, WebhookEndpoint.resting_until <= session.now)
        .values(resting_until=session.now + REST)
        .execution_options(synchronize_session=False)
    )
    return session.connection().execute(ended).rowcount == 1


def _is_due(session: Session, delivery: Delivery) -> bool:
    due = delivery.next_attempt_at
    return delivery.status == DeliveryStatus.PENDING and due is not None and due <= session.now


def _why_ended(delivery: Delivery, endpoint: WebhookEndpoint) -> str | None:
    if endpoint.deleted_at:
        return "endpoint_deleted"
    if endpoint.disabled_at:
        return "endpoint_disabled"
    # The last try was claimed and never recorded.
    return "interrupted" if tries_made(delivery) >= TRIES_MAX else None


def _parcel(session: Session, delivery: Delivery, endpoint: WebhookEndpoint) -> _Parcel:
    event = session.get_one(Event, delivery.event_id)
    return _Parcel(
        delivery_id=delivery.id,
        attempt=delivery.attempts,
        event_id=event.id,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        secret=endpoint.secret,
        # ASCII, because a stray half of a surrogate pair has no bytes in UTF-8.
        body=json.dumps(event_view(event), separators=(",", ":")).encode("ascii"),
    )


def _send(parcel: _Parcel, opener: Opener, courier: WebhookCourier) -> Outcome:
    place = place_of(WebhookEndpoint.__table__.c.secret, parcel.endpoint_id)
    headers = signed_headers(
        opener.open(parcel.secret, place),
        message_id=parcel.event_id,
        sent_at=_unmoved.now(),
        body=parcel.body,
    )
    started = stopwatch()
    outcome = courier.carry(parcel.url, headers, parcel.body)
    took_s = stopwatch() - started
    SECONDS.observe(took_s)
    SENT.labels(_result(outcome)).inc()
    log.info(
        "event.delivered" if outcome.is_success else "event.not_delivered",
        event_id=parcel.event_id,
        delivery=parcel.delivery_id,
        endpoint=parcel.endpoint_id,
        attempt=parcel.attempt,
        outcome=outcome.word,
        seconds=round(took_s, 3),
    )
    return outcome


def _result(outcome: Outcome) -> str:
    if outcome.is_success:
        return "delivered"
    # One label for each hundred of statuses: a merchant must not be able to make up new ones.
    return f"status_{outcome.status // 100}xx" if isinstance(outcome, Answered) else outcome.word


def _record(session: Session, parcel: _Parcel, outcome: Outcome) -> None:
    # The endpoint before the delivery, here and wherever both are changed: no two lock crosswise.
    _note_at_endpoint(session, parcel, outcome)
    delivery = session.get_one(Delivery, parcel.delivery_id, with_for_update=True)
    if delivery.status != DeliveryStatus.PENDING:
        return
    if outcome.is_success:
        _finish(session, delivery, DeliveryStatus.DELIVERED, outcome.word, last_error=None)
    elif delivery.attempts == parcel.attempt:
        _fail(session, delivery, outcome)


def _note_at_endpoint(session: Session, parcel: _Parcel, outcome: Outcome) -> None:
    endpoint_id = parcel.endpoint_id
    if _is_gone(outcome):
        _mark(session, endpoint_id, disabled_at=session.now)
        bring_forward(session, endpoint_id)
        log.warning("webhook_endpoint.disabled", endpoint=endpoint_id)
    elif outcome in (TIMED_OUT, DNS_FAILED):
        _mark(session, endpoint_id, resting_until=session.now + REST)
    elif parcel.is_probe:
        _mark(session, endpoint_id, resting_until=None)


def _is_gone(outcome: Outcome) -> bool:
    return isinstance(outcome, Answered) and outcome.status == HTTPStatus.GONE


def _mark(session: Session, endpoint_id: str, **values: object) -> None:
    session.execute(
        sa.update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).values(**values)
    )


def _fail(session: Session, delivery: Delivery, outcome: Outcome) -> None:
    if _is_gone(outcome) or tries_made(delivery) >= TRIES_MAX:
        _exhaust(session, delivery, outcome.word)
    else:
        retry_after = outcome.retry_after if isinstance(outcome, Answered) else None
        asked = asked_to_wait(retry_after, _unmoved.now())
        delivery.next_attempt_at = session.now + wait_after(delivery, at_least=asked)
        delivery.staged_at = None
        delivery.last_error = outcome.word


def _exhaust(session: Session, delivery: Delivery, why: str) -> None:
    EXHAUSTED.inc()
    _finish(session, delivery, DeliveryStatus.EXHAUSTED, why, last_error=why)


def _finish(
    session: Session, delivery: Delivery, to: DeliveryStatus, why: str, *, last_error: str | None
) -> None:
    DELIVERY_LIFE.move(
        session,
        delivery,
        to,
        why=why,
        next_attempt_at=None,
        staged_at=None,
        last_error=last_error,
    )
