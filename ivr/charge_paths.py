"""The paths that the page of the charge call shows."""

from __future__ import annotations

from dataclasses import replace

from billing_core.acquirers.declines import DeclineCode
from billing_core.attempt_limits import Limit
from billing_core.charge_results import Approved, Declined, Gone, Stopped, Unknown
from ivr.dialogue_paths import STILL_CHECKING, Answer, Page, Path
from ivr.facts import Facts
from ivr.words import Spoken

# Below 50,000 won there are no instalments: the first 1 is the consent.
_AT_ONCE = Facts(
    script="consent_to_charge",
    today="2026-11-23",
    merchant="한빛엘피지",
    merchant_phone="+82311234567",
    item="11월 LPG 요금",
    amount=39_000,
    trust_phrase="고객번호 끝 네 자리 3512",
    card="active",
    card_type="credit",
    owner="personal",
    issuer="신한",
    last4="0004",
)
_IN_MONTHS = replace(
    _AT_ONCE,
    item="수학 교실",
    amount=180_000,
    trust_phrase=None,
    max_months=6,
    interest_free=(2, 3),
)
_WITH_FEES = replace(_IN_MONTHS, interest_free=())
_PARTLY_FREE = replace(
    _IN_MONTHS,
    max_months=10,
    issuer_code="06",
    partly_free={"06": (9, 10)},
    note="겨울 특강 두 달입니다.",
)
_SAYS_APPROVAL_NUMBER = replace(_AT_ONCE, says_approval_number=True)
_CARD_EXPIRED = replace(_AT_ONCE, card="expired")
_NO_CARD = replace(_AT_ONCE, card="none", issuer="", last4="")
_IN_OFFICE_HOURS = replace(_AT_ONCE, office_open=True)
_BUSY = replace(_AT_ONCE, script="busy")
_BEING_CHARGED = replace(_AT_ONCE, script="being_charged")
_OVER = replace(_AT_ONCE, script="too_late", ended_at="2026-11-22T05:20:00+00:00")
_PAID = replace(_OVER, ending="approved")

_CARD = "9999000000000004"
_WHOLE_CARD = (_CARD, "0829", "1", "900101", "12")
_AT_KEEPING = ("2", "1", *_WHOLE_CARD)
_ON_HOLD = ("1",)
_ON_HOLD_IN_MONTHS = ("1", "03", "1")
_ON_HOLD_WITH_ANOTHER = (*_AT_KEEPING, "2", "1")

_APPROVED = Approved("신한", "0004", "12345678", 0, is_interest_free=False)
_ENTRY_LOST = Declined(DeclineCode.ENTRY_LOST)
_APPROVED_IN_MONTHS = replace(_APPROVED, months=3, is_interest_free=True)


def _path(
    ko: str,
    en: str,
    answers: tuple[Answer, ...],
    before: tuple[Answer, ...] = (),
    facts: Facts = _AT_ONCE,
) -> Path:
    return Path(Spoken(ko, en), answers, before, facts)


