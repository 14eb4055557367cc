"""`python -m ivr.dialogue_pages` writes the dialogues as pages for people: docs/dialogues/.

Every path is played by `replay`, with prepared answers and without HTTP, so the pages say what
callers hear. tests/tidy fails when a page is older than its dialogue.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ivr.answers import MonthsOfPlan
from ivr.charge_paths import CONSENT_TO_CHARGE
from ivr.dialogue_paths import Answer, Page
from ivr.dialogue_paths import Path as Told
from ivr.dialogues.scripts import SCRIPTS
from ivr.ladder import UNANSWERED
from ivr.registration_paths import REGISTER_CARD
from ivr.replay import Entry, replay
from ivr.turns import HangUp, Heard, Json, Line, Question, Transfer, Turn, Wait
from ivr.words import Language, Spoken, Words, render
from ivr.work import (
    Deed,
    RecordConsent,
    RefuseRequest,
    RemindLater,
    RequestAnew,
    RequestCallBack,
    SendTextAgain,
    StageWork,
    result_to_json,
)

PAGES = (REGISTER_CARD, CONSENT_TO_CHARGE)
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "dialogues"
SID = "CA" + "0" * 32
# Any time beyond the least that a hold lasts: the looks alone then decide when it ends.
WAITED_S = 60.0

_INTRODUCTION = Spoken(
    "이 문서는 `python -m ivr.dialogue_pages`가 대화 스크립트(`ivr/dialogues/`)를 재생해 만듭니다. "
    "직접 고치지 마세요.\n\n"
    "왼쪽 칸은 안내 문장의 번호이고, **☎** 는 고객이 누른 키, **✎** 는 그 자리에서 기록되는 일, "
    "**↔** 는 카드사나 상담원 쪽의 대답, **■** 는 통화의 끝입니다. 카드 번호처럼 봉인되는 입력은 자릿수만 적습니다. "
    "곁길은 갈라지는 질문에서 시작합니다. [English]({name}.en.md)",
    "Written by `python -m ivr.dialogue_pages`, which replays the scripts in `ivr/dialogues/`. "
    "Do not edit it by hand.\n\n"
    "On the left stands the id of each sentence; **☎** is what the caller keys, **✎** what is "
    "recorded at that moment, **↔** what the acquirer or the person called answers, **■** the end of the call. Of entries that are sealed only the "
    "number of digits is shown. A side path begins at the question where it leaves the main one. "
    "A call begins in Korean and key 8 changes it to English; this page shows every sentence in "
    "English. [한국어]({name}.ko.md)",
)
_SILENCE = Spoken("(아무것도 누르지 않음)", "(nothing)")
_DIGITS = Spoken("{}자리", "{} digits")
_HANGS_UP = Spoken("전화를 끊습니다.", "The service hangs up.")
_CONNECTS = Spoken("상담원에게 연결합니다.", "The caller is connected to a person.")
_TALKED = Spoken("상담원과 통화했습니다.", "The caller has talked to a person.")
_NOBODY_ANSWERED = Spoken("아무도 받지 않았습니다.", "Nobody answered.")
_NOTHING_YET = Spoken("(아직 대답 없음)", "(no answer yet)")
_DEEDS: dict[type[Deed], Spoken] = {
    RecordConsent: Spoken("동의를 기록합니다", "The consent is recorded"),
    RefuseRequest: Spoken("요청을 거절로 끝냅니다.", "The request ends as refused."),
    RemindLater: Spoken("내일 오전 열 시에 다시 알립니다.", "A reminder is due tomorrow at ten."),
    RequestCallBack: Spoken(
        "가맹점에 알립니다: `customer.callback_requested`",
        "The merchant is told: `customer.callback_requested`",
    ),
    RequestAnew: Spoken(
        "가맹점에 알립니다: `customer.new_request_wanted`",
        "The merchant is told: `customer.new_request_wanted`",
    ),
    SendTextAgain: Spoken("문자를 다시 보냅니다.", "The text is sent again."),
    StageWork: Spoken("카드사에 보낼 일을 맡깁니다.", "The work for the acquirer is staged."),
}


@dataclass(frozen=True)
class Step:
    """One turn of a path: what was done with it, what is said, and what the caller answers."""

    turn: Turn
    deeds: tuple[Deed, ...]
    answer: Answer | None


def write_pages(folder: Path = FOLDER) -> None:
    """Write every page anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    languages: tuple[Language, ...] = ("ko", "en")
    return {
        f"{page.name}.{language}.md": _page(page, language)
        for page in PAGES
        for language in languages
    }


