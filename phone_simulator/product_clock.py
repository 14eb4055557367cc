"""The product's test clock, moved with the operator's command: the simulator knows the product's time from it alone."""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime

COMMAND_S = 30.0
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
REASON_MAX = 200


class ClockStands(Exception):
    """The clock was not moved; the message says why, in the command's words where it has some."""


@dataclass(frozen=True)
class ProductClock:
    """The words of the command; the duration is added as the last word."""

    words: tuple[str, ...]

    def advance(self, by: str) -> str:
        """Move it by `90s`, `3d` and the like; gives what the command says, or raises ClockStands."""
        if not self.words:
            raise ClockStands(
                "no clock to move: start the simulator with --clock-command, such as 'ars clock advance'"
            )
        try:
            done = subprocess.run(  # noqa: S603 - the words come from the operator's command line
                [*self.words, by], capture_output=True, text=True, timeout=COMMAND_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ClockStands(f"the clock command did not run: {error}") from error
        if done.returncode != 0:
            reason = (done.stderr or done.stdout).strip()[:REASON_MAX]
            raise ClockStands(f"the clock command failed: {reason}")
        return done.stdout.strip()

    def now(self) -> datetime:
        """Ask for the time with a move by nothing."""
        told = self.advance("0s")
        found = MOMENT.search(told)
        if found is None:
            raise ClockStands(
                f"the clock command does not tell the time in UTC: {told[:REASON_MAX]}"
            )
        return datetime.fromisoformat(found.group()).replace(tzinfo=UTC)
