"""What any call service must do at least: check the signature, read one row, write it, commit.

Nothing else: the yardstick for one turn of a call, on the same server with the same database class.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, Response, abort, request
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.provider_signature import ProviderSignature

PATH = "/bare"


class BareRow(Base):
    """One row per imaginary call."""

    __tablename__ = "bare_rows"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    count: Mapped[int]


_row = BareRow.__table__
_READ = sa.select(_row.c.id, _row.c.count).where(_row.c.name == sa.bindparam("sid"))
_WRITE = (
    sa.update(_row).where(_row.c.id == sa.bindparam("this")).values(count=sa.bindparam("now_at"))
)
_ANSWER = b'<?xml version="1.0" encoding="UTF-8"?><Response>' + b" " * 900 + b"</Response>"


def create_app() -> Flask:
    """The yardstick as an application."""
    from app import Parts  # noqa: PLC0415 (importing it builds nothing, but takes a second)

    parts = Parts()
    settings, database = parts.settings, parts.database
    token = settings.twilio_auth_token.get_secret_value()
    signature = ProviderSignature(settings.public_base_url, [token])
    application = Flask("bare", static_folder=None)

    @application.post(PATH)
    def bare() -> Response:
        given = request.headers.get("X-Twilio-Signature", "")
        if not signature.is_right(request.environ, request.form.items(multi=True), given):
            abort(403)
        with database.transaction() as session:
            row = session.execute(_READ, {"sid": request.form["CallSid"]}).one()
            session.execute(_WRITE, {"this": row.id, "now_at": row.count + 1})
        return Response(_ANSWER, content_type="text/xml; charset=utf-8")

    @application.get("/healthz")
    def healthz() -> str:
        return "ok"

    return application
