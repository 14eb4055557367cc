"""Since when an acquirer has said that there is no such attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("charge_attempts", "issue_attempts"):
        op.add_column(table, sa.Column("absent_since", sa.DateTime(timezone=True), nullable=True))
