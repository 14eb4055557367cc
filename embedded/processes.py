"""Child processes of the embedded service: started in order, watched, and stopped in reverse."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0


class NotStarted(Exception):
    """A part of the service did not come up; the message says which and shows its last words."""


@dataclass
class ProcessTree:
    """The running parts, by name."""

    environment: Mapping[str, str]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, words: Sequence[str], *, ready_at: str | None = None) -> None:
        """Start a part and wait until its address answers. Its output goes to a file of its name."""
        log = (self.logs / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", *words],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C reaches the whole group; the parent alone decides in which order parts stop.
            start_new_session=True,
        )
        if ready_at:
            self._wait_for(name, ready_at)

    def stop(self) -> None:
        """Stop the parts, last started first; one that does not obey is killed."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOP_WITHIN_S)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)

    def require_all(self) -> None:
        """Raise NotStarted when a part has ended by itself."""
        for name, part in self.running.items():
            if part.poll() is not None:
                raise NotStarted(f"{name} has ended:\n{self.last_words(name)}")

    def _wait_for(self, name: str, address: str) -> None:
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            if self.running[name].poll() is not None:
                break
            if _answers(address):
                return
            time.sleep(0.1)
        raise NotStarted(f"{name} did not start. Its last words:\n{self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """The end of a part's log."""
        return "\n".join((self.logs / f"{name}.log").read_text().splitlines()[-15:])


@contextmanager
def process_tree(environment: Mapping[str, str], logs: Path) -> Iterator[ProcessTree]:
    """A process tree that is stopped whatever happens."""
    logs.mkdir(parents=True, exist_ok=True)
    tree = ProcessTree(environment, logs)
    try:
        yield tree
    finally:
        tree.stop()


def run_once(environment: Mapping[str, str], *words: str) -> str:
    """Run one `ars` command and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotStarted(f"`ars {' '.join(words)}` failed: {done.stderr.strip()[-800:]}")
    return done.stdout


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_held(folder: Path) -> bool:
    """Hold a folder for as long as this process lives; False where another one holds it."""
    lock = os.open(folder / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # The lock goes with the process, however it ends. Children must not inherit it.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return False
    return True


def wait_for_interrupt() -> threading.Event:
    """An event that is set by Ctrl-C or SIGTERM."""
    asked = threading.Event()
    for interruption in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interruption, lambda *_: asked.set())
    return asked


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
