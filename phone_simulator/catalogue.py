"""Learns prompt ids from gettext catalogues: context = id, message id = Korean, translation = English.

A spoken sentence is recognised by turning each template into an anchored pattern; spaces and punctuation do not count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PLACEHOLDER = re.compile(r"\{[^{}]*\}")
TAG = re.compile(r"<[^<>]*>")
NOISE = re.compile(r"[\s.,!?…·:;'\"“”‘’()\[\]~\-–—*/]+")
GROUP = re.compile(r"[A-Z]+")
NOTHING: frozenset[str] = frozenset()


def normalised(text: str) -> str:
    return NOISE.sub("", TAG.sub("", text)).lower()


def group_of(prompt_id: str) -> str:
    """The letters an id begins with: R20x1 belongs to R, RX01 to RX."""
    found = GROUP.match(prompt_id)
    return found.group() if found else ""


@dataclass(frozen=True)
class Names:
    """Which prompts a text can be (`ids`) and which of them it most literally is (`best`)."""

    ids: frozenset[str] = NOTHING
    best: frozenset[str] = NOTHING


@dataclass(frozen=True)
class _Template:
    prompt_id: str
    pattern: re.Pattern[str]
    literal_length: int


@dataclass
class Catalogue:
    """All prompts and text messages whose ids are known; may be empty."""

    templates: list[_Template] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return sorted({template.prompt_id for template in self.templates})

    def knows(self, prompt_id: str) -> bool:
        return any(template.prompt_id == prompt_id for template in self.templates)

    def learn(self, prompt_id: str, text: str) -> None:
        literals = [normalised(part) for part in PLACEHOLDER.split(text)]
        if any(literals):
            pattern = re.compile(_pattern(text), re.DOTALL)
            self.templates.append(_Template(prompt_id, pattern, sum(map(len, literals))))

    def name(self, text: str) -> Names:
        heard = normalised(text)
        fitting = [template for template in self.templates if template.pattern.fullmatch(heard)]
        longest = max((template.literal_length for template in fitting), default=0)
        return Names(
            frozenset(template.prompt_id for template in fitting),
            frozenset(
                template.prompt_id for template in fitting if template.literal_length == longest
            ),
        )


def _pattern(text: str) -> str:
    """A text message whose value is absent comes without that value's line, so such lines are optional."""
    first, *more = text.split("\n")
    return _line(first) + "".join(
        f"(?:{_line(line)})?" if PLACEHOLDER.search(line) else _line(line) for line in more
    )


def _line(line: str) -> str:
    return "(.*?)".join(re.escape(normalised(part)) for part in PLACEHOLDER.split(line))


def read_catalogues(paths: Iterable[Path]) -> Catalogue:
    """Read .po files; raise OSError or ValueError with the file's name when one cannot be read."""
    # Loaded here because most commands of the program need no catalogue.
    from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415

    catalogue = Catalogue()
    for path in paths:
        try:
            with path.open("rb") as file:
                messages = list(read_po(file, abort_invalid=True))
        except PoFileError as error:
            raise ValueError(f"{path}: {error}") from error
        for message in messages:
            if message.context and isinstance(message.id, str):
                catalogue.learn(message.context, message.id)
                catalogue.learn(message.context, str(message.string or ""))
    return catalogue
