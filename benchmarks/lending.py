"""What lending a number costs with 1,000 and with 1,000,000 open loans: it should be the same.

    python -m benchmarks.lending [--postgres postgresql+psycopg://user@host/database]

Both sizes stand ready side by side and are measured in turns, so that a busy machine slows both.
Measured is a whole transaction, commit included, for phones that hold a number already. A ratio of
the medians beyond the bound ends with exit code 1.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from foundation.clock import stopwatch
from foundation.database import Base, Database, Moment
from foundation.phone_number import PhoneNumber
from virtual_numbers.actions.lend_number import lend_number
from virtual_numbers.loans import Loan
from virtual_numbers.numbers import NumberStatus, VirtualNumber

FEW, MANY = 1_000, 1_000_000
# As many numbers as the pairing wants in production.
POOL = 1_000
ROUNDS = 400
# The first rounds warm caches and are not counted.
WARM_UP = 40
BOUND = 1.3
# A prime far from the sizes: it spreads the measured phones over the whole table.
STRIDE = 7_919

Lend = Callable[[int], float]


def main() -> int:
    """Measure, print the table, and say whether the bound holds."""
    parser = argparse.ArgumentParser(description="Lend with few and with many open loans.")
    parser.add_argument("--postgres", help="a database in which two schemas may be made")
    url: str | None = parser.parse_args().postgres
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        ratios = [_compare("SQLite", lambda loans: _sqlite(Path(folder), loans))]
    if url:
        ratios.append(_compare("PostgreSQL", lambda loans: _postgres(sa.make_url(url), loans)))
    sys.stdout.write(f"worst ratio {max(ratios):.2f}, bound {BOUND}\n")
    return 0 if max(ratios) <= BOUND else 1


def _compare(name: str, opened: Callable[[int], Any]) -> float:
    started = stopwatch()
    with ExitStack() as both:
        few, many = (_filled(both.enter_context(opened(loans)), loans) for loans in (FEW, MANY))
        sys.stdout.write(f"{name}: prepared in {stopwatch() - started:.0f} s\n")
        for turn in range(WARM_UP):
            few(turn), many(turn)
        seconds = _in_turns(few, many)
    return _print_table(name, seconds)


def _in_turns(few: Lend, many: Lend) -> dict[int, list[float]]:
    seconds: dict[int, list[float]] = {FEW: [], MANY: []}
    lends = [(FEW, few), (MANY, many)]
    for turn in range(WARM_UP, WARM_UP + ROUNDS):
        for loans, lend in lends:
            seconds[loans].append(lend(turn))
        # Whoever went first goes second next time.
        lends.reverse()
    return seconds


def _print_table(name: str, seconds: dict[int, list[float]]) -> float:
    few = statistics.median(seconds[FEW])
    sys.stdout.write(f"{'':<12}{'open loans':>12}{'median ms':>12}{'p95 ms':>10}{'ratio':>8}\n")
    for loans, taken in seconds.items():
        median, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        sys.stdout.write(f"{name:<12}{loans:>12,}{median * 1e3:>12.2f}{p95 * 1e3:>10.2f}")
        sys.stdout.write(f"{median / few:>8.2f}\n")
    return statistics.median(seconds[MANY]) / few


@contextmanager
def _sqlite(folder: Path, loans: int) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder / str(loans)}.db")
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


@contextmanager
def _postgres(url: sa.URL, loans: int) -> Iterator[Database]:
    schema = f"lending_{loans}"
    database = Database(
        url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(
            hide_password=False
        )
    )
    with database.engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    try:
        Base.metadata.create_all(database.engine)
        yield database
    finally:
        with database.engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(schema, cascade=True))
        database.close()


def _filled(database: Database, loans: int) -> Lend:
    """Fill the tables in one statement each, indexes last: a million loans take seconds."""
    indexes = list(Base.metadata.tables[Loan.__tablename__].indexes)
    now = sa.literal(database.clock.now(), Moment())
    with database.engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
        connection.execute(_insert(VirtualNumber, POOL, lambda i: _number(i, now)))
        connection.execute(_insert(Loan, loans, lambda i: _loan(i, now)))
        for index in indexes:
            index.create(connection)
        connection.exec_driver_sql("ANALYZE")
    return lambda turn: _lend(database, f"+82{1_000_000_000 + turn * STRIDE % loans}", turn)


def _insert(
    table: type[Base], size: int, row: Callable[[sa.ColumnElement[int]], dict[str, Any]]
) -> sa.Insert:
    numbered = sa.select(sa.literal(0).label("i")).cte("numbered", recursive=True)
    numbered = numbered.union_all(sa.select(numbered.c.i + 1).where(numbered.c.i < size - 1))
    values = row(numbered.c.i)
    return sa.insert(table).from_select(list(values), sa.select(*values.values()))


def _number(i: sa.ColumnElement[int], now: Any) -> dict[str, Any]:
    return {
        "id": _text("vn_", i + POOL),
        "e164": _text("+8270", i + 10_000_000),
        "status": sa.literal(NumberStatus.ACTIVE, sa.Text()),
        "last_lent_at": now,
        "created_at": now,
    }


def _loan(i: sa.ColumnElement[int], now: Any) -> dict[str, Any]:
    return {
        "id": _text("loan_", i + 10_000_000),
        "number_id": _text("vn_", i % POOL + POOL),
        "number": _text("+8270", i % POOL + 10_000_000),
        "phone": _text("+82", i + 1_000_000_000),
        "request_id": _text("reg_", i + 10_000_000),
        "opened_at": now,
        "expires_at": now,
    }


def _text(prefix: str, number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return sa.literal(prefix) + sa.cast(number, sa.Text)


def _lend(database: Database, phone: str, turn: int) -> float:
    started = stopwatch()
    with database.transaction() as session:
        lend_number(
            session,
            phone=PhoneNumber(phone),
            request_id=f"chg_{turn}",
            expires_at=session.now + timedelta(days=1),
        )
    return stopwatch() - started


if __name__ == "__main__":
    sys.exit(main())
