"""How long a Say takes and how it reads as plain text; an estimate, because the simulator cannot hear."""

import re
from urllib.parse import quote

from phone_simulator.twiml.document import Node

KOREAN_SYLLABLES_PER_S = 4.6
SENTENCE_S = 0.35
ENGLISH_WORDS_PER_S = 2.7
# What the provider's voices rest for at <break strength>, after the SSML of Amazon Polly.
BREAK_S = {"none": 0.0, "x-weak": 0.0, "weak": 0.1, "medium": 0.25, "strong": 0.5, "x-strong": 0.75}
RATES = {"x-slow": 0.5, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
# The provider cannot take more in one Say once it is URL-encoded (error 13521).
ENCODED_MAX = 4500


def plain_text(node: Node) -> str:
    return re.sub(r"\s+", " ", _with_rests(node)).strip()


def _with_rests(node: Node) -> str:
    """Text of a Say; a <break> parts words, and <sub> is spoken as its alias."""
    if node.name == "break":
        return " "
    if node.name == "sub" and "alias" in node.attributes:
        return node.attributes["alias"]
    return "".join(
        child if isinstance(child, str) else _with_rests(child) for child in node.children
    )


def seconds_of_text(text: str) -> float:
    syllables = len(re.findall(r"[가-힣]|\d", text))
    words = len(re.findall(r"[A-Za-z][A-Za-z'-]*", text))
    sentences = len(re.findall(r"[^.!?。]+[.!?。]*", text.strip())) if text.strip() else 0
    return syllables / KOREAN_SYLLABLES_PER_S + words / ENGLISH_WORDS_PER_S + sentences * SENTENCE_S


def seconds_of_say(node: Node) -> float:
    """Estimate one reading of a Say with its SSML."""
    if node.name == "break":
        return _break_s(node)
    rate = _rate(node)
    # Sentences are counted per stretch of text, so a break in mid-sentence does not invent a second one.
    texts = "".join(
        child if isinstance(child, str) else _shallow_text(child) for child in node.children
    )
    nested = sum(
        seconds_of_say(child)
        for child in node.elements
        if child.name in ("break", "prosody", "p", "s")
    )
    return (seconds_of_text(texts) + nested) / rate


def _shallow_text(node: Node) -> str:
    return " " if node.name in ("break", "prosody", "p", "s") else _with_rests(node)


def _break_s(node: Node) -> float:
    time = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", node.attributes.get("time", "").strip())
    if time is None:
        return BREAK_S.get(node.attributes.get("strength", "medium"), BREAK_S["medium"])
    return float(time.group(1)) / (1000 if time.group(2) == "ms" else 1)


def _rate(node: Node) -> float:
    if node.name != "prosody":
        return 1.0
    rate = node.attributes.get("rate", "medium").strip()
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)%", rate)
    return max(0.2, float(percent.group(1)) / 100) if percent else RATES.get(rate, 1.0)


def is_too_long(node: Node, voice: str) -> bool:
    text = node.text
    limit = 3000 if voice.startswith("Polly.") else 5000 if voice.startswith("Google.") else 4096
    return len(text.encode()) > limit or len(quote(text, safe="")) > ENCODED_MAX
