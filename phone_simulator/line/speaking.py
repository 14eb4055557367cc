"""What Say, Play and Pause sound like: text, language and seconds."""

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from urllib.parse import urlsplit

from phone_simulator.line.line import Line
from phone_simulator.twiml.document import Node
from phone_simulator.twiml.problems import Problem
from phone_simulator.twiml.speech import plain_text, seconds_of_say
from phone_simulator.wire import Limits, NoReply, send, wire_url

# `loop="0"` means until the caller hangs up, or so many times.
ENDLESS_LOOPS = 1000
RECORDING_S = 3.0
TONE_S = {"w": 0.5, "W": 1.0}
AUDIO_TYPES = frozenset(
    [
        "audio/mpeg",
        "audio/wav",
        "audio/wave",
        "audio/x-wav",
        "audio/aiff",
        "audio/x-aifc",
        "audio/x-aiff",
        "audio/x-gsm",
        "audio/gsm",
        "audio/ulaw",
    ]
)


@dataclass(frozen=True)
class Sound:
    """A stretch of time on the line; `text` is None where nothing is spoken."""

    seconds: float
    text: str | None = None
    language: str = ""


def sounds_of(line: Line, verbs: list[Node]) -> Iterator[Sound]:
    for verb in verbs:
        yield from sound_of(line, verb, nested=True)


def sound_of(line: Line, verb: Node, *, nested: bool = False) -> Iterator[Sound]:
    if verb.name == "Pause":
        yield Sound(pause_s(verb))
    elif verb.name == "Say" and verb.text.strip():
        spoken = Sound(
            seconds_of_say(verb), plain_text(verb), verb.attributes.get("language", "en-US")
        )
        yield from repeat(spoken, _loops(verb))
    elif verb.name == "Play":
        yield from _play(line, verb, nested=nested)


def pause_s(verb: Node) -> float:
    length = verb.attributes.get("length", "1")
    return float(length) if length.isdigit() and int(length) > 0 else 1.0


def _loops(verb: Node) -> int:
    loop = verb.attributes.get("loop", "1")
    return (int(loop) or ENDLESS_LOOPS) if loop.isdigit() else 1


def _play(line: Line, verb: Node, *, nested: bool) -> Iterator[Sound]:
    if "digits" in verb.attributes:
        yield Sound(sum(TONE_S.get(tone, 0.25) for tone in verb.attributes["digits"]))
        return
    name = urlsplit(verb.text.strip()).path.rpartition("/")[2]
    seconds = _recording_s(line, verb.text.strip(), "13325" if nested else "13420")
    yield from repeat(Sound(seconds, f"[{name}]", ""), _loops(verb))


def _recording_s(line: Line, url: str, type_code: str) -> float:
    """Fetch a recording, without any parameters as the provider does, and measure it if it is a wave file."""
    try:
        reply = send("GET", wire_url(url), {"User-Agent": "TwilioProxy/1.1"}, None, Limits())
    except NoReply as failure:
        line.report(Problem("11200", f"recording not fetched: {failure}", url=url))
        return 0.0
    if reply.status >= 400:
        line.report(Problem("11200", f"recording not fetched: {reply.status}", url=url))
        return 0.0
    kind = (reply.header("Content-Type") or "").partition(";")[0].strip()
    if kind not in AUDIO_TYPES:
        line.report(
            Problem(type_code, f"{kind or 'no type'} is not a playable audio type", url=url)
        )
        return 0.0
    try:
        with wave.open(io.BytesIO(reply.body)) as recording:
            return float(recording.getnframes() / recording.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return RECORDING_S
