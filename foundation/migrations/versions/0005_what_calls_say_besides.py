"""A sentence of a charge that is read out, and whether a merchant's calls say approval numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("charges", sa.Column("note", sa.Text(), nullable=True))
    with op.batch_alter_table("merchants", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "says_approval_number", sa.Boolean(), nullable=False, server_default=sa.false()
            )
        )
