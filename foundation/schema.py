"""The shape of the database: brought to the newest, and compared with what the code expects.

Only `migrate` needs the library that migrates; what runs day and night spares its ten megabytes.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import SettingsError
from foundation.jobs import migrate_engine

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Bring the schema to the newest version. Safe to repeat."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    migrate_engine(database)


def require_schema(database: Database) -> None:
    """Refuse to start on a database that has not been migrated.

    A newer schema is welcome: a migration only adds what an older version does not look at, and its
    processes may have to start again while the new version is being installed.
    """
    newest, current = newest_revision(), _current_revision(database)
    if current is None or current < newest:
        raise SettingsError(
            f"DATABASE_URL: the schema is at {current or 'nothing'}, this version needs {newest}. "
            "Run `ars migrate`."
        )


def newest_revision() -> str:
    """The number of the last migration; their files begin with it."""
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("versions/[0-9]*.py"))


def _current_revision(database: Database) -> str | None:
    with database.engine.connect().execution_options(readonly=True) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return revision
