"""The paths that the page of the registration call shows."""

from __future__ import annotations

from dataclasses import replace

from billing_core.acquirers.declines import DeclineCode
from billing_core.attempt_limits import Limit
from billing_core.card_results import Declined, Gone, Registered, Stopped, Unknown
from ivr.dialogue_paths import STILL_CHECKING, Answer, Page, Path
from ivr.facts import Facts
from ivr.words import Spoken

_EACH_CHARGE = Facts(
    script="register_card",
    today="2026-11-23",
    merchant="한빛엘피지",
    merchant_phone="+82311234567",
    item="LPG 요금",
    trust_phrase="고객번호 끝 네 자리 3512",
)
_STANDING = replace(
    _EACH_CHARGE,
    item="수학 교실",
    trust_phrase=None,
    consent="once",
    amount=180_000,
    billing_day=25,
)
_IN_OFFICE_HOURS = replace(_EACH_CHARGE, office_open=True)
_NO_TELEPHONE = replace(_IN_OFFICE_HOURS, merchant_phone=None)
_CUT_OFF = replace(_EACH_CHARGE, was_cut_off=True)
_BUSY = replace(_EACH_CHARGE, script="busy")
_BEING_CHECKED = replace(_EACH_CHARGE, script="being_checked")
_OVER = replace(_EACH_CHARGE, script="too_late", ended_at="2026-11-22T05:20:00+00:00")
_DONE = replace(_OVER, ending="registered", issuer="신한", last4="0004")

_CARD = "9999000000000004"
_AGREED = ("1", "1")
_AT_CARD = (*_AGREED, "1")
_AT_EXPIRY = (*_AT_CARD, _CARD)
_AT_READ_BACK = (*_AT_EXPIRY, "0829")
_AT_OWNER = (*_AT_READ_BACK, "1")
_AT_PASSWORD = (*_AT_OWNER, "900101")
_ON_HOLD = (*_AT_PASSWORD, "12")
_WHOLE_CARD = (_CARD, "0829", "1", "900101", "12")

_REGISTERED = Registered("신한", "0004", "bk_…")


def _declined(code: DeclineCode) -> Declined:
    return Declined(code, may_try_again=True)


def _path(
    ko: str,
    en: str,
    answers: tuple[Answer, ...],
    before: tuple[Answer, ...] = (),
    facts: Facts = _EACH_CHARGE,
) -> Path:
    return Path(Spoken(ko, en), answers, before, facts)


