"""Card data stands nowhere in clear: every trace of whole calls is searched, happy and broken ones."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from billing_core.acquirers.protocol import CardSecrets
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.sealed_answers import keep_answer
from foundation.database import Database
from foundation.master_keys import MasterKeys
from foundation.sealing import Sealed, Sealer
from ivr.calls import JournalRow
from tests.leak_scanner import LeakScanner
from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

STOLEN, SILENT = "9999004300000003", "9999006800000003"
AMEX, UNKNOWN_ISSUER = "378282246310005", "4111111111111111"
# Keyed, but never a whole answer: a wrong check digit, and a card that is of no use here.
WRONG, UNSUPPORTED = "9999000000000005", "6011000990139424"
CARDS = (GOOD_CARD, STOLEN, SILENT, AMEX, UNKNOWN_ISSUER, WRONG, UNSUPPORTED)
BIRTH_DATE, BUSINESS_NUMBER = "810327", "2208162517"
SCANNER = LeakScanner(*CARDS, BIRTH_DATE, BUSINESS_NUMBER)


class Crash(Exception):
    """Something that nobody expected."""


class CrashingAcquirer(SandboxAcquirer):
    """Fails in the worst way: with everything it knows in its message."""

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Any:
        raise Crash(f"cannot send {order_id} for {card} {card.number} {card.holder!r}")


class BrokenSealer(Sealer):
    """Cannot close any box."""

    def seal(self, purpose: str, text: str, place: str, session: Any = None) -> Sealed:
        raise Crash(f"no key for {purpose} at {place}")


class TalkativeSealer(Sealer):
    """Says what it was given; only its own message, never ours, may hold it."""

    def seal(self, purpose: str, text: str, place: str, session: Any = None) -> Sealed:
        raise Crash(f"cannot seal {text}")


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Everything that the standard library's loggers say, at every level."""
    stream = io.StringIO()
    listener, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(listener)


def begins(service: Service, customer: str) -> Caller:
    made = service.registers(to=customer)
    return Caller(service, customer).dials(made["virtual_number"]).presses("1", "1", "1")


def happy_calls(service: Service) -> None:
    """Everything that can be keyed right."""
    begins(service, "+821011110001").gives_card().holds().hangs_up()
    begins(service, "+821011110002").presses("9999000000", "000004", "0829", "1").presses(
        BUSINESS_NUMBER, "12"
    ).holds().hangs_up()
    begins(service, "+821011110003").gives_card(f"{AMEX}#").holds().hangs_up()
    slow = begins(service, "+821011110004").presses(WRONG, WRONG)
    slow.presses("9999", "0000", "0000", "0004", "2908", "1", "1", "900101", "12").holds()
    slow.hangs_up()


def unhappy_calls(service: Service) -> None:
    """Everything that can be keyed wrong, refused, left or lost."""
    begins(service, "+821011110005").gives_card(STOLEN, holder=BIRTH_DATE).holds().presses("2")
    begins(service, "+821011110006").presses(UNSUPPORTED, WRONG).hangs_up()
    begins(service, "+821011110007").gives_card(UNKNOWN_ISSUER, holder=BIRTH_DATE).hangs_up()
    begins(service, "+821011110008").gives_card(SILENT).holds().hangs_up()
    begins(service, "+821011110009").presses("99990000", "0000*", GOOD_CARD, "0829").hangs_up()
    late = begins(service, "+821011110010").gives_card(holder=BIRTH_DATE).holds_in_vain()
    late.hangs_up()
    service.works()
    for _ in range(3):
        service.passes(minutes=20)


def traces(service: Service) -> list[Any]:
    """Everything that left the product or was handed on inside it."""
    return [
        service.answers,
        service.worker.staged,
        service.worker.done,
        service.asks("GET", "/v1/events?limit=100"),
        service.asks("GET", "/v1/bill_keys?limit=100"),
        service.asks("GET", "/v1/registrations?limit=100"),
        service.asks("GET", "/v1/consent_records?limit=100"),
        [vars(text) for text in service.parts.texts.sent],
        service.http.get("/metrics").data,
    ]


