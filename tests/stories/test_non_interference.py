"""Two calls that differ only in password and birth date leave the same traces."""

from __future__ import annotations

import re

import sqlalchemy as sa

from foundation.database import Base, Database
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.sealing import SealedColumn
from tests.conftest import SteppedWorker
from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

REFUSED_ANYHOW = "9999005500000008"
# Ids, tokens, hashes, and which of several rested numbers is lent, are random by nature.
RANDOM = re.compile(
    r"\+8270700000\d\d|070-7000-00\d\d|'token': '[^']+'|\b[a-z]+_[0-9A-Z]{25}\b|\b[0-9a-f]{64}\b|\bSM[0-9a-f]{32}\b|\breq_[0-9a-f]{24}\b"
)
KEYS = {"sealing_keys", "api_keys"}


def test_password_and_birth_date_influence_nothing_that_is_not_sealed(
    database: Database, masters: MasterKeys
) -> None:
    first = play(database, masters, holder="811203", password="34")
    second = play(database, masters, holder="790215", password="87")

    assert len(first) > 50
    assert first == second


def play(database: Database, masters: MasterKeys, **secrets: str) -> list[str]:
    """Play two calls on an empty database and return everything they leave, in one order."""
    empty(database, masters)
    service = Service(database, masters, SteppedWorker(database))
    made = service.registers()
    caller = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1")
    caller.gives_card(REFUSED_ANYHOW, **secrets).holds().presses("3").hangs_up()
    service.clock.advance(minutes=11)
    second = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1")
    second.gives_card(GOOD_CARD, **secrets)
    return sorted(RANDOM.sub("<random>", trace) for trace in traces(service))


def empty(database: Database, masters: MasterKeys) -> None:
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    with database.transaction() as session:
        publish_keys(session, masters)


def traces(service: Service) -> list[str]:
    """Every row, every answer and every job. Of a box only its size is seen."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in KEYS]
    rows = [f"{table.name}: {row}" for table in tables for row in shown(service, table)]
    sizes = [f"a box of {len(row['box'].box)} bytes" for row in service.rows("sealed_answers")]
    handed_on = [*service.answers, *service.worker.staged, *service.worker.done]
    return [*rows, *sizes, *map(repr, handed_on)]


def shown(service: Service, table: sa.Table) -> list[str]:
    columns = [column for column in table.c if not isinstance(column.type, SealedColumn)]
    with service.database.reading() as session:
        return [repr(dict(row)) for row in session.execute(sa.select(*columns)).mappings()]
