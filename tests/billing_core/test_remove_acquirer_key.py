"""A key that must go is removed at the acquirer, for as long as that takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from billing_core.acquirers.sandbox import SandboxAcquirer, SandboxKey
from billing_core.acquiring_jobs import jobs, remove_due_keys, sweeps
from billing_core.actions.remove_acquirer_key import remove_acquirer_key
from billing_core.actions.revoke_bill_key import revoke_bill_key
from billing_core.bill_keys import BillKey
from billing_core.orphan_keys import KeyRemoval
from foundation.database import Database
from foundation.errors import NotFound
from foundation.sealing import Opener
from tests.billing_core.card_desk import CardDesk
from tests.billing_core.faulty_line import Fault, FaultyLine, ProcessDiedError
from tests.conftest import SteppedWorker


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine) -> CardDesk:
    return CardDesk(database, opener, stepped, line)


@pytest.fixture
def revoked(desk: CardDesk) -> str:
    """The id of a bill key that its merchant has just revoked."""
    desk.register(desk.registration())
    (bill_key,) = desk.bill_keys()
    with desk.database.transaction() as session:
        revoke_bill_key(session, session.get_one(BillKey, bill_key.id))
    return str(bill_key.id)


def is_alive(desk: CardDesk) -> bool:
    with desk.database.reading() as session:
        return session.scalars(sa.select(SandboxKey.removed_at)).one() is None


def test_a_revoked_key_is_removed_at_the_acquirer_once(
    desk: CardDesk, line: FaultyLine, revoked: str
) -> None:
    counts = [remove_due_keys(desk.desk), remove_due_keys(desk.desk)]

    assert counts == [1, 0]
    assert line.removals == [f"{revoked}-1"]
    assert not is_alive(desk)
    assert desk.bill_keys()[0].removed_at == desk.clock.now()
    with desk.database.reading() as session:
        assert session.scalars(sa.select(KeyRemoval)).all() == []


def test_a_key_in_use_is_left_alone(desk: CardDesk, line: FaultyLine) -> None:
    desk.register(desk.registration())

    remove_acquirer_key(desk.desk, desk.bill_keys()[0].id)

    assert remove_due_keys(desk.desk) == 0
    assert line.removals == []
    assert is_alive(desk)


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
def test_without_confirmation_it_is_tried_again_later_under_another_order_id(
    desk: CardDesk, line: FaultyLine, revoked: str, fault: Fault
) -> None:
    line.removal_faults = [fault]
    counts = [remove_due_keys(desk.desk), remove_due_keys(desk.desk)]
    desk.clock.move(timedelta(seconds=30))

    counts.append(remove_due_keys(desk.desk))

    assert counts == [1, 0, 1]
    assert line.removals == [f"{revoked}-1", f"{revoked}-2"]
    assert desk.bill_keys()[0].removed_at == desk.clock.now()
    assert not is_alive(desk)


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE_SENDING, Fault.DIES_AFTER_THE_EFFECT])
def test_a_worker_that_dies_while_removing_is_followed_by_another(
    desk: CardDesk, line: FaultyLine, revoked: str, fault: Fault
) -> None:
    line.removal_faults = [fault]
    with pytest.raises(ProcessDiedError):
        remove_acquirer_key(desk.desk, revoked)
    remembered = desk.known_keys()
    desk.clock.move(timedelta(seconds=30))

    remove_due_keys(desk.desk)

    assert len(remembered) == 1
    assert desk.known_keys() == set()
    assert not is_alive(desk)


def test_pauses_grow_and_after_many_tries_somebody_has_to_look(
    desk: CardDesk, line: FaultyLine, revoked: str
) -> None:
    line.removal_faults = [Fault.REQUEST_LOST] * 20
    with structlog.testing.capture_logs() as logs:
        for _ in range(8 * 60):
            remove_due_keys(desk.desk)
            desk.clock.move(timedelta(minutes=1))

    levels = [log["log_level"] for log in logs]
    assert 11 <= len(line.removals) <= 13
    assert levels[:10] == ["warning"] * 10
    assert set(levels[10:]) == {"error"}
    assert is_alive(desk)


def test_nothing_is_removed_for_an_id_that_is_not_there(desk: CardDesk) -> None:
    with pytest.raises(NotFound):
        remove_acquirer_key(desk.desk, "bk_nonsense")


def test_the_worker_knows_the_job_and_the_sweeps(desk: CardDesk, revoked: str) -> None:
    for sweep in sweeps(desk.desk):
        sweep.do()

    assert [job.name for job in jobs(desk.desk)] == ["remove_acquirer_key", "read_notice"]
    assert not is_alive(desk)
