"""The cable between the processes and their database server: it can be cut, and mended."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Cable:
    """Forwards connections to a server until it is cut; then breaks them and refuses new ones."""

    def __init__(self, server: tuple[str, int] | str) -> None:
        self._server = server
        self._ends: set[socket.socket] = set()
        self._is_cut = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        with self._lock:
            self._is_cut = True
            ends, self._ends = self._ends, set()
        for end in ends:
            _hang_up(end)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if self._is_cut:
                    _hang_up(near)
                else:
                    self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        far = _connected(self._server)
        with self._lock:
            self._ends |= {near, far}
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with self._lock:
            self._ends -= {source, target}
        _hang_up(source)
        _hang_up(target)


@contextmanager
def cable(server: tuple[str, int] | str) -> Iterator[Cable]:
    """A cable to a server, or to the socket file of one."""
    laid = Cable(server)
    try:
        yield laid
    finally:
        laid.close()


def _connected(server: tuple[str, int] | str) -> socket.socket:
    if isinstance(server, tuple):
        return socket.create_connection(server)
    unix = socket.socket(socket.AF_UNIX)
    unix.connect(server)
    return unix


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
