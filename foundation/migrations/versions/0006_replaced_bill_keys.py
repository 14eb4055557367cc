"""Which bill key took the place of a replaced one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("bill_keys", sa.Column("replaced_by", sa.Text(), nullable=True))
