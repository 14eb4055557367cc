"""One webhook and its answer, as the script runner and the timeline see it."""

from dataclasses import dataclass, field
from typing import Any

from phone_simulator.masking import shown_parameters, without_card_numbers

# A document that is longer is shown up to here.
DOCUMENT_MAX = 16_000
# Two keys may be anything a document says anyway.
SECRET_FROM = 4


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
    # When it was sent, in seconds of the line, and after how many entries of the timeline.
    at: float = 0.0
    entries_before: int = 0
    _shown_document: str = ""

    def forget_keys(self) -> None:
        self._shown_document = self.document
        self.parameters = shown_parameters(self.parameters, menu=self.menu)
        self.body = b""

    def forget_document(self) -> None:
        self._shown_document, self.body = "", b""

    @property
    def document(self) -> str:
        """The answer as it may be shown: no card number, and nothing of what this request brought."""
        if not self.body:
            return self._shown_document
        text = without_card_numbers(self.body[:DOCUMENT_MAX].decode("utf-8", "replace"))
        digits = self.parameters.get("Digits", "")
        return text.replace(digits, "•" * len(digits)) if len(digits) >= SECRET_FROM else text

    def as_json(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "method": self.method,
            "url": _without_keys(self.url),
            "status": self.status,
            "at": round(self.at, 2),
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
