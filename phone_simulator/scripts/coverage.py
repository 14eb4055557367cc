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
    # Prompts that were not counted, those of them that no catalogue has, and groups that none has.
    excepted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_groups: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Coverage counts only where it was asked for; an empty catalogue covers nothing."""
        is_known = not self.unknown and not self.unknown_groups
        is_full = is_known and not self.missing and bool(self.heard)
        return not self.asked_for or is_full

    @property
    def sentence(self) -> str:
        if not self.asked_for:
            return ""
        if self.unknown_groups:
            return f"No prompt of a catalogue is of the group {', '.join(self.unknown_groups)}."
        total = len(self.heard) + len(self.missing)
        if total == 0:
            return "No prompt ids are known for these groups: start the simulator with --catalogue."
        if self.unknown:
            return f"Excepted, but in no catalogue: {', '.join(self.unknown)}."
        besides = f" Not counted: {', '.join(self.excepted)}." if self.excepted else ""
        if self.missing:
            heard = f"{len(self.heard)} of the {total} prompts were heard"
            return f"{heard}; not heard: {', '.join(self.missing)}.{besides}"
        return f"Every one of the {total} prompts was heard.{besides}"

    def as_json(self) -> dict[str, Any]:
        return {
            "sentence": self.sentence,
            "groups": list(self.groups),
            "heard": self.heard,
            "missing": self.missing,
            "excepted": list(self.excepted),
            "gathers": self.gathers,
        }


def coverage_of(
    results: list[dict[str, Any]], ids: list[str], groups: str | None, excepted: str | None = None
) -> Coverage:
    calls = [call for result in results for call in result["calls"]]
    heard = {prompt_id for call in calls for prompt_id in call["heard"]}
    wanted, left_out = _listed(groups), _listed(excepted)
    known = {group_of(prompt_id) for prompt_id in ids}
    counted = [
        prompt_id
        for prompt_id in ids
        if prompt_id not in left_out and (not wanted or group_of(prompt_id) in wanted)
    ]
    return Coverage(
        wanted,
        [prompt_id for prompt_id in counted if prompt_id in heard],
        [prompt_id for prompt_id in counted if prompt_id not in heard],
        _gathers(calls),
        asked_for=groups is not None,
        excepted=left_out,
        unknown=tuple(prompt_id for prompt_id in left_out if prompt_id not in ids),
        # Without any catalogue it is the catalogue that is missing, and not these groups.
        unknown_groups=tuple(group for group in wanted if known and group not in known),
    )


def _listed(written: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (written or "").split(",") if part.strip())


def _gathers(calls: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Each question with every way it was answered: keys, number of digits, time-out, hang-up, a bare #."""
    found: dict[str, set[str]] = {}
    for call in calls:
        for line in call["calls"]:
            for name, paths in line["gathers"].items():
                found.setdefault(name, set()).update(paths)
    return {name: sorted(paths) for name, paths in sorted(found.items())}
