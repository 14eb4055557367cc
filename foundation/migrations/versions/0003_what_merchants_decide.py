"""What merchants decide."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("ix_bill_keys_ends", "bill_keys", ["status", "card_expiry"])