def steps_of(path: Told) -> list[Step]:
    """Play a path from its beginning. Raises IndexError where it has too many answers."""
    journal: list[Entry] = []
    script = SCRIPTS[path.facts.script]
    following = replay(script, SID, path.facts, journal)
    steps = []
    for answer in (*path.before, *path.answers):
        if isinstance(following.turn, HangUp):
            raise IndexError(f"{path.title.en}: the call is over before {answer!r}")
        steps.append(Step(following.turn, following.deeds, answer))
        following = replay(script, SID, path.facts, journal, partial(_kept, answer))
        if following.heard is not None:
            journal.append(following.heard)
    return [*steps, Step(following.turn, following.deeds, None)]


def keyed(turn: Question, answer: str) -> Heard:
    """What the provider reports of these keys: the key that ends a field is reported apart."""
    finish = turn.kind.keys.finish
    if finish and answer.endswith(finish):
        return Heard(answer.removesuffix(finish), finish)
    return Heard(answer)


def _kept(answer: Answer, turn: Turn) -> Json:
    if isinstance(turn, Question) and isinstance(answer, str):
        return turn.kind.keep(keyed(turn, answer)).journal
    if isinstance(turn, Wait):
        if isinstance(answer, str):
            return {"waited_s": WAITED_S}
        return {"outcome": result_to_json(answer)}
    if isinstance(turn, Transfer):
        return {"ended": answer}
    raise TypeError(f"{answer!r} does not answer a {type(turn).__name__}")


def _page(page: Page, language: Language) -> str:
    introduction = _INTRODUCTION.in_language(language).format(name=page.name)
    parts = [f"# {page.title.in_language(language)}", introduction]
    for path in page.paths:
        parts.append(f"## {path.title.in_language(language)}")
        parts.append("\n".join(("| | |", "|---|---|", *_rows(path, language))))
    return "\n\n".join(parts) + "\n"


def _rows(path: Told, language: Language) -> Iterator[str]:
    first, *others = steps_of(path)[len(path.before) :]
    if path.before:
        # The way to this question stands elsewhere: only the question itself is shown.
        yield from _said(_question(first.turn), first.turn, language)
    else:
        yield from _said(_words(first.turn), first.turn, language)
    yield from _answered(first, language)
    for step in others:
        yield from (_row("✎", _deed(deed, language)) for deed in step.deeds)
        yield from _said(_words(step.turn), step.turn, language)
        yield from _answered(step, language)


def _words(turn: Turn) -> tuple[Words, ...]:
    return tuple(line.words for line in turn.lines if isinstance(line, Line))


def _question(turn: Turn) -> tuple[Words, ...]:
    asks = getattr(turn.kind, "question", None) if isinstance(turn, Question) else None
    return asks() if asks else _words(turn)[-1:]


def _said(sentences: Sequence[Words], turn: Turn, language: Language) -> Iterator[str]:
    # Key 8 changes the language of a call, so on the English page it changes to Korean.
    other: Language = "en" if language == "ko" else "ko"
    heard_in = language if turn.manner.language == "ko" else other
    return (_row(sentence.id, render(sentence, heard_in)) for sentence in sentences)


def _answered(step: Step, language: Language) -> Iterator[str]:
    match step.turn, step.answer:
        case HangUp(), _:
            yield _row("■", _HANGS_UP.in_language(language))
        case Transfer(), answer:
            yield _row("☎", _CONNECTS.in_language(language))
            how = _NOBODY_ANSWERED if answer in UNANSWERED else _TALKED
            yield _row("↔", how.in_language(language))
        case Question() as question, str(keys):
            yield _row("☎", _shown(question, keys, language))
        case Wait(lines=lines), str() if lines:
            yield _row("↔", _NOTHING_YET.in_language(language))
        case Wait(), str():
            pass
        case Wait(), answer if answer is not None:
            yield _row("↔", _named(answer))


def _shown(question: Question, keys: str, language: Language) -> str:
    if not keys:
        return _SILENCE.in_language(language)
    is_menu = question.kind.keys.most == 1 or len(keys) == 1
    if is_menu or isinstance(question.kind, MonthsOfPlan):
        return f"`{keys}`"
    digits = "".join(filter(str.isdecimal, keys))
    rest = keys.replace(digits, "") if digits else keys
    count = _DIGITS.in_language(language).format(len(digits))
    return f"[{'•' * len(digits)} {count}] {rest}".rstrip()


def _named(result: Answer) -> str:
    reason = getattr(result, "reason", None) or getattr(result, "limit", None)
    return f"`{type(result).__name__}`" + (f": `{reason}`" if reason else "")


def _deed(deed: Deed, language: Language) -> str:
    said = _DEEDS[type(deed)].in_language(language)
    return f"{said}: `{deed.subject}`" if isinstance(deed, RecordConsent) else said


def _row(mark: str, text: str) -> str:
    return f"| {mark} | {text} |"


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
