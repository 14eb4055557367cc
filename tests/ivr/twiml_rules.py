"""What is right TwiML: the provider's rules and our own, so that no document needs a telephone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import quote

BYTES_MAX = 64 * 1024
# The provider's limit on one <Say> is 4,500 characters after URL encoding, nine for a syllable.
SAY_HANGUL_MAX = 450
SAY_QUOTED_MAX = 4500
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
VOICES = {"ko-KR": "Polly.Seoyeon-Neural", "en-US": "Polly.Joanna-Neural"}
SPEECH = {"lang", "prosody"}
# Which verbs we use, with their attributes and what may stand inside them.
ATTRIBUTES = {
    "Response": set(),
    "Say": {"language", "voice"},
    "lang": {LANGUAGE},
    "prosody": {"rate"},
    "Pause": {"length"},
    "Gather": {
        "input",
        "action",
        "method",
        "numDigits",
        "finishOnKey",
        "timeout",
        "actionOnEmptyResult",
    },
    "Redirect": {"method"},
    "Dial": {"action", "method", "timeout"},
    "Hangup": set(),
}
CHILDREN = {
    "Response": {"Say", "Pause", "Gather", "Redirect", "Dial", "Hangup"},
    "Gather": {"Say", "Pause"},
    "Say": SPEECH,
    "lang": SPEECH,
    "prosody": SPEECH,
}
LAST = {"Gather", "Redirect", "Dial", "Hangup"}


def faults(document: bytes) -> list[str]:
    """Everything that is wrong with a document; empty for a right one."""
    if len(document) > BYTES_MAX:
        return ["longer than 64 kB"]
    if not document.startswith(b'<?xml version="1.0" encoding="UTF-8"?><Response>'):
        return ["something stands before the root"]
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        return [f"not XML: {error}"]
    return list(_faults_of(root)) + list(_order(root))


def _faults_of(element: ET.Element) -> Iterator[str]:
    name = element.tag
    if name not in ATTRIBUTES:
        yield f"<{name}> is no verb of ours"
        return
    if unknown := set(element.attrib) - ATTRIBUTES[name]:
        yield f"<{name}> has no {sorted(unknown)}"
    if missing := ATTRIBUTES[name] - set(element.attrib):
        yield f"<{name}> lacks {sorted(missing)}"
    check = _CHECKS.get(name)
    if check is not None and not missing:
        yield from check(element)
    for child in element:
        if child.tag not in CHILDREN.get(name, set()):
            yield f"<{child.tag}> may not stand in <{name}>"
        yield from _faults_of(child)


def _order(root: ET.Element) -> Iterator[str]:
    verbs = [child.tag for child in root]
    if not verbs:
        yield "an empty document hangs up without a word"
    for verb in verbs[:-1]:
        if verb in LAST:
            yield f"something stands after <{verb}>"
    if verbs and verbs[-1] not in LAST:
        yield f"the document ends with <{verbs[-1]}>"


def _say(say: ET.Element) -> Iterator[str]:
    text = "".join(say.itertext())
    if VOICES.get(say.attrib["language"]) != say.attrib["voice"]:
        yield f"{say.attrib['voice']} does not speak {say.attrib['language']}"
    if not text.strip():
        yield "an empty <Say>"
    if len(re.findall("[가-힣]", text)) > SAY_HANGUL_MAX or len(quote(text)) > SAY_QUOTED_MAX:
        yield f"a <Say> that is too long: {text[:40]}…"
    if re.search(r"\d{5}", text):
        yield f"five digits in a row: {text}"
    if re.search(r"[{}]", text):
        yield f"a place that was not filled in: {text}"


def _gather(gather: ET.Element) -> Iterator[str]:
    given = gather.attrib
    yield from _address(given["action"])
    expected = {"input": "dtmf", "method": "POST", "actionOnEmptyResult": "true"}
    yield from (f"{name}={given[name]}" for name in expected if given[name] != expected[name])
    yield from _whole(given["numDigits"])
    yield from _whole(given["timeout"])
    if not re.fullmatch("[0-9#*]?", given["finishOnKey"]):
        yield f"finishOnKey={given['finishOnKey']}"


def _redirect(redirect: ET.Element) -> Iterator[str]:
    yield from _address(redirect.text or "")
    if redirect.attrib["method"] != "POST":
        yield "a <Redirect> that is no POST"


def _address(written: str) -> Iterator[str]:
    if not re.fullmatch(r"/twilio/voice(/turn)?(\?[a-z]+=\d+(&[a-z]+=\d+)*)?", written):
        yield f"not an address of ours: {written}"


def _whole(written: str) -> Iterator[str]:
    if not re.fullmatch("[1-9][0-9]?", written):
        yield f"not whole seconds or keys: {written}"


def _pause(pause: ET.Element) -> Iterator[str]:
    yield from _whole(pause.attrib["length"])


def _dial(dial: ET.Element) -> Iterator[str]:
    yield from _address(dial.attrib["action"])
    yield from _whole(dial.attrib["timeout"])
    if dial.attrib["method"] != "POST":
        yield "a <Dial> that is no POST"
    if not re.fullmatch(r"\+[1-9]\d{7,14}", dial.text or ""):
        yield "no number to dial"


_CHECKS = {
    "Say": _say,
    "Gather": _gather,
    "Redirect": _redirect,
    "Pause": _pause,
    "Dial": _dial,
}
