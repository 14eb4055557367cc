"""No digit of a card is shown, logged, kept in clear or carried by an exception."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import sqlalchemy as sa
import structlog

from billing_core.acquirers.opening import AnswersGone, card_hashes, open_card
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.sealed_answers import CardEntry
from foundation.database import Database
from foundation.master_keys import MasterKeys
from foundation.sealing import Opener
from tests.billing_core.card_desk import GOOD_CARD, CardDesk
from tests.conftest import SteppedWorker

WRONG_PASSWORD = "9999005500000008"
SILENT = "9999006800000003"


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker) -> CardDesk:
    return CardDesk(database, opener, stepped, SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.mark.parametrize("number", [GOOD_CARD, WRONG_PASSWORD, SILENT])
def test_no_digit_of_the_card_is_logged_or_kept_in_clear(
    desk: CardDesk, database: Database, number: str
) -> None:
    entry = desk.entry(number, holder="2208162517")
    with structlog.testing.capture_logs() as logs:
        result = desk.register(desk.registration(), entry)

    with database.reading() as session:
        tables = sa.inspect(database.engine).get_table_names()
        kept = [session.execute(sa.text(f'SELECT * FROM "{table}"')).all() for table in tables]
    everything = repr((logs, kept, result, desk.desk, asdict(entry)))
    for digits in (number, number[:12], number[4:], "2208162517"):
        assert digits not in everything


def test_a_number_keyed_in_pieces_is_joined_in_order(desk: CardDesk, opener: Opener) -> None:
    card = open_card(desk.database, opener, desk.entry("9999000020510008", pieces=4))

    assert card.number.reveal() == "9999000020510008"
    assert (card.expiry_month, card.expiry_year) == (8, 2029)
    assert (card.holder.reveal(), card.password.reveal()) == ("900101", "12")
    assert repr(card) == "CardSecrets(••••)"


@pytest.mark.parametrize("expiry", ["829", "08291", "0a29", "08²9"])
def test_a_malformed_expiry_is_not_repeated_by_the_error(
    desk: CardDesk, opener: Opener, expiry: str
) -> None:
    with pytest.raises(ValueError, match="as it is printed: MMYY") as raised:
        open_card(desk.database, opener, desk.entry(expiry=expiry))

    assert expiry not in repr(raised.value)
    assert raised.value.__cause__ is None


def test_answers_that_are_missing_are_gone_and_the_error_says_nothing_else(
    desk: CardDesk, opener: Opener
) -> None:
    entry = desk.entry()
    other = CardEntry(entry.number, entry.expiry, "CA9:9", entry.password)

    with pytest.raises(AnswersGone) as raised:
        open_card(desk.database, opener, other)

    assert not any(character.isdigit() for character in str(raised.value))


def test_the_hash_of_a_number_is_keyed_and_told_under_every_master_key(
    desk: CardDesk, opener: Opener, masters: MasterKeys
) -> None:
    card = open_card(desk.database, opener, desk.entry())
    older, newer = MasterKeys.generate("m1"), MasterKeys.generate("m2")

    hashes = card_hashes(MasterKeys.parse(f"{newer},{older}"), card)

    assert len(set(hashes)) == 2
    assert hashes[1:] == card_hashes(MasterKeys.parse(older), card)
    assert not set(hashes) & set(card_hashes(masters, card))
