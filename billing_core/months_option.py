"""Months as they are written on the command line: 2,3,6."""

from __future__ import annotations

from typing import Any

import click

from billing_core.instalments import MONTHS_MAX, MONTHS_MIN


class Months(click.ParamType[tuple[int, ...]]):
    """A list of months, each a length that instalments can have."""

    name = "2,3"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Read the list; what cannot be a month is wrong usage."""
        if isinstance(value, tuple):
            return value
        months = [word.strip() for word in value.split(",") if word.strip()]
        allowed = {str(month) for month in range(MONTHS_MIN, MONTHS_MAX + 1)}
        if not allowed.issuperset(months):
            self.fail(f"write months from {MONTHS_MIN} to {MONTHS_MAX} as 2,3,6.", param, ctx)
        return tuple(sorted({int(month) for month in months}))


MONTHS = Months()
