"""The provider having a bad day: error answers, no answer at all, and answers that get lost on the way."""

import socket
from dataclasses import dataclass
from typing import Never

from flask import abort, request

from phone_simulator.rest.answers import Refusal, switchboard

# Longer than any sensible client waits.
SILENCE_S = 40.0
REFUSALS = {"400": 20001, "429": 20429, "500": 20500}


@dataclass(frozen=True)
class Outage:
    mode: str | None = None

    def lose_answer(self) -> None:
        """The work is done, but the client never learns of it."""
        if self.mode == "lost":
            _break_connection()


def show_outage(resource: str) -> Outage:
    """Fail this request if a fault is switched on for the resource; a lost answer fails only afterwards."""
    board = switchboard()
    mode = board.provider_fault(resource)
    if mode in REFUSALS:
        raise Refusal(REFUSALS[mode])
    if mode == "silent":
        board.awake.wait(SILENCE_S)
        _break_connection()
    return Outage(mode)


def _break_connection() -> Never:
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    abort(503)
