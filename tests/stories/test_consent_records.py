"""A consent record stands in a dispute: the words, the key, the time, the call; nobody can change it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from billing_core.commands import consents
from billing_core.consent_records import ConsentRecord
from tests.clocks import MONDAY_10_KST
from tests.stories.caller import Caller
from tests.stories.service import Service

RECORDS: Any = ConsentRecord.__table__


def verify(service: Service, *options: str) -> Result:
    """`ars consents verify`."""
    return CliRunner().invoke(consents, ["verify", *options], obj=service.parts)


@pytest.fixture
def agreed(service: Service) -> Service:
    """Two customers have given both consents each."""
    for customer in ("+821011110001", "+821011110002"):
        made = service.registers(to=customer)
        Caller(service, customer).dials(made["virtual_number"]).presses("1", "1")
    return service


def test_a_record_holds_exactly_what_was_spoken(service: Service, caller: Caller) -> None:
    made = service.registers(terms={"consent": "once", "amount": 39000, "billing_day": 25})
    caller.dials(made["virtual_number"])
    spoken = caller.spoken()
    pressed_at = service.clock.now()
    caller.presses("1")
    second = caller.spoken()
    caller.presses("1")

    automatic, card_data = service.consents()

    assert automatic["subject"] == "automatic_payment"
    assert all(part in " ".join(spoken) for part in automatic["text"].split(". ") if "동의" in part)
    assert "삼만 구천 원을 매월 이십오일에" in automatic["text"]
    assert automatic["text"].endswith("약관을 들으시려면 3번을 눌러 주세요.")
    assert automatic["key_pressed"] == "1"
    assert automatic["language"] == "ko"
    assert automatic["text_version"].startswith("R02a+R03@")
    assert automatic["request"] == made["id"]
    assert automatic["call"] == {
        "sid": caller.sid,
        "from": "+821012345678",
        "to": made["virtual_number"],
    }
    assert automatic["pressed_at"][:16] == pressed_at.isoformat()[:16]
    assert {name: automatic["facts"][name] for name in ("amount", "billing_day", "consent")} == {
        "amount": 39000,
        "billing_day": 25,
        "consent": "once",
    }
    assert card_data["subject"] == "card_data"
    assert card_data["text"] == " ".join(second)
    assert card_data["chain"]["previous_hash"] == automatic["chain"]["hash"]


def test_both_languages_of_one_wording_have_one_version(service: Service) -> None:
    for customer, keys in (("+821011110001", ("1",)), ("+821011110002", ("8", "1"))):
        made = service.registers(to=customer)
        Caller(service, customer).dials(made["virtual_number"]).presses(*keys)

    korean, english = service.consents()

    assert korean["text_version"] == english["text_version"]
    assert korean["text"] != english["text"]


def test_a_whole_chain_verifies(agreed: Service) -> None:
    result = verify(agreed, "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"records": 4, "breaks": []}


CHANGES: tuple[dict[str, Any], ...] = (
    {"words": "다른 말"},
    {"livemode": True},
    {"key": "2"},
    {"version": "R03@000000000000"},
    {"language": "en"},
    {"subject": "charge"},
    {"call_sid": "CA" + "9" * 32},
    {"caller": "+821099998888"},
    {"dialled": "+827099999999"},
    {"facts": {"amount": 1}},
    {"request_id": "reg_other"},
    {"pressed_at": MONDAY_10_KST},
    {"hash": "0" * 64},
    {"previous_hash": "0" * 64},
    {"position": 9},
)


def test_a_record_that_was_changed_is_found(agreed: Service) -> None:
    record = next(row for row in agreed.rows("consent_records") if row["position"] == 3)
    for change in CHANGES:
        tamper(agreed, RECORDS.c.id == record["id"], change)
        result = verify(agreed)
        assert (result.exit_code, " at " in result.stderr) == (1, True), change
        tamper(agreed, RECORDS.c.id == record["id"], record)

    assert verify(agreed).exit_code == 0


def test_a_record_that_was_removed_is_found(agreed: Service) -> None:
    for record in agreed.rows("consent_records"):
        with agreed.database.transaction() as session:
            session.execute(sa.delete(RECORDS).where(RECORDS.c.id == record["id"]))
        assert verify(agreed).exit_code == 1
        with agreed.database.transaction() as session:
            session.execute(sa.insert(RECORDS).values(record))

    assert verify(agreed).exit_code == 0


def test_two_records_that_changed_places_are_found(agreed: Service) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        tamper(agreed, RECORDS.c.position == old, {"position": new})

    assert verify(agreed).exit_code == 1


def test_a_record_that_can_no_longer_be_read_is_named_and_hides_no_other(agreed: Service) -> None:
    record = next(row for row in agreed.rows("consent_records") if row["position"] == 2)
    changes = {
        "sqlite": ("facts = '{'", "pressed_at = 'yesterday'", "words = x'ff'"),
        "postgresql": ("pressed_at = 'infinity'",),
    }
    tamper(agreed, RECORDS.c.position == 4, {"key": "2"})

    for change in changes[agreed.database.engine.name]:
        with agreed.database.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE consent_records SET {change} WHERE id = '{record['id']}'"
            )
        found = json.loads(verify(agreed, "--json").stdout)

        assert [found["position"] for found in found["breaks"]] == [2, 4], change
        tamper(agreed, RECORDS.c.id == record["id"], record)


def test_records_of_a_merchant_who_does_not_exist_are_found(agreed: Service) -> None:
    record = next(row for row in agreed.rows("consent_records") if row["position"] == 2)
    with agreed.database.transaction() as session:
        ghost = {**record, "id": "cns_ghost", "merchant_id": "mer_ghost", "position": 1}
        session.execute(sa.insert(RECORDS).values(ghost))

    result = verify(agreed)

    assert (result.exit_code, result.stderr) == (
        1,
        "mer_ghost at 1: there is no such merchant\n",
    )


def tamper(service: Service, which: Any, change: dict[str, Any]) -> None:
    with service.database.transaction() as session:
        session.execute(sa.update(RECORDS).where(which).values(change))
