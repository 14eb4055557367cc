"""What any call service must do at least: check the signature, read one row, write it, commit.

Nothing else: the yardstick for one turn of a call, on the same server with the same database class.
There are two of it: as such a route is written with SQLAlchemy, and one that goes past its unit of
work with statements made beforehand, as quick as a route on this house's parts can be.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask, Response, abort, request
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.provider_signature import ProviderSignature

PATH = "/bare"
BAREST_PATH = "/barest"


class BareRow(Base):
    """One row per imaginary call."""

    __tablename__ = "bare_rows"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    requests: Mapped[int]


_row = BareRow.__table__
_READ = sa.select(_row.c.id, _row.c.requests).where(_row.c.name == sa.bindparam("sid"))
_WRITE = (
    sa.update(_row).where(_row.c.id == sa.bindparam("this")).values(requests=sa.bindparam("now_at"))
)
_ANSWER = b'<?xml version="1.0" encoding="UTF-8"?><Response>' + b" " * 900 + b"</Response>"


def create_app() -> Flask:
    """The yardsticks as an application."""
    from app import Parts  # noqa: PLC0415 (importing it builds nothing, but takes a second)

    parts = Parts()
    settings, database = parts.settings, parts.database
    token = settings.twilio_auth_token.get_secret_value()
    signature = ProviderSignature(settings.public_base_url, [token])
    application = Flask("bare", static_folder=None)

    def answered(read_and_write: Callable[[Session, str], None]) -> Response:
        given = request.headers.get("X-Twilio-Signature", "")
        if not signature.is_right(request.environ, request.form.items(multi=True), given):
            abort(403)
        with database.transaction() as session:
            read_and_write(session, request.form["CallSid"])
        return Response(_ANSWER, content_type="text/xml; charset=utf-8")

    @application.post(PATH)
    def bare() -> Response:
        return answered(count)

    @application.post(BAREST_PATH)
    def barest() -> Response:
        return answered(count_quickly)

    @application.get("/healthz")
    def healthz() -> str:
        return "ok"

    return application


def count(session: Session, sid: str) -> None:
    """One more request of this call."""
    row = session.scalars(sa.select(BareRow).where(BareRow.name == sid)).one()
    row.requests += 1


def count_quickly(session: Session, sid: str) -> None:
    """The same with statements made beforehand, and no objects."""
    row = session.execute(_READ, {"sid": sid}).one()
    session.execute(_WRITE, {"this": row.id, "now_at": row.requests + 1})
