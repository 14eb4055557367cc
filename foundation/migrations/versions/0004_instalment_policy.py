"""A merchant's policy of instalments."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("merchants", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("max_months", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("interest_free", sa.JSON(), nullable=False, server_default="[]")
        )
