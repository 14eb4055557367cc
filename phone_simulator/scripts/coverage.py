"""Which prompts a set of runs has heard and which not, and which ways each question was answered."""

from dataclasses import dataclass, field
from typing import Any

from phone_simulator.catalogue import group_of


@dataclass(frozen=True)
class Coverage:
    groups: tuple[str, ...]
    heard: list[str]
    missing: list[str]
    gathers: dict[str, list[str]] = field(default_factory=dict)
    asked_for: bool = False

    @property
    def is_complete(self) -> bool:
        """Coverage counts only where it was asked for; an empty catalogue covers nothing."""
        return not self.asked_for or (not self.missing and bool(self.heard))

    @property
    def sentence(self) -> str:
        if not self.asked_for:
            return ""
        total = len(self.heard) + len(self.missing)
        if total == 0:
            return "No prompt ids are known for these groups: start the simulator with --catalogue."
        if self.missing:
            return f"{len(self.heard)} of the {total} prompts were heard; not heard: {', '.join(self.missing)}."
        return f"Every one of the {total} prompts was heard."

    def as_json(self) -> dict[str, Any]:
        return {
            "groups": list(self.groups),
            "heard": self.heard,
            "missing": self.missing,
            "gathers": self.gathers,
        }


def coverage_of(results: list[dict[str, Any]], ids: list[str], groups: str | None) -> Coverage:
    calls = [call for result in results for call in result["calls"]]
    heard = {prompt_id for call in calls for prompt_id in call["heard"]}
    wanted = tuple(part.strip() for part in (groups or "").split(",") if part.strip())
    counted = [prompt_id for prompt_id in ids if not wanted or group_of(prompt_id) in wanted]
    return Coverage(
        wanted,
        [prompt_id for prompt_id in counted if prompt_id in heard],
        [prompt_id for prompt_id in counted if prompt_id not in heard],
        _gathers(calls),
        asked_for=groups is not None,
    )


def _gathers(calls: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Each question with every way it was answered: keys, number of digits, time-out, hang-up, a bare #."""
    found: dict[str, set[str]] = {}
    for call in calls:
        for line in call["calls"]:
            for name, paths in line["gathers"].items():
                found.setdefault(name, set()).update(paths)
    return {name: sorted(paths) for name, paths in sorted(found.items())}