_CONSENTS = (
    _path("9번: 천천히 듣기", "Key 9: more slowly", ("9",), ("*",)),
    _path("8번: 다른 언어로 듣기", "Key 8: the other language", ("8",), ("*",)),
    _path("3번: 약관 듣기", "Key 3: the terms", ("3",), ("*",)),
    _path("동의하지 않음", "No to automatic payment", ("2", "1"), ("*",)),
    _path("동의하지 않았다가 다시 들음", "No, and then again", ("2", "2"), ("*",)),
    _path("카드 정보 이용에 동의하지 않음", "No to the use of card data", ("2", "1"), ("1",)),
    _path("매월 자동으로 결제하는 동의", "Standing consent", ("1",), (), _STANDING),
    _path("약관: 매월 자동 결제", "The terms under standing consent", ("3",), ("*",), _STANDING),
    _path(
        "매월 자동 결제: 등록 완료",
        "Done under standing consent",
        (_REGISTERED,),
        _ON_HOLD,
        _STANDING,
    ),
)
_KEYPAD = (
    _path(
        "0번: 상담 시간 안",
        "Key 0 within office hours",
        ("0", "completed"),
        ("*",),
        _IN_OFFICE_HOURS,
    ),
    _path(
        "0번: 아무도 받지 않음",
        "Key 0, and nobody answers",
        ("0", "no-answer"),
        _AT_CARD,
        _IN_OFFICE_HOURS,
    ),
    _path("0번: 상담 시간 밖", "Key 0 outside office hours", ("0", "1"), ("*",)),
    _path("0번: 이어서 진행", "Key 0, and then on", ("0", "0", "2"), _AT_OWNER),
    _path(
        "0번: 전화가 없는 가맹점",
        "Key 0, a merchant without a telephone",
        ("0", "1"),
        ("*",),
        _NO_TELEPHONE,
    ),
    _path("별표: 다시 듣기", "Star: hear it again", ("*",), _AGREED),
    _path("우물정자: 앞 단계로", "Pound: one step back", ("#",), ("1",)),
    _path(
        "다 누르고 습관처럼 누른 우물정자는 세지 않음",
        "A habitual pound after a full field is noise",
        ("#", "1"),
        _AT_READ_BACK,
    ),
    _path("계속 아무것도 누르지 않음", "Silence until the end", ("", "", "", ""), ("1",)),
    _path("아무것도 누르지 않다가 직원 요청", "Silence, then a person", ("", "0"), ("1", "", "")),
    _path("카드를 찾지 못함", "The card is not found", ("", "", "", ""), _AGREED),
    _path("없는 번호를 거듭 누름", "Keys that do not exist", ("7", "7", "7", "1"), ("1",)),
    _path(
        "입력이 어려움: 문자 다시 받기",
        "Too difficult: the text again",
        ("2",),
        ("1", "7", "7", "7"),
    ),
    _path("입력이 어려움: 마치기", "Too difficult: the end", ("3",), ("1", "7", "7", "7")),
    _path(
        "입력이 어려움: 없는 번호",
        "Too difficult: keys that do not exist",
        ("*", "4", "5", "9"),
        ("1", "7", "7", "7"),
    ),
)
_WRONG_CARD = "9999000000000005"
_FIELDS = (
    _path(
        "카드번호가 거듭 맞지 않음: 네 자리씩",
        "A wrong card number, twice: four digits at a time",
        (_WRONG_CARD, _WRONG_CARD, "9999", "0000", "0000", "0004"),
        _AT_CARD,
    ),
    _path(
        "카드번호를 누르다 멈춤", "A pause in the card number", ("99990000", "00000004"), _AT_CARD
    ),
    _path("쓸 수 없는 카드", "A card that cannot be used", ("6011000990139424",), _AT_CARD),
    _path("월과 연도가 바뀜", "Month and year swapped", ("2908", "1"), _AT_EXPIRY),
    _path("유효기간이 지난 카드", "An expired card", ("0820", "1"), _AT_EXPIRY),
    _path("유효기간이 맞지 않음", "A wrong expiry", ("1399",), _AT_EXPIRY),
    _path("읽어 준 카드가 아님", "Not the card that was read back", ("2",), _AT_READ_BACK),
    _path(
        "앞자리로 카드사를 모르는 카드",
        "The first digits do not tell the issuer",
        ("4111111111111111", "0829"),
        _AT_CARD,
    ),
    _path("생년월일이 맞지 않음", "A wrong birth date", ("901399",), _AT_OWNER),
    _path("생년월일을 여덟 자리로 누름", "A birth date in eight digits", ("19900101",), _AT_OWNER),
    _path("법인카드", "A company's card", ("1234567890", "2208162517"), _AT_OWNER),
    _path("비밀번호를 한 자리만 누름", "One password digit only", ("1#",), _AT_PASSWORD),
)
_OUTCOMES = (
    _path(
        "카드 정보가 맞지 않음: 다시 하기",
        "The details are not right: once more",
        (_declined(DeclineCode.PASSWORD_INVALID), "1"),
        _ON_HOLD,
    ),
    _path(
        "카드 정보가 맞지 않음: 마치기",
        "The details are not right: the end",
        (_declined(DeclineCode.CARD_SUSPENDED), "3"),
        _ON_HOLD,
    ),
    _path(
        "두 번 거절됨",
        "Refused twice",
        (_declined(DeclineCode.PASSWORD_INVALID),),
        (*_ON_HOLD, _declined(DeclineCode.PASSWORD_INVALID), "1", *_WHOLE_CARD),
    ),
    _path(
        "오늘 마지막으로 거절됨",
        "Refused for the last time today",
        (Declined(DeclineCode.PASSWORD_INVALID, may_try_again=False),),
        _ON_HOLD,
    ),
    _path(
        "비밀번호 오류 횟수를 넘은 카드",
        "A card with too many wrong passwords",
        (_declined(DeclineCode.AUTH_COUNT_EXCEEDED), "1"),
        _ON_HOLD,
    ),
    _path("우리가 멈춘 카드", "We stop for this card today", (Stopped(Limit.CARD), "2"), _ON_HOLD),
    _path(
        "우리가 멈춘 고객", "We stop for this customer today", (Stopped(Limit.CUSTOMER),), _ON_HOLD
    ),
    _path(
        "카드사가 받지 않는 카드",
        "A card that is not accepted",
        (_declined(DeclineCode.CARD_NOT_SUPPORTED), "2"),
        _ON_HOLD,
    ),
    _path(
        "카드사 점검",
        "The issuer is down",
        (_declined(DeclineCode.ISSUER_UNAVAILABLE),),
        _ON_HOLD,
    ),
    _path(
        "누른 지 오래된 카드",
        "Keyed too long ago",
        (_declined(DeclineCode.ENTRY_LOST), "1"),
        _ON_HOLD,
    ),
    _path("결과가 늦어짐", "No answer in time", (STILL_CHECKING,) * 13, _ON_HOLD),
    _path("결과를 모름", "The answer was lost", (Unknown(),), _ON_HOLD),
    _path("그 사이 취소된 요청", "Canceled in the meantime", (Gone(),), _ON_HOLD),
    _path("그 사이 지난 기한", "Expired in the meantime", (Gone("expired"), "1"), _ON_HOLD),
)
_LATER = (
    _path("끊긴 통화를 이어서", "After a call that was cut off", ("1",), (), _CUT_OFF),
    _path("다른 통화에서 진행 중", "The same request in another call", (), (), _BUSY),
    _path("아직 확인 중인 요청", "The card is still being checked", (), (), _BEING_CHECKED),
    _path("이미 등록됨: 문자 다시 받기", "Done already: the text again", ("1",), (), _DONE),
    _path("이미 등록됨: 카드 바꾸기", "Done already: another card", ("2",), (), _DONE),
    _path(
        "기한이 지남: 새 요청",
        "Too late: a new request",
        ("1",),
        (),
        replace(_OVER, ending="expired"),
    ),
    _path("취소된 요청", "Canceled", (), (), replace(_OVER, ending="canceled")),
    _path("다르게 끝난 요청", "Ended otherwise", ("2",), (), replace(_OVER, ending="refused")),
)

REGISTER_CARD = Page(
    "register-card",
    Spoken("카드 등록 통화", "The registration call"),
    (
        _path(
            "처음부터 끝까지", "From beginning to end", (*_AGREED, "1", *_WHOLE_CARD, _REGISTERED)
        ),
        *_CONSENTS,
        *_KEYPAD,
        *_FIELDS,
        *_OUTCOMES,
        *_LATER,
    ),
)
