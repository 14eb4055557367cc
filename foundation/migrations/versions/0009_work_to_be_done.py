"""An index of the work that callers are held for and that is still to be done."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    only = sa.text("outcome IS NULL")
    op.create_index(
        "ix_held_work_undone",
        "held_work",
        ["staged_at"],
        sqlite_where=only,
        postgresql_where=only,
    )
