"""Indexes of the registrations that wait for their customer or are under way, for the sweeps.

With an index for lists by status they take the place of two that grow with all that ever was, and of
which SQLite would go on choosing one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name, columns, status in (
        ("ix_registrations_awaited", ["expires_at"], "awaiting_customer"),
        ("ix_registrations_under_way", ["status", "id"], "processing"),
    ):
        only = sa.text(f"status = '{status}'")
        op.create_index(name, "registrations", columns, sqlite_where=only, postgresql_where=only)
    op.create_index(
        "ix_registrations_merchant_status", "registrations", ["merchant_id", "status", "id"]
    )
    for column in ("status", "expires_at"):
        op.drop_index(f"ix_registrations_{column}", "registrations")
