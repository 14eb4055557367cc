"""What came out of a script: steps, failures, warnings, calls; without any digits a caller keyed."""

from dataclasses import dataclass, field
from typing import Any

from phone_simulator.line.call import Call
from phone_simulator.masking import without_card_numbers


@dataclass(frozen=True)
class StepResult:
    number: int
    kind: str
    status: str
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "step": self.number,
            "kind": self.kind,
            "status": self.status,
            "message": without_card_numbers(self.message),
        }


@dataclass
class Report:
    """The outcome of one caller's script."""

    name: str
    steps: list[StepResult] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return not self.failures

    def passed(self, number: int, kind: str) -> None:
        self.steps.append(StepResult(number, kind, "ok"))

    def skipped(self, number: int, kind: str) -> None:
        self.steps.append(StepResult(number, kind, "skipped", "not reached"))

    def failed(self, number: int, kind: str, message: str) -> None:
        self.steps.append(StepResult(number, kind, "failed", message))
        self.failures.append(f"step {number} ({kind}): {message}")

    def warned(self, number: int, kind: str, message: str) -> None:
        self.warnings.append(f"step {number} ({kind}): {message}")

    def judge_calls(self, allowed: tuple[str, ...], *, strict: bool) -> None:
        """Problems of the product's answers fail a script even if all its expectations came true."""
        for call in self.calls:
            for problem in dict.fromkeys(call.problems):
                grave = (problem.is_failure or strict) and problem.code not in allowed
                (self.failures if grave else self.warnings).append(str(problem))