_FIRST_QUESTION = (
    _path("9번: 천천히 듣기", "Key 9: more slowly", ("9",), ("*",)),
    _path("8번: 다른 언어로 듣기", "Key 8: the other language", ("8",), ("*",)),
    _path(
        "0번: 상담 시간 안",
        "Key 0 within office hours",
        ("0", "completed"),
        ("*",),
        _IN_OFFICE_HOURS,
    ),
    _path("0번: 통화 중", "Key 0, and the line is busy", ("0", "busy"), ("*",), _IN_OFFICE_HOURS),
    _path("0번: 상담 시간 밖", "Key 0 outside office hours", ("0", "1"), ("*",)),
    _path("유효기간이 지난 카드", "The registered card has expired", ("1",), (), _CARD_EXPIRED),
    _path("등록된 카드가 없음", "There is no registered card", ("1",), (), _NO_CARD),
)
_PLANS = (
    _path(
        "할부: 세 달 무이자",
        "Instalments: three months without interest",
        ("1", "03", "1", _APPROVED_IN_MONTHS),
        (),
        _IN_MONTHS,
    ),
    _path(
        "할부: 수수료 별도",
        "Instalments with the card company's fee",
        ("04", "1", replace(_APPROVED, months=4)),
        ("1",),
        _WITH_FEES,
    ),
    _path(
        "할부: 부분 무이자",
        "Instalments: partly without interest",
        ("1", "09", "1", replace(_APPROVED, months=9)),
        (),
        _PARTLY_FREE,
    ),
    _path("한 번에", "In one payment", ("00", "1", _APPROVED), ("1",), _IN_MONTHS),
    _path("0번을 한 번만 누름", "A lone zero", ("0", "2", "00"), ("1",), _IN_MONTHS),
    _path("되지 않는 개월 수", "Months that are not offered", ("11", "#"), ("1",), _IN_MONTHS),
    _path("마지막에 그만둠", "No at the final sentence", ("2",), ("1", "03"), _IN_MONTHS),
)
_ANOTHER_CARD = (
    _path(
        "다른 카드로, 이번 한 번만",
        "Another card, for this payment only",
        ("2", "1", *_WHOLE_CARD, "2", "1", _APPROVED),
        ("*",),
    ),
    _path(
        "다른 카드로, 할부로, 앞으로도",
        "Another card in instalments, and for coming payments",
        ("1", "03", "1", replace(_APPROVED_IN_MONTHS, replaced=True)),
        _AT_KEEPING,
        _IN_MONTHS,
    ),
    _path(
        "앞으로도 쓸지 다시 듣기, 직원 요청",
        "Whether to keep it, heard again; then a person is wanted",
        ("*", "7", "0", "2", ""),
        _AT_KEEPING,
    ),
    _path(
        "등록된 카드 없이 결제: 이번 한 번만",
        "Paid without a registered card: this once",
        ("1", "1", *_WHOLE_CARD, "1", _APPROVED),
        (),
        _NO_CARD,
    ),
    _path(
        "통화 중에 해지된 카드 대신",
        "The registered card is revoked during the call",
        ("1", "1", _APPROVED),
        _AT_KEEPING,
    ),
    _path("카드를 찾는 중", "The other card is not at hand yet", ("", "1"), ("2",)),
    _path(
        "앞자리로 카드사를 모르는 카드",
        "The first digits do not tell the issuer",
        ("2",),
        ("2", "1", "4111111111111111", "0829", "1", "900101", "12"),
    ),
)
_REFUSALS = (
    _path("결제하지 않음: 금액이 다름", "No: the amount is wrong", ("3", "1"), ("*",)),
    _path("결제하지 않음: 서비스를 그만 씀", "No: the customer is stopping", ("2",), ("3",)),
    _path("결제하지 않음: 나중에", "No: later", ("3",), ("3",)),
    _path("결제하지 않음: 이유 없음", "No: without a reason", ("4",), ("3",)),
    _path("결제하지 않음: 직원 요청", "No: a person is wanted", ("0", "1"), ("3",)),
    _path("결제하지 않음: 다시 듣기", "No: heard again", ("*", "9", "4"), ("3",)),
    _path("결제하지 않음: 아무것도 누르지 않음", "No: then silence", ("",), ("3",)),
)
_DECLINES = (
    _path(
        "한도를 넘음: 나중에",
        "The limit is reached: later",
        (Declined(DeclineCode.INSUFFICIENT_LIMIT), "2"),
        _ON_HOLD,
    ),
    _path(
        "잔액 부족: 다른 카드로",
        "Too little in the account: another card",
        (Declined(DeclineCode.INSUFFICIENT_FUNDS), "1"),
        _ON_HOLD,
    ),
    _path(
        "유효기간이 지남",
        "The card has expired",
        (Declined(DeclineCode.EXPIRY_INVALID),),
        _ON_HOLD,
    ),
    _path(
        "할부가 되지 않음: 한 번에",
        "No instalments: in one payment",
        (Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED), "1", "1", _APPROVED),
        _ON_HOLD_IN_MONTHS,
        _IN_MONTHS,
    ),
    _path(
        "카드사 점검: 끝나면 알림",
        "The issuer is down: told when it is back",
        (Declined(DeclineCode.ISSUER_UNAVAILABLE), "1"),
        _ON_HOLD,
    ),
    _path(
        "카드사 점검: 마치기",
        "The issuer is down: the end",
        (Declined(DeclineCode.ISSUER_UNAVAILABLE), "3"),
        _ON_HOLD,
    ),
    _path(
        "여기서 쓸 수 없는 카드",
        "A card that is not accepted here",
        (Declined(DeclineCode.CARD_NOT_SUPPORTED),),
        _ON_HOLD,
    ),
    _path(
        "다른 모든 이유: 분실 신고된 카드도",
        "Every other reason, a stolen card among them",
        (Declined(DeclineCode.LOST_OR_STOLEN),),
        _ON_HOLD,
    ),
    _path(
        "다른 카드의 정보가 맞지 않음",
        "The details of another card are not right",
        (Declined(DeclineCode.PASSWORD_INVALID),),
        _ON_HOLD_WITH_ANOTHER,
    ),
    _path(
        "다른 카드가 두 번 거절됨",
        "Another card is refused twice",
        (Declined(DeclineCode.PASSWORD_INVALID),),
        (
            *_ON_HOLD_WITH_ANOTHER,
            Declined(DeclineCode.PASSWORD_INVALID),
            "1",
            *_ON_HOLD_WITH_ANOTHER[1:],
        ),
    ),
    _path("누른 지 오래된 카드", "Keyed too long ago", (_ENTRY_LOST, "1"), _ON_HOLD_WITH_ANOTHER),
    _path(
        "우리가 멈춘 카드",
        "We stop for this card today",
        (Stopped(Limit.CARD), "2"),
        _ON_HOLD_WITH_ANOTHER,
    ),
    _path(
        "우리가 멈춘 고객",
        "We stop for this customer today",
        (Stopped(Limit.CUSTOMER),),
        _ON_HOLD_WITH_ANOTHER,
    ),
)
_IN_DOUBT = (
    _path("결과를 모름", "The answer was lost", (Unknown(),), _ON_HOLD),
    _path("결과가 늦어짐", "No answer in time", (STILL_CHECKING,) * 13, _ON_HOLD),
    _path("그 사이 취소된 요청", "Canceled in the meantime", (Gone(),), _ON_HOLD),
    _path("그 사이 지난 기한", "Expired in the meantime", (Gone("expired"), "1"), _ON_HOLD),
    _path(
        "그 사이 다른 통화에서 결제됨",
        "Paid in another call meanwhile",
        (Gone("approved"),),
        _ON_HOLD,
    ),
    _path("그 사이 끝난 요청", "Over in the meantime", (Gone("refused"), "2"), _ON_HOLD),
)
_LATER = (
    _path("다른 통화에서 진행 중", "The same request in another call", (), (), _BUSY),
    _path("아직 결제 확인 중", "The charge is still in doubt", (), (), _BEING_CHARGED),
    _path("이미 결제됨: 문자 다시 받기", "Paid already: the text again", ("1",), (), _PAID),
    _path(
        "기한이 지남: 새 요청",
        "Too late: a new request",
        ("1",),
        (),
        replace(_OVER, ending="expired"),
    ),
    _path("취소된 요청", "Canceled", (), (), replace(_OVER, ending="canceled")),
    _path("이미 거절한 요청", "Refused before", ("2",), (), replace(_OVER, ending="refused")),
)

CONSENT_TO_CHARGE = Page(
    "consent-to-charge",
    Spoken("결제 동의 통화", "The charge call"),
    (
        _path("처음부터 끝까지", "From beginning to end", ("1", _APPROVED)),
        _path(
            "승인번호까지 듣기",
            "The approval number is said too",
            (_APPROVED,),
            ("1",),
            _SAYS_APPROVAL_NUMBER,
        ),
        *_FIRST_QUESTION,
        *_PLANS,
        *_ANOTHER_CARD,
        *_REFUSALS,
        *_DECLINES,
        *_IN_DOUBT,
        *_LATER,
    ),
)
