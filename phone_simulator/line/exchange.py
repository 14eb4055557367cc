"""One webhook and its answer, as the script runner and the timeline see it."""

from dataclasses import dataclass, field
from typing import Any

from phone_simulator.masking import shown_parameters


@dataclass
class Exchange:
    """A request to the product. Raw parameters are kept only while the call's script runs, and never printed."""

    purpose: str
    method: str
    url: str
    parameters: dict[str, str] = field(repr=False)
    menu: bool = False
    status: int | None = None
    seconds: float = 0.0
    fault: str | None = None
    body: bytes = field(default=b"", repr=False)
    location: str | None = None

    def forget_keys(self) -> None:
        self.parameters = shown_parameters(self.parameters, menu=self.menu)
        self.body = b""

    def as_json(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "method": self.method,
            "url": _without_keys(self.url),
            "status": self.status,
            "milliseconds": round(self.seconds * 1000, 1),
            "parameters": shown_parameters(self.parameters, menu=self.menu),
            **({"fault": self.fault} if self.fault else {}),
        }


def _without_keys(url: str) -> str:
    """A Gather by GET has the keys in its query string; they must not be shown from there either."""
    base, _, query = url.partition("?")
    parts = [
        part if not part.startswith("Digits=") else "Digits=•" for part in query.split("&") if part
    ]
    return base + ("?" + "&".join(parts) if parts else "")
