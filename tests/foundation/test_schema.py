"""The migrations lead to exactly the tables that the code expects."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import app  # noqa: F401 (brings every table)
from foundation.database import Base, Database
from foundation.errors import SettingsError
from foundation.schema import _MIGRATIONS, migrate, newest_revision, require_schema


def test_migrating_an_empty_database_gives_the_tables_of_the_code(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    migrate(database)

    require_schema(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []
    assert set(Base.metadata.tables) <= set(sa.inspect(database.engine).get_table_names())
    database.close()


def test_a_process_starts_on_a_newer_schema_than_its_own_and_on_no_older_one(
    database_url: str,
) -> None:
    database = Database(database_url)
    with pytest.raises(SettingsError, match="the schema is at nothing"):
        require_schema(database)
    migrate(database)

    stamp(database, "9999")
    require_schema(database)

    stamp(database, "0001")
    with pytest.raises(SettingsError, match="the schema is at 0001"):
        require_schema(database)
    database.close()


def stamp(database: Database, revision: str) -> None:
    """Have the database say that its schema is of this revision."""
    with database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_the_last_file_of_the_migrations_is_the_newest_of_them() -> None:
    assert newest_revision() == ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The engine of the jobs keeps tables of its own beside ours."""
    return kind != "table" or name in Base.metadata.tables
