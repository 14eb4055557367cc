"""A sweep leaves nothing behind that is due, however much there is and whatever fails among it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core import jobs
from billing_core.acquirer_notices import KEPT_FOR, SLICE, AcquirerNotice
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.acquiring_jobs import AT_ONCE, several_at_once
from billing_core.actions import expire_charges
from billing_core.charges import Status
from foundation.database import Database
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk
from tests.conftest import SteppedWorker


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, SandboxAcquirer(database, read_timeout_s=0.01))


def sweep(desk: ChargeDesk, name: str) -> None:
    """Do one round of the worker's."""
    (found,) = (sweep for sweep in jobs.sweeps(desk.desk) if sweep.name == name)
    found.do()


def notices(numbers: Iterable[int], desk: ChargeDesk) -> list[dict[str, object]]:
    common = {"gateway": "nicepay", "attempt_id": "att_1", "received_at": desk.clock.now()}
    return [{"id": f"nicepay:{number}", **common} for number in numbers]


def test_old_notices_are_forgotten_however_many_there_are(
    desk: ChargeDesk, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(sa.insert(AcquirerNotice), notices(range(2 * SLICE), desk))
    desk.clock.move(KEPT_FOR + timedelta(seconds=1))
    with database.transaction() as session:
        session.execute(sa.insert(AcquirerNotice), notices([2 * SLICE], desk))

    sweep(desk, "forget_old_notices")

    with database.reading() as session:
        assert session.scalars(sa.select(AcquirerNotice.id)).all() == [f"nicepay:{2 * SLICE}"]


def test_charges_expire_in_one_round_however_many_there_are(
    desk: ChargeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expire_charges, "SLICE", 1)
    bill_key = desk.bill_key()
    charges = [desk.charge(bill_key) for _ in range(3)]
    desk.clock.move(timedelta(days=2))

    sweep(desk, "expire_charges")

    assert {desk.view(each).status for each in charges} == {Status.EXPIRED}


def test_one_that_fails_keeps_no_other_from_its_turn() -> None:
    done = []

    def work(name: str) -> None:
        if name == "0":
            raise ValueError(name)
        done.append(name)

    names = [str(number) for number in range(5 * AT_ONCE)]
    with pytest.raises(ValueError, match="0"):
        several_at_once(work, names)

    assert sorted(done, key=int) == names[1:]
