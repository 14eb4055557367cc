"""Serves the browser handset: one page, its styles and modules, all from here and nothing from elsewhere."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from phone_simulator.control.guard import keep_strangers_out

FOLDER = Path(__file__).parent.parent / "page"
# Everything from here, nothing from elsewhere, and nothing inside the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint("page", __name__)
blueprint.before_request(keep_strangers_out)


@blueprint.get("/")
def handset() -> Response:
    return send_from_directory(FOLDER, "index.html")


@blueprint.get("/page/<path:name>")
def part(name: str) -> Response:
    return send_from_directory(FOLDER, name)


@blueprint.after_request
def strictly(response: Response) -> Response:
    """Allow the page nothing but its own parts, and no copy of it that outlives an upgrade."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-cache"
    return response
