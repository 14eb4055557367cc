"""What is sealed opens only at its place, only with the right keys, and not for ever."""

from __future__ import annotations

import json
import pickle
from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core.events import WebhookEndpoint
from foundation.database import Database
from foundation.errors import Conflict, SealBroken, SettingsError
from foundation.key_rotation import publish_keys, reseal_secrets
from foundation.master_keys import MasterKeys
from foundation.sealing import (
    ANSWERS,
    SECRETS,
    Opener,
    Sealed,
    Sealer,
    SealingKey,
    Secret,
    place_of,
)
from tests.clocks import HandClock
from tests.conftest import SteppedWorker
from tests.foundation.endpoints import add_endpoint

DIGITS = "9999000000000004"


def test_a_box_opens_at_its_place(sealer: Sealer, opener: Opener) -> None:
    box = sealer.seal(ANSWERS, DIGITS, "CA1:3")

    assert opener.open(box, "CA1:3").reveal() == DIGITS


def test_a_box_that_was_moved_or_changed_does_not_open(sealer: Sealer, opener: Opener) -> None:
    box = sealer.seal(ANSWERS, DIGITS, "CA1:3")
    changed = Sealed(box.key_id, box.box[:-1] + bytes([box.box[-1] ^ 1]))

    for broken, place in ((box, "CA1:4"), (changed, "CA1:3")):
        with pytest.raises(SealBroken) as refusal:
            opener.open(broken, place)
        assert DIGITS not in str(refusal.value)


def test_other_master_keys_open_nothing(database: Database, sealer: Sealer) -> None:
    box = sealer.seal(ANSWERS, DIGITS, "CA1:3")
    strangers = Opener(database, MasterKeys.parse(MasterKeys.generate("m1")))

    with pytest.raises(SealBroken):
        strangers.open(box, "CA1:3")


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(DIGITS)

    shown = f"{secret} {secret!r} {[secret]}"
    assert DIGITS not in shown
    with pytest.raises(TypeError):
        json.dumps({"card": secret})
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_yesterdays_answers_cannot_be_opened_by_anybody(
    database: Database, masters: MasterKeys
) -> None:
    clock = database.clock = HandClock(database.clock.now())
    sealer, opener = Sealer(database), Opener(database, masters)
    box = sealer.seal(ANSWERS, DIGITS, "CA1:3")
    for hours in (25, 2):
        clock.advance(hours=hours)
        with database.transaction() as session:
            publish_keys(session, masters)

    with pytest.raises(SealBroken):
        opener.open(box, "CA1:3")
    with database.reading() as session:
        kept = session.scalars(sa.select(SealingKey).where(SealingKey.purpose == ANSWERS)).all()
        assert all(database.clock.now() - key.created_at < timedelta(hours=26) for key in kept)


def test_a_key_outlives_its_successors_first_hour(database: Database, masters: MasterKeys) -> None:
    clock = database.clock = HandClock(database.clock.now())
    sealer, opener = Sealer(database), Opener(database, masters)
    box = sealer.seal(ANSWERS, DIGITS, "CA1:3")
    clock.advance(days=30)
    for _ in range(2):
        with database.transaction() as session:
            publish_keys(session, masters)
        clock.advance(minutes=30)

    assert opener.open(box, "CA1:3").reveal() == DIGITS
    assert sealer.seal(ANSWERS, DIGITS, "CA1:4").key_id != box.key_id


def test_lasting_secrets_move_to_a_new_master_key(
    database: Database, stepped: SteppedWorker
) -> None:
    old = MasterKeys.generate("old")
    with database.transaction() as session:
        publish_keys(session, MasterKeys.parse(old))
    database.clock = HandClock(database.clock.now() + timedelta(hours=1))
    with database.transaction() as session:
        publish_keys(session, MasterKeys.parse(old))
    sealer = Sealer(database)
    with database.transaction() as session:
        endpoint, shown = add_endpoint(session, sealer)
    database.clock = HandClock(database.clock.now() + timedelta(hours=1))
    both = MasterKeys.parse(f"{MasterKeys.generate('new')},{old}")
    with database.transaction() as session:
        publish_keys(session, both)
    with database.transaction() as session:
        changed = reseal_secrets(session, Opener(database, both), Sealer(database))

    assert changed >= 1
    with database.reading() as session:
        moved = session.get_one(WebhookEndpoint, endpoint.id).secret
    assert moved.key_id == f"{SECRETS}_new"
    place = place_of(WebhookEndpoint.__table__.c.secret, endpoint.id)
    assert Opener(database, both).open(moved, place).reveal() == shown


