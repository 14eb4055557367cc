"""Staging keeps its promise: with the transaction, once per key."""

from foundation.database import Database
from foundation.jobs import Job
from tests.conftest import SteppedWorker


def test_a_job_staged_in_a_transaction_that_fails_is_never_done(
    database: Database, stepped: SteppedWorker
) -> None:
    done: list[str] = []
    stepped.knows(Job("greet", done.append))
    try:
        with database.transaction() as session:
            session.stage("greet", "a")
            raise RuntimeError  # noqa: TRY301 (the caller of the transaction fails)
    except RuntimeError:
        pass
    with database.transaction() as session:
        session.stage("greet", "b", key="b")
        session.stage("greet", "b", key="b")

    assert stepped.work() == 1
    assert done == ["b"]
