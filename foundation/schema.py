"""The shape of the database: brought to the newest, and compared with what the code expects."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from foundation.database import Database
from foundation.errors import SettingsError
from foundation.jobs import migrate_engine

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Bring the schema to the newest version. Safe to repeat."""
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    migrate_engine(database)


def require_newest_schema(database: Database) -> None:
    """Refuse to start on a database that has not been migrated."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect().execution_options(readonly=True) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != newest:
        raise SettingsError(
            f"DATABASE_URL: the schema is at {current or 'nothing'}, this version needs {newest}. "
            "Run `ars migrate`."
        )


def tables(database: Database) -> set[str]:
    """The names of all tables, for tests and the curious."""
    return set(sa.inspect(database.engine).get_table_names())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
