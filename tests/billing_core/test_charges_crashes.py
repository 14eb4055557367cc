"""A worker may be killed anywhere; the work is done again, and the money moves once."""

from __future__ import annotations

import pytest

from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.charge_results import Approved, Declined, Unknown
from billing_core.charges import Status
from foundation.database import Database, Session
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk
from tests.billing_core.faulty_line import Fault, FaultyLine, ProcessDiedError
from tests.conftest import SteppedWorker

DEATHS = [Fault.DIES_BEFORE_SENDING, Fault.DIES_AFTER_THE_EFFECT]


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine
) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, line)


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("is_done_again", [True, False])
def test_killed_around_the_charge_it_moves_the_money_once_or_not_at_all(
    desk: ChargeDesk, line: FaultyLine, death: Fault, is_done_again: bool
) -> None:
    charge_id = desk.charge()
    consent = desk.agreed(charge_id)
    line.charge_faults = [death]
    with pytest.raises(ProcessDiedError):
        desk.approve(charge_id, cause="CA1:9", consent_record_id=consent)

    again = None
    if is_done_again:
        again = desk.approve(charge_id, cause="CA1:9", consent_record_id=consent)
    desk.come_to_rest()

    was_sent = death is Fault.DIES_AFTER_THE_EFFECT
    assert len(line.charged) == was_sent
    assert desk.captured() == 60_000 * was_sent
    assert desk.view(charge_id).status == (Status.APPROVED if was_sent else Status.DECLINED)
    assert desk.templates(charge_id) == ["T02", "T05" if was_sent else "T07"]
    if is_done_again:
        assert isinstance(again, Approved if was_sent else Unknown)


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("is_done_again", [True, False])
def test_killed_around_the_card_check_no_key_is_forgotten(
    desk: ChargeDesk, line: FaultyLine, death: Fault, is_done_again: bool
) -> None:
    charge_id, other = desk.charge(), desk.entered("378282246310005", replaces=True)
    consent = desk.agreed(charge_id)
    line.issue_faults = [death]
    with pytest.raises(ProcessDiedError):
        desk.approve(charge_id, other, cause="CA1:9", consent_record_id=consent)

    if is_done_again:
        desk.approve(charge_id, other, cause="CA1:9", consent_record_id=consent)
    desk.come_to_rest()

    # Done again at once, the key that was issued is found and charged; the caller still waits.
    is_paid = is_done_again and death is Fault.DIES_AFTER_THE_EFFECT
    assert desk.view(charge_id).status == (Status.APPROVED if is_paid else Status.DECLINED)
    assert desk.captured() == 60_000 * is_paid
    assert len(desk.known_keys()) == 1
    assert line.sent[1:] == ([] if death is Fault.DIES_BEFORE_SENDING else line.sent[1:2])


@pytest.mark.parametrize("death", DEATHS)
def test_killed_around_the_charge_of_another_card_its_key_finds_its_place(
    desk: ChargeDesk, line: FaultyLine, death: Fault
) -> None:
    charge_id, other = desk.charge(), desk.entered("378282246310005", replaces=True)
    consent = desk.agreed(charge_id)
    line.charge_faults = [death]
    with pytest.raises(ProcessDiedError):
        desk.approve(charge_id, other, cause="CA1:9", consent_record_id=consent)

    desk.approve(charge_id, other, cause="CA1:9", consent_record_id=consent)
    desk.come_to_rest()

    was_sent = death is Fault.DIES_AFTER_THE_EFFECT
    cards = {key.id: key.last4 for key in desk.bill_keys()}
    assert desk.captured() == 60_000 * was_sent
    assert cards[desk.view(charge_id).bill_key_id] == ("0005" if was_sent else "0004")
    assert len(desk.known_keys()) == 1
    assert desk.answers_kept() == 0


@pytest.mark.parametrize("is_other_card", [True, False])
def test_killed_while_writing_the_result_it_leaves_nothing_half_written(
    desk: ChargeDesk, database: Database, line: FaultyLine, is_other_card: bool
) -> None:
    charge_id = desk.charge()
    other = desk.entered("378282246310005", replaces=True) if is_other_card else None
    consent = desk.agreed(charge_id)
    staging = database.stage
    database.stage = _die
    with pytest.raises(ProcessDiedError):
        desk.approve(charge_id, other, cause="CA1:9", consent_record_id=consent)
    database.stage = staging
    left = (desk.ledger(), desk.charge_events(), desk.view(charge_id).status)

    again = desk.approve(charge_id, other, cause="CA1:9", consent_record_id=consent)
    desk.come_to_rest()

    assert left == ([], [], Status.PROCESSING)
    assert isinstance(again, Approved)
    assert len(line.charged) == len(desk.charge_events()) == 1
    assert len(desk.known_keys()) == 1


@pytest.mark.parametrize("death", DEATHS)
def test_killed_under_standing_consent_it_is_settled_by_itself(
    desk: ChargeDesk, line: FaultyLine, death: Fault
) -> None:
    line.charge_faults = [death]
    with pytest.raises(ProcessDiedError):
        desk.standing()

    desk.come_to_rest()

    was_sent = death is Fault.DIES_AFTER_THE_EFFECT
    assert desk.captured() == 60_000 * was_sent
    assert desk.charge_events()[-1] == ("charge.approved" if was_sent else "charge.declined")


@pytest.mark.parametrize("death", DEATHS)
def test_killed_around_a_void_the_charge_still_ends(
    desk: ChargeDesk, line: FaultyLine, death: Fault
) -> None:
    charge_id = desk.charge()
    line.charge_faults = [Fault.REQUEST_LOST]
    line.void_faults = [death]
    desk.approve(charge_id)
    with pytest.raises(ProcessDiedError):
        desk.come_to_rest()

    desk.come_to_rest()

    assert desk.view(charge_id).status == Status.DECLINED
    assert desk.captured() == 0


def test_killed_after_a_refusal_it_finds_the_refusal_when_done_again(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    charge_id = desk.charge(desk.bill_key("9999000000610000"))
    consent = desk.agreed(charge_id)
    line.charge_faults = [Fault.DIES_AFTER_THE_EFFECT]
    with pytest.raises(ProcessDiedError):
        desk.approve(charge_id, cause="CA1:9", consent_record_id=consent)

    again = desk.approve(charge_id, cause="CA1:9", consent_record_id=consent)

    assert isinstance(again, Declined)
    assert len(line.charged) == 1
    assert desk.charge_events() == ["charge.declined"]


def _die(session: Session, job: str, args: tuple[str, ...], key: str | None) -> None:
    raise ProcessDiedError
