"""A turn becomes TwiML. Pure: the same turn gives the same bytes.

One sentence is one <Say>. What must be heard stands outside the Gather, where keys are lost on
purpose; from the first sentence that may be interrupted on, everything stands inside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil
from typing import assert_never

from markupsafe import escape

from ivr.turns import HangUp, Keys, Line, Manner, Question, Silence, Transfer, Turn, Wait
from ivr.words import render

CONTENT_TYPE = "text/xml; charset=utf-8"
# So long a person may take to answer; nobody listens to a ringing tone for longer.
RINGS_S = 25
SLOW_RATE = "85%"
SLOW_WAITS = 1.5
VOICES = {"ko": ("ko-KR", "Polly.Seoyeon-Neural"), "en": ("en-US", "Polly.Joanna-Neural")}
# Characters that XML 1.0 does not know make the provider drop the call (error 12100).
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OTHER_SCRIPT = {
    "ko": re.compile(r"For English, press 8\."),
    "en": re.compile(r"[가-힣](?:[가-힣0-9 ]*[가-힣])?"),
}


def twiml(turn: Turn, action: str) -> bytes:
    """The document for this turn; `action` is where the answer goes."""
    match turn:
        case Question():
            body = _question(turn, action)
        case Wait():
            body = (
                _said(turn.lines, turn.manner)
                + f'<Pause length="{turn.seconds}"/>'
                + f'<Redirect method="POST">{escape(action)}</Redirect>'
            )
        case Transfer():
            body = (
                _said(turn.lines, turn.manner)
                + f'<Dial action="{escape(action)}" method="POST" timeout="{RINGS_S}">'
                + f"{escape(turn.number)}</Dial>"
            )
        case HangUp():
            body = _said(turn.lines, turn.manner) + '<Pause length="1"/><Hangup/>'
        case _:
            assert_never(turn)
    return document(body)


def document(body: str) -> bytes:
    """A whole TwiML document around these verbs."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'.encode()


def _question(turn: Question, action: str) -> str:
    last_uninterrupted = max(
        (at for at, line in enumerate(turn.lines) if not _lets_in(line)), default=-1
    )
    before, inside = turn.lines[: last_uninterrupted + 1], turn.lines[last_uninterrupted + 1 :]
    keys = _slowed(turn.kind.keys) if turn.manner.slow else turn.kind.keys
    extra_wait = keys.first_wait_s - keys.wait_s
    return (
        _said(before, turn.manner)
        + f'<Gather input="dtmf" action="{escape(action)}" method="POST"'
        + f' numDigits="{keys.most}" finishOnKey="{keys.finish}" timeout="{keys.wait_s}"'
        + ' actionOnEmptyResult="true">'
        + _said(inside, turn.manner)
        + (f'<Pause length="{extra_wait}"/>' if extra_wait > 0 else "")
        + "</Gather>"
    )


def _lets_in(line: Line | Silence) -> bool:
    return isinstance(line, Line) and line.barge_in


def _slowed(keys: Keys) -> Keys:
    return Keys(
        keys.most,
        keys.finish,
        ceil(keys.first_wait_s * SLOW_WAITS),
        ceil(keys.wait_s * SLOW_WAITS),
    )


def _said(lines: Sequence[Line | Silence], manner: Manner) -> str:
    return "".join(_verb(line, manner) for line in lines)


def _verb(line: Line | Silence, manner: Manner) -> str:
    if isinstance(line, Silence):
        return f'<Pause length="{line.seconds}"/>'
    language, voice = VOICES[manner.language]
    text = _marked(render(line.words, manner.language), manner)
    return f'<Say language="{language}" voice="{voice}">{text}</Say>'


def _marked(text: str, manner: Manner) -> str:
    """The text with the other language marked, and slowed down where asked."""
    other = VOICES["en" if manner.language == "ko" else "ko"][0]
    clean = str(escape(_NOT_XML.sub("", text)))
    marked = _OTHER_SCRIPT[manner.language].sub(
        lambda found: f'<lang xml:lang="{other}">{found[0]}</lang>', clean
    )
    return f'<prosody rate="{SLOW_RATE}">{marked}</prosody>' if manner.slow else marked