def leaks(service: Service, *more: Any) -> list[str]:
    found = SCANNER.find_in_database(service.database)
    for trace in [*traces(service), *more]:
        for each in trace if isinstance(trace, list) else [trace]:
            found += SCANNER.find(each)
    return found + SCANNER.find(database_file(service.database))


def database_file(database: Database) -> bytes:
    """What stands in the file and beside it, also where rows have been deleted."""
    if not database.is_sqlite:
        return b""
    path = Path(database.url.database or "")
    return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))


def test_whole_calls_leave_no_digit_anywhere(
    service: Service, heard: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    happy_calls(service)
    unhappy_calls(service)

    said = capfd.readouterr()
    assert leaks(service, heard.getvalue(), said.out, said.err) == []
    assert service.rows("sealed_answers") == []
    assert "registration.registered" in said.out


def test_digits_under_way_are_sealed_wherever_they_stand(service: Service) -> None:
    begins(service, "+821011110001").gives_card(holder=BIRTH_DATE)
    begins(service, "+821011110002").presses("9999000000", "0000")
    begins(service, "+821011110003").presses("378282246310")

    assert len(service.rows("sealed_answers")) == 7
    assert leaks(service) == []


def test_a_crash_while_the_card_is_sent_shows_no_digit(
    service: Service, heard: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    service.parts.own_accounts["sandbox"] = CrashingAcquirer(service.database, read_timeout_s=0.01)
    caller = begins(service, "+821011110001").gives_card(holder=BIRTH_DATE)

    with pytest.raises(Crash) as crash:
        service.works()

    told = "".join(traceback.format_exception(crash.value))
    assert "cannot send" in told
    caller.waits(3).hangs_up()
    service.passes(minutes=11)
    said = capfd.readouterr()
    assert leaks(service, told, heard.getvalue(), said.out, said.err) == []
    assert service.rows("sealed_answers") == []


@pytest.mark.parametrize("sealer", [BrokenSealer, TalkativeSealer])
def test_a_crash_while_digits_are_sealed_shows_no_digit(
    service: Service,
    heard: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    sealer: type[Sealer],
) -> None:
    service.restarts(sealer=sealer(service.database))

    begins(service, "+821011110001").presses(GOOD_CARD).hears("잠시 문제가 있었습니다")

    said = capfd.readouterr()
    assert "Crash" in said.out
    assert leaks(service, heard.getvalue(), said.out, said.err) == []


def test_a_refusal_of_the_database_shows_no_digit(
    service: Service, heard: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    caller = begins(service, "+821011110001")
    with service.database.transaction() as session:
        # The place of the next answer is taken, so that the database refuses the row.
        place = f"{caller.sid}:3"
        keep_answer(session, service.parts.sealer, owner="?", place=place, digits="0")

    caller.presses(GOOD_CARD).hears("잠시 문제가 있었습니다")

    said = capfd.readouterr()
    assert "IntegrityError" in said.out
    assert leaks(service, heard.getvalue(), said.out, said.err) == []


def test_the_scan_itself_finds_what_is_planted(service: Service) -> None:
    begins(service, "+821011110001").presses(GOOD_CARD)
    assert leaks(service) == []

    with service.database.transaction() as session:
        session.execute(sa.update(JournalRow).values(kept={"key": GOOD_CARD}))

    assert any(leak.startswith("journal.kept: plain") for leak in leaks(service))


def test_nothing_that_opens_a_box_stands_beside_it(service: Service, masters: MasterKeys) -> None:
    begins(service, "+821011110001").gives_card()
    key = masters.derive("answers", masters.newest).hex()

    assert key not in repr(service.rows("sealing_keys"))
