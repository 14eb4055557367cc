"""Connection overrides: limits and retries that a webhook address carries in its fragment, `#ct=2000&rc=2`."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from phone_simulator.twiml.problems import Problem

RETRY_REASONS = ("4xx", "5xx", "ct", "rt", "all")
# name: (lowest, highest, error code when out of range)
RANGES = {
    "ct": (100, 10_000, "11240"),
    "rt": (100, 15_000, "11241"),
    "tt": (100, 15_000, "11242"),
    "rc": (0, 5, "11243"),
}
EDGES = [
    "ashburn",
    "dublin",
    "frankfurt",
    "roaming",
    "sao-paulo",
    "singapore",
    "sydney",
    "tokyo",
    "umatilla",
]


@dataclass(frozen=True)
class Overrides:
    connect_ms: int = 5000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    # By default only a failure to connect is tried again.
    retry_on: frozenset[str] = frozenset({"ct"})

    def retries_after(self, failure: str) -> bool:
        return "all" in self.retry_on or failure in self.retry_on


FIELDS = {"ct": "connect_ms", "rt": "read_ms", "tt": "total_ms", "rc": "retries"}


def read_overrides(url: str) -> tuple[Overrides, list[Problem]]:
    """A value that makes no sense is reported and the default used."""
    overrides, problems = Overrides(), []
    for name, value in parse_qsl(urlsplit(url).fragment, keep_blank_values=True):
        if name == "rp" and set(value.split(",")) <= set(RETRY_REASONS):
            overrides = replace(overrides, retry_on=frozenset(value.split(",")))
        elif (
            name in RANGES and value.isdigit() and RANGES[name][0] <= int(value) <= RANGES[name][1]
        ):
            overrides = _with(overrides, name, int(value))
        elif not (name == "sni" and value in ("y", "n")) and not (
            name == "e" and set(value.split(",")) <= set(EDGES)
        ):
            code = RANGES[name][2] if name in RANGES else "11240"
            problems.append(
                Problem(code, f"connection override {name}={value!r} is invalid", url=url)
            )
    return overrides, problems


def _with(overrides: Overrides, name: str, number: int) -> Overrides:
    wanted: dict[str, int] = {FIELDS[name]: number}
    return replace(overrides, **wanted)  # type: ignore[arg-type]
