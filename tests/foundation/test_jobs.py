"""Staging keeps its promise: with the transaction, once per key."""

import traceback

import pytest
from structlog.testing import capture_logs

from foundation import worker
from foundation.database import Database
from foundation.errors import Conflict
from foundation.jobs import Job, Sweep
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


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("9999000000000004"), "ValueError"),
        (Conflict("it is over"), "Conflict('it is over')"),
    ],
)
def test_a_job_that_fails_tells_where_and_nothing_of_a_card(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    monkeypatch.setattr(worker, "pause", lambda _seconds: None)

    def send(_name: str) -> None:
        raise error

    with capture_logs() as logged, pytest.raises(RuntimeError) as failed:
        worker._do_patiently(Job("send_card", send), ("att_1",))

    raised = "".join(traceback.format_exception(failed.value))
    assert [line["error"] for line in logged] == [told] * worker.TRIES_MAX
    assert all("test_jobs.py" in line["at"][-1] for line in logged)
    assert f"send_card: {told} at test_jobs.py" in str(failed.value)
    assert "9999000000000004" not in f"{logged}{raised}"


def test_a_sweep_that_fails_tells_where_and_nothing_of_a_card() -> None:
    def settle() -> None:
        raise ValueError("9999000000000004")

    with capture_logs() as logged:
        worker._do_once(Sweep("settle", 1.0, settle))

    (failed,) = logged
    assert (failed["event"], failed["log_level"]) == ("sweep.failed", "error")
    assert failed["at"][-1].endswith(" settle")
    assert "9999000000000004" not in str(logged)
