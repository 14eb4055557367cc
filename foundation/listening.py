"""Whether an address is free to listen on, before a server shares it with another in silence."""

from __future__ import annotations

import socket

from foundation.clock import pause, stopwatch
from foundation.errors import SettingsError

FREE_WITHIN_S = 2.0
LOOK_AGAIN_S = 0.1


def require_free(host: str, port: int) -> None:
    """Refuse a port on which somebody listens: the server would share it, request by request.

    A server that was just killed may take a moment to let go of it.
    """
    until = stopwatch() + FREE_WITHIN_S
    while (why := _why_not_free(host, port)) and stopwatch() < until:
        pause(LOOK_AGAIN_S)
    if why:
        raise SettingsError(f"--bind: cannot listen on {host}:{port}: {why}")


def _why_not_free(host: str, port: int) -> str | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return str(error.strerror)
    return None
