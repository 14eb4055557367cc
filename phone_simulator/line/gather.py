"""Gather: every rule about which keys count, how long it waits, and what is posted."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from phone_simulator.line.caller import Asked, GatherEnded, HangUp
from phone_simulator.line.doing import Doing
from phone_simulator.line.line import End, Goto, Line
from phone_simulator.line.speaking import Sound, sounds_of
from phone_simulator.masking import masked_keys
from phone_simulator.twiml.document import Node

TIMEOUT_S = 5


@dataclass(frozen=True)
class GatherRules:
    action: str
    method: str
    timeout_s: float
    finish_on_key: str
    digits_max: int | None
    posts_empty: bool
    stops_audio: bool
    hears_keys: bool

    @property
    def is_menu(self) -> bool:
        return self.digits_max == 1


def read_rules(node: Node, document_url: str) -> GatherRules:
    """Read the attributes; an invalid one was reported by the checks and falls back to its default here."""
    has = node.attributes
    finish = has.get("finishOnKey", "#")
    timeout, digits = has.get("timeout", ""), has.get("numDigits", "")
    return GatherRules(
        action=urljoin(document_url, has.get("action") or document_url),
        method="GET" if has.get("method") == "GET" else "POST",
        timeout_s=float(timeout) if timeout.isdigit() and int(timeout) > 0 else TIMEOUT_S,
        finish_on_key=finish
        if finish == "" or (len(finish) == 1 and finish in "0123456789*#")
        else "#",
        digits_max=int(digits) if digits.isdigit() and int(digits) > 0 else None,
        posts_empty=has.get("actionOnEmptyResult") == "true",
        stops_audio=has.get("bargeIn", "true") != "false",
        hears_keys="dtmf" in has.get("input", "dtmf"),
    )


@dataclass
class Entry:
    """The keys of one Gather; `reason` is set when it has ended."""

    rules: GatherRules
    bare_finish_key: str
    digits: str = ""
    finished_on: str = ""
    reason: str | None = None

    def take(self, key: str) -> bool:
        """Take a key; False means that it counts for nothing, not even for the timer."""
        if not self.rules.hears_keys:
            return False
        if key == self.rules.finish_on_key and not self.digits:
            return self._bare(key)
        if key == self.rules.finish_on_key:
            self.reason, self.finished_on = "finish_key", key
            return True
        self.digits += key
        if self.rules.digits_max is not None and len(self.digits) >= self.rules.digits_max:
            self.reason = "full"
        return True

    def _bare(self, key: str) -> bool:
        if self.bare_finish_key == "ignored":
            return False
        self.reason, self.finished_on = "bare_finish_key", key
        if self.bare_finish_key == "posted":
            self.digits = key
        return True


def gather(line: Line, node: Node, document_url: str) -> Goto | End | None:
    """Play what is nested, collect keys, and say where to go; None falls through to the next verb."""
    rules = read_rules(node, document_url)
    entry = Entry(rules, line.behaviour.bare_finish_key)
    names = _play_and_listen(line, node, entry)
    if entry.reason is None:
        _wait_for_keys(line, entry)
    line.call.does(Doing("waiting"))
    _note(line, entry, names or [urlsplit(rules.action).path])
    line.notice(GatherEnded(line.now, entry.reason or ""))
    if entry.reason == "hang_up":
        ended = line.hung_up()
        return End(ended.by, _flush(line, entry))
    if entry.digits or rules.posts_empty:
        return _action(line, entry)
    return None


def _play_and_listen(line: Line, node: Node, entry: Entry) -> list[str]:
    """Play the nested verbs until the first key that counts; the wait for keys begins after them."""
    names: list[str] = []
    sounds = list(sounds_of(line, node.elements))
    last_spoken = max(
        (index for index, sound in enumerate(sounds) if sound.text is not None), default=-1
    )
    asked = last_spoken < 0
    rests = [sum(later.seconds for later in sounds[index + 1 :]) for index in range(len(sounds))]
    if asked:
        _ask(line, entry, sum(sound.seconds for sound in sounds))
    for index, sound in enumerate(sounds):
        names += _names(line, sound)
        stopped = _play_one(line, sound, entry)
        if not asked and (stopped or index == last_spoken) and entry.reason is None:
            asked = True
            _ask(line, entry, 0.0 if stopped else rests[index])
        if stopped:
            break
    return names


def _ask(line: Line, entry: Entry, rest_s: float) -> None:
    """The question is put; what is still nested behind it is silence before the wait begins."""
    rules = entry.rules
    details = {"digits_max": rules.digits_max, "finish_on_key": rules.finish_on_key}
    line.call.note(line.now, "asked", timeout=rules.timeout_s, **details)
    _show_wait(line, entry, rest_s + rules.timeout_s)
    line.notice(Asked(line.now, rules.digits_max))


def _names(line: Line, sound: Sound) -> list[str]:
    if sound.text is None:
        return []
    return ["/".join(sorted(line.catalogue.name(sound.text).best)) or sound.text[:30]]


def _play_one(line: Line, sound: Sound, entry: Entry) -> bool:
    """Play one sound; True when it was stopped, by a key or by the end of the call."""
    until = line.now + sound.seconds
    prompt = (
        line.begin(sound.text, sound.language, sound.seconds, nested=True)
        if sound.text is not None
        else None
    )
    stopped = False
    while not stopped and (act := line.act(until, listening=True)) is not None:
        if isinstance(act, HangUp):
            entry.reason = "hang_up"
        elif not entry.take(act.key):
            continue
        stopped = entry.reason is not None or entry.rules.stops_audio
    if prompt is not None:
        line.finish(prompt, cut=stopped)
    return stopped


def _wait_for_keys(line: Line, entry: Entry) -> None:
    """Wait `timeout` for the first key and again after every key."""
    deadline = line.now + entry.rules.timeout_s
    while entry.reason is None:
        act = line.act(deadline, listening=True)
        if act is None:
            entry.reason = "timeout"
        elif isinstance(act, HangUp):
            entry.reason = "hang_up"
        elif entry.take(act.key):
            deadline = line.now + entry.rules.timeout_s
            _show_wait(line, entry, entry.rules.timeout_s)


def _show_wait(line: Line, entry: Entry, seconds: float) -> None:
    typed, most = len(entry.digits), entry.rules.digits_max
    line.call.does(Doing("asking", seconds, hears_keys=True, typed=typed, digits_max=most))


def _action(line: Line, entry: Entry) -> Goto:
    extra = {"FinishedOnKey": entry.finished_on, "msg": "Gather End"}
    if entry.digits or line.behaviour.empty_digits == "blank":
        extra = {"Digits": entry.digits, **extra}
    return Goto("action", entry.rules.method, entry.rules.action, extra, menu=entry.rules.is_menu)


def _flush(line: Line, entry: Entry) -> Goto | None:
    return _action(line, entry) if line.behaviour.hangup_flush and entry.digits else None


def _note(line: Line, entry: Entry, names: list[str]) -> None:
    """Write what came in to the timeline and to the coverage, as classes of keys."""
    shown = masked_keys(entry.digits, menu=entry.rules.is_menu)
    name = "+".join(dict.fromkeys(names))
    line.call.gathers.setdefault(name, set()).add(_path(entry))
    if entry.digits:
        details = {"keys": shown, "count": len(entry.digits), "ended_by": entry.reason}
        line.call.recording.keep(len(line.call.entries), entry.digits, entry.finished_on)
        line.call.note(line.now, "keys", **details, finished_on=entry.finished_on)
    elif entry.reason in ("timeout", "bare_finish_key"):
        line.call.note(
            line.now, "silence" if entry.reason == "timeout" else "bare_finish_key", gather=name
        )


def _path(entry: Entry) -> str:
    if entry.reason in ("hang_up", "bare_finish_key"):
        return entry.reason
    if not entry.digits:
        return "timeout"
    if entry.rules.is_menu:
        return entry.digits
    partial = entry.reason == "timeout" and entry.rules.digits_max is not None
    return f"{len(entry.digits)} digits" + (" (partial)" if partial else "")
