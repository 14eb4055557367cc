"""Logs: one line an event on stderr. Card data never reaches them; see `Secret` and `Sealed`."""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog


class _Lossy:
    """Standard error as it is now. A line that finds no room is lost; the work it tells of goes on."""

    def write(self, text: str) -> None:
        # A full disk, or a reader that is gone, is no reason to lose a call or a charge.
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def log_to_stderr(least: int = logging.INFO) -> None:
    """Write JSON lines, or readable ones where a person watches; nothing below the level `least`."""
    readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Tracebacks without local variables: those may hold what a caller has just keyed.
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if readable
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Lossy())),
        cache_logger_on_first_use=True,
    )


def places(error: Exception) -> list[str]:
    """Where it happened: no message and no local variable, for both may hold what was keyed."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
