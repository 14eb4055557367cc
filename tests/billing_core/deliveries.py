"""A merchant with endpoints, a worker, and a clock that moves when told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from billing_core import delivery_jobs
from billing_core.actions.add_webhook_endpoint import add_webhook_endpoint
from billing_core.actions.delete_webhook_endpoint import delete_webhook_endpoint
from billing_core.actions.resend_event import resend_event
from billing_core.events import Delivery, WebhookEndpoint, publish
from billing_core.merchants import Merchant
from billing_core.webhook_courier import Outcome, WebhookCourier
from foundation.clock import Clock
from foundation.database import Database
from foundation.ids import new_id
from foundation.sealing import Opener, Sealer
from tests.conftest import SteppedWorker


class MovedClock(Clock):
    """The true time, and what a test adds to it."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def offset(self) -> timedelta:
        return self.ahead


class InterruptedCourier(WebhookCourier):
    """While its first message is under way, something else happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__(allow_private=True)
        self._meanwhile: Callable[[], object] | None = meanwhile

    def carry(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        outcome = super().carry(url, headers, body)
        if (meanwhile := self._meanwhile) is not None:
            self._meanwhile = None
            meanwhile()
        return outcome


@dataclass
class Post:
    """Everything between an event and a merchant's server."""

    database: Database
    stepped: SteppedWorker
    sealer: Sealer
    opener: Opener
    clock: MovedClock = field(default_factory=MovedClock)
    courier: WebhookCourier = field(
        default_factory=lambda: WebhookCourier(allow_private=True, deadline_s=5)
    )

    def __post_init__(self) -> None:
        self.database.clock = self.clock
        self.hire(self.courier)
        self.merchant = self.new_merchant("가맹점")

    def hire(self, courier: WebhookCourier) -> None:
        """Let another courier carry from now on."""
        self.courier = courier
        self.stepped.knows(*delivery_jobs.jobs(self.database, opener=self.opener, courier=courier))

    def new_merchant(self, name: str) -> Merchant:
        with self.database.transaction() as session:
            merchant = Merchant(
                id=new_id("mer", session.now),
                name=name,
                spoken_name=name,
                livemode=False,
                created_at=session.now,
            )
            session.add(merchant)
            return merchant

    def add_endpoint(
        self, url: str, *events: str, merchant: Merchant | None = None
    ) -> tuple[WebhookEndpoint, str]:
        with self.database.transaction() as session:
            return add_webhook_endpoint(
                session,
                merchant=merchant or self.merchant,
                url=url,
                events=events or ("*",),
                metadata={},
                sealer=self.sealer,
                allow_private=True,
            )

    def delete_endpoint(self, endpoint: WebhookEndpoint) -> None:
        with self.database.transaction() as session:
            delete_webhook_endpoint(session, merchant=self.merchant, endpoint_id=endpoint.id)

    def happens(self, kind: str = "charge.approved") -> str:
        """Something happens; return the id of its event."""
        with self.database.transaction() as session:
            data = {"object": "charge", "item": "11월 LPG 요금", "livemode": False}
            return publish(session, self.merchant.id, kind, data).id

    def resend(self, event_id: str) -> int:
        with self.database.transaction() as session:
            return len(resend_event(session, self.merchant, event_id))

    def work(self) -> None:
        """Do what is staged."""
        self.stepped.work(most=10_000)

    def look(self) -> None:
        """Stage what is due."""
        for sweep in delivery_jobs.sweeps(self.database):
            sweep.do()

    def sweep(self) -> None:
        """Stage what is due, and do it."""
        self.look()
        self.work()

    def pass_time(self, by: timedelta) -> None:
        self.clock.ahead += by
        self.sweep()

    def until_next_attempt(self) -> None:
        """Let time pass until something is due, and do it."""
        with self.database.reading() as session:
            due = session.scalar(sa.select(sa.func.min(Delivery.next_attempt_at)))
            assert due is not None
            wait = due - session.now
        self.pass_time(max(wait, timedelta()))

    def deliveries(self, event_id: str) -> list[Delivery]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    sa.select(Delivery)
                    .where(Delivery.event_id == event_id)
                    .order_by(Delivery.created_at, Delivery.id)
                )
            )

    def delivery(self, event_id: str) -> Delivery:
        (delivery,) = self.deliveries(event_id)
        return delivery
