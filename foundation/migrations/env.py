"""Alembic's entry: migrations run on the connection they are given by `foundation.schema`."""

from typing import Any

import sqlalchemy as sa
from alembic import context

from foundation.database import Base


def plain_type(kind: str, item: Any, _context: object) -> str | bool:
    """Write column types as the database knows them, so that old migrations need none of our code."""
    if kind != "type":
        return False
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, sa.TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=plain_type,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
