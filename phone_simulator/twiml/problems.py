"""A finding about the product's answers, with the provider's own error code where it has one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Codes of digits are the provider's (twilio.com/docs/api/errors/CODE); words are this project's own rules."""

    code: str
    message: str
    url: str = ""
    line: int | None = None
    column: int | None = None
    # Set for the findings that a run may not have although the provider has no number for them.
    grave: bool = False

    @property
    def is_failure(self) -> bool:
        return self.grave or self.code.isdigit()

    def __str__(self) -> str:
        place = f" (line {self.line}, column {self.column})" if self.line is not None else ""
        return f"{self.code}: {self.message}{place}" + (f" at {self.url}" if self.url else "")
