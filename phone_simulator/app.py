"""Builds the simulator's web application and serves it with a small threaded server."""

import signal
import socket
from collections.abc import Callable
from threading import Thread
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from phone_simulator.control import calls as control_calls
from phone_simulator.control import feed, merchant, page
from phone_simulator.control import state as control_state
from phone_simulator.options import SimulatorOptions
from phone_simulator.rest import calls, messages, numbers
from phone_simulator.switchboard import Switchboard

# How often the server looks whether it has been told to stop; seldom enough that idling costs nothing.
POLL_S = 0.5
BODY_MAX = 2_000_000


def create_simulator(options: SimulatorOptions | None = None) -> Flask:
    """Build a simulator with its own state; two of them in one process know nothing of each other."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["switchboard"] = Switchboard(options or SimulatorOptions())
    for blueprint in (
        messages.blueprint,
        numbers.blueprint,
        calls.blueprint,
        calls.account,
        control_state.blueprint,
        control_calls.blueprint,
        merchant.blueprint,
        feed.blueprint,
        page.blueprint,
    ):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _refused)
    return app


def _refused(error: HTTPException) -> HTTPException | tuple[Response, int]:
    """The control API says in JSON what was wrong; the provider's face has a form of its own."""
    if error.response is not None or not request.path.startswith("/simulator/"):
        return error
    return jsonify({"error": error.description}), error.code or 500


class QuietRequests(WSGIRequestHandler):
    """Logs nothing: requests carry keys, and a busy simulator would only fill the screen."""

    # A body goes out behind its headers without waiting until those have been acknowledged.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


def open_server(app: Callable[..., Any], host: str, port: int) -> BaseWSGIServer:
    return make_server(host, port, app, threaded=True, request_handler=QuietRequests)


def serve(app: Flask, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve until the process is asked to stop."""
    server = open_server(app, host, port)

    def stop(*_: object) -> None:
        app.extensions["switchboard"].awake.set()
        # shutdown() waits for the serving loop, so it may not be called from inside it.
        Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    ready(f"http://{_shown_host(host)}:{server.server_port}")
    server.serve_forever(poll_interval=POLL_S)
    server.server_close()


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host or socket.gethostname()
