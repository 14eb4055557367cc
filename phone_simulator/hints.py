"""What a product tells the page about itself: its test cards, and keys that may be pressed at its prompts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phone_simulator.line.caller import KEYS
from phone_simulator.scripts.yaml_text import read_yaml

# A prefix is what makes a card a test card, so it may not be any card's.
PREFIX_MIN = 4


@dataclass(frozen=True)
class Hints:
    """`cards` are {number, does}, `keys` {prompt id: {keys, says}}; all for showing, but for what test cards begin with."""

    test_cards: tuple[str, ...] = ()
    cards: tuple[dict[str, str], ...] = ()
    keys: tuple[tuple[str, dict[str, str]], ...] = ()
    requests: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"cards": list(self.cards), "keys": dict(self.keys), "requests": list(self.requests)}


def read_hints(path: Path) -> Hints:
    """Read a YAML file of hints; raise OSError, TypeError or ValueError, which names the file and the field."""
    raw = read_yaml(path.read_text(encoding="utf-8"))
    if not isinstance(raw, dict):
        raise TypeError(f"{path}: test_cards, cards, keys and requests are wanted")
    prefixes = tuple(map(str, raw.get("test_cards") or ()))
    if any(len(prefix) < PREFIX_MIN or not prefix.isdigit() for prefix in prefixes):
        raise ValueError(f"{path}, field test_cards: {PREFIX_MIN} digits or more are wanted")
    cards = tuple(_texts(card, path, "cards", "number") for card in raw.get("cards") or ())
    keys = {
        str(prompt): _texts(hint, path, "keys", "keys")
        for prompt, hint in (raw.get("keys") or {}).items()
    }
    wrong = [prompt for prompt, hint in keys.items() if not set(hint["keys"]) <= set(KEYS)]
    if wrong:
        raise ValueError(f"{path}, field keys: {wrong[0]} has something that is no key")
    return Hints(prefixes, cards, tuple(keys.items()), tuple(raw.get("requests") or ()))


def _texts(raw: Any, path: Path, name: str, needed: str) -> dict[str, str]:
    if not isinstance(raw, dict) or needed not in raw:
        raise ValueError(f"{path}, field {name}: each has `{needed}`")
    return {str(key): str(value) for key, value in raw.items()}