def test_going_back_to_an_earlier_master_key_moves_the_secrets_back(
    database: Database, stepped: SteppedWorker
) -> None:
    clock = database.clock = HandClock(database.clock.now())
    first, second = MasterKeys.generate("first"), MasterKeys.generate("second")
    with database.transaction() as session:
        session.execute(sa.delete(SealingKey))
    rotate(database, clock, first)
    with database.transaction() as session:
        endpoint, shown = add_endpoint(session, Sealer(database))

    moved = [
        rotate(database, clock, text)
        for text in (f"{second},{first}", f"{first},{second}", f"{first},{second}")
    ]

    assert moved == [1, 1, 0]
    with database.reading() as session:
        box = session.get_one(WebhookEndpoint, endpoint.id).secret
    place = place_of(WebhookEndpoint.__table__.c.secret, endpoint.id)
    assert Opener(database, MasterKeys.parse(first)).open(box, place).reveal() == shown


def test_secrets_that_would_move_to_another_key_than_is_said_stay_where_they_are(
    database: Database, stepped: SteppedWorker
) -> None:
    first, second = MasterKeys.generate("first"), MasterKeys.generate("second")
    clock = database.clock = HandClock(database.clock.now() + timedelta(hours=1))
    rotate(database, clock, first)
    with database.transaction() as session:
        add_endpoint(session, Sealer(database))
    rotate(database, clock, f"{second},{first}")
    back = MasterKeys.parse(f"{first},{second}")

    with (
        pytest.raises(Conflict, match="MASTER_KEYS"),
        database.transaction() as session,
    ):
        reseal_secrets(session, Opener(database, back), Sealer(database))


def test_another_key_under_a_known_id_is_refused_before_anything_is_sealed(
    database: Database,
) -> None:
    generated_anew = MasterKeys.parse(MasterKeys.generate("m1"))

    with (
        pytest.raises(SettingsError, match=r"^MASTER_KEYS: the key m1 is not the one"),
        database.transaction() as session,
    ):
        publish_keys(session, generated_anew)


def test_after_a_master_key_was_lost_what_is_keyed_next_can_be_opened(database: Database) -> None:
    clock = database.clock = HandClock(database.clock.now() + timedelta(minutes=1))
    instead = MasterKeys.parse(MasterKeys.generate("m2"))
    clock.advance(minutes=1)

    with database.transaction() as session:
        publish_keys(session, instead)

    box = Sealer(database).seal(ANSWERS, DIGITS, "CA1:3")
    assert Opener(database, instead).open(box, "CA1:3").reveal() == DIGITS


def rotate(database: Database, clock: HandClock, text: str) -> int:
    """`ars keys rotate` under these master keys, a while after whatever was before."""
    clock.advance(minutes=1)
    masters = MasterKeys.parse(text)
    with database.transaction() as session:
        publish_keys(session, masters)
    with database.transaction() as session:
        return reseal_secrets(session, Opener(database, masters), Sealer(database))


@pytest.mark.parametrize(
    "text", ["", "name", "a:short", "a:!!!", "a:" + "A" * 43 + "=,a:" + "A" * 43 + "="]
)
def test_malformed_master_keys_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        MasterKeys.parse(text)

    assert str(refusal.value).startswith("MASTER_KEYS: entry")
    assert "AAAA" not in str(refusal.value)


def test_an_id_that_repeats_among_master_keys_is_said_to_repeat() -> None:
    with pytest.raises(SettingsError, match=r"^MASTER_KEYS: entry 2 has the id of an earlier one"):
        MasterKeys.parse(f"{MasterKeys.generate('a')},{MasterKeys.generate('a')}")


def test_keyed_hashes_differ_by_purpose_and_by_key() -> None:
    masters = MasterKeys.parse(f"{MasterKeys.generate('a')},{MasterKeys.generate('b')}")

    hashes = {*masters.keyed_hashes("card", DIGITS), *masters.keyed_hashes("phone", DIGITS)}
    assert len(hashes) == 4
    assert masters.keyed_hashes("card", DIGITS) == masters.keyed_hashes("card", DIGITS)
