"""Checks a document against the schema and the project's rules; finds, never repairs."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from phone_simulator.twiml import schema
from phone_simulator.twiml.document import Node
from phone_simulator.twiml.problems import Problem
from phone_simulator.twiml.speech import is_too_long

HANGUL_MAX = 450
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ENDING_VERBS = ("Redirect", "Hangup", "Reject", "Leave")
# Which code the provider uses for a bad attribute: (element, attribute) → (code, what is accepted).
ATTRIBUTE_CODES: dict[tuple[str, str], tuple[str, str]] = {
    ("Gather", "finishOnKey"): ("13310", r"[0-9#*]?"),
    ("Gather", "method"): ("13312", r"GET|POST"),
    ("Gather", "timeout"): ("13313", r"[1-9]\d*|auto"),
    ("Gather", "numDigits"): ("13314", r"[1-9]\d*"),
    ("Gather", "input"): ("13326", r"dtmf|speech|dtmf speech|speech dtmf"),
    ("Gather", "actionOnEmptyResult"): ("13338", r"true|false"),
    ("Play", "loop"): ("13410", r"\d+"),
    ("Play", "digits"): ("13430", r"[0-9A-Da-dwW#*]+"),
    ("Say", "loop"): ("13510", r"\d+"),
    ("Redirect", "method"): ("13710", r"GET|POST"),
    ("Reject", "reason"): ("13810", r"rejected|busy"),
    ("Pause", "length"): ("13910", r"[1-9]\d*"),
}


def find_problems(root: Node) -> list[Problem]:
    found = [*_walk(root), *_order(root)]
    for gather in (node for node in root.walk() if node.name == "Gather"):
        found += _gather_rules(gather, root)
    return found


def _problem(code: str, message: str, node: Node, *, grave: bool = False) -> Problem:
    return Problem(code, message, line=node.line, column=node.column, grave=grave)


def _walk(node: Node) -> Iterator[Problem]:
    yield from _attributes(node)
    if node.name == "Say":
        yield from _say(node)
    for child in node.elements:
        if child.name not in schema.children(node.name):
            # Gather has a number of its own for what may not be nested in it.
            code = "13320" if node.name == "Gather" and schema.knows(child.name) else "12200"
            yield _problem(code, f"<{child.name}> is not allowed in <{node.name}>", child)
        else:
            yield from _walk(child)
    if node.name in ("Response", "Gather") and any(
        isinstance(c, str) and c.strip() for c in node.children
    ):
        yield _problem("12200", f"text is not allowed in <{node.name}>", node)


def _attributes(node: Node) -> Iterator[Problem]:
    for name, value in node.attributes.items():
        if name not in schema.attributes(node.name):
            yield _problem("12200", f"attribute {name!r} is not allowed in <{node.name}>", node)
            continue
        code, accepted = ATTRIBUTE_CODES.get((node.name, name), ("", ""))
        if code and re.fullmatch(accepted, value) is None:
            yield _problem(code, f"<{node.name} {name}={value!r}> is invalid", node)
        listed = schema.values(node.name, name)
        if not code and listed and value not in listed:
            yield _problem(
                "13520", f"<{node.name} {name}={value!r}> is not one of the known values", node
            )
        if name == "action" and not _is_safe_url(value):
            yield _problem(
                "rule-url", f"<{node.name} action={value!r}> is neither https nor relative", node
            )


def _is_safe_url(url: str) -> bool:
    parts = urlsplit(url)
    # An address on this machine cannot be listened to, so plain http is good enough there.
    return parts.scheme in ("", "https") or parts.hostname in LOOPBACK


def _say(node: Node) -> Iterator[Problem]:
    voice, language = node.attributes.get("voice", "man"), node.attributes.get("language", "en-US")
    hangul = len(re.findall(r"[가-힣]", node.text))
    if voice not in schema.voices():
        yield _problem("13511", f"unknown voice {voice!r}", node)
    if language not in schema.languages():
        yield _problem("13512", f"unknown language {language!r}", node)
    elif not _fits(voice, language):
        yield _problem("13511", f"voice {voice!r} does not speak {language}", node)
    if not node.text.strip():
        yield _problem("13520", "nothing to say", node)
    if is_too_long(node, voice):
        yield _problem("13521", "too long to be said at once", node)
    elif hangul > HANGUL_MAX:
        yield _problem(
            "rule-say-length", f"{hangul} Hangul syllables in one Say, more than {HANGUL_MAX}", node
        )
    if re.search(r"\d{5,}", node.text):
        yield _problem(
            "rule-say-digits", "five or more digits in a row are read as one number", node
        )


def _fits(voice: str, language: str) -> bool:
    if voice.startswith("Google."):
        return voice.startswith(f"Google.{language}-")
    if voice.startswith("Polly."):
        return ("Seoyeon" in voice or "Jihye" in voice) == (language == "ko-KR")
    return True


def _order(root: Node) -> Iterator[Problem]:
    verbs = root.elements
    for index, verb in enumerate(verbs):
        if verb.name == "Reject" and index > 0:
            yield _problem(
                "rule-reject-first", "<Reject> works only as the first verb", verb, grave=True
            )
        if verb.name in ENDING_VERBS and verbs[index + 1 :]:
            after = ", ".join(f"<{late.name}>" for late in verbs[index + 1 :])
            yield _problem(
                "unreachable-verb",
                f"{after} after <{verb.name}> is never reached",
                verb,
                grave=True,
            )
            return


def _gather_rules(gather: Node, root: Node) -> Iterator[Problem]:
    has = gather.attributes
    if not has.get("action"):
        yield _problem(
            "rule-gather-action", "<Gather> without action asks the current document again", gather
        )
    if has.get("method", "POST") != "POST":
        yield _problem(
            "rule-gather-method", "a Gather by GET puts the keys into access logs", gather
        )
    if "numDigits" not in has and "finishOnKey" not in has:
        yield _problem("rule-gather-end", "<Gather> has neither numDigits nor finishOnKey", gather)
    follows = root.elements[-1] is not gather
    empty_posted = has.get("actionOnEmptyResult") == "true"
    if not follows and not empty_posted:
        yield _problem(
            "rule-gather-silence", "nothing follows <Gather>: silence ends the call", gather
        )
    if follows and empty_posted and gather in root.elements:
        yield _problem(
            "rule-gather-after", "a Gather with actionOnEmptyResult never falls through", gather
        )
