"""What merchants decide."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("ix_bill_keys_ends", "bill_keys", ["status", "card_expiry"])
