"""The card, field by field: number, expiry, read back once, owner, two digits of the password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from billing_core.acquirers.issuers import BY_CODE
from billing_core.sealed_answers import CardEntry
from ivr.answers import Expiry, Holder, PasswordPrefix
from ivr.call import Call
from ivr.dialogues.enter_card_number import CardNumber, enter_card_number
from ivr.spoken import card_company, digits, month, year
from ivr.steps import StartOver, in_order
from ivr.words import Words
from ivr.words import words as _


@dataclass
class Draft:
    """What has been keyed so far: places of sealed answers, and what may be shown."""

    number: CardNumber = CardNumber((), "", None)
    expiry: str = ""
    holder: str = ""
    password: str = ""


async def enter_card(call: Call) -> tuple[CardEntry, CardNumber]:
    """Ask for one card; return where its sealed answers are, and what may be shown of it."""
    draft = Draft()
    steps = (card_number, expiry_date, read_back, card_owner, password_prefix)
    await in_order(*(partial(step, call, draft) for step in steps))
    entry = CardEntry(draft.number.places, draft.expiry, draft.holder, draft.password)
    return entry, draft.number


async def card_number(call: Call, draft: Draft) -> None:
    """Sixteen digits; in fours when that is easier."""
    draft.number = await enter_card_number(call)


async def expiry_date(call: Call, draft: Draft) -> None:
    """Month and year as printed. A swapped entry is read back, an expired card is not scolded."""
    while True:
        kept, place = await call.ask(ExpiryField(call.facts.day))
        match kept["got"]:
            case "answer":
                draft.expiry = place
                return
            case "swapped":
                question = _(
                    "R30s",
                    "{exp_year}년 {exp_month}이 맞으면 1번, 아니면 2번을 눌러 주세요.",
                    exp_year=year(kept["year"]),
                    exp_month=month(kept["month"]),
                )
                if await call.confirm(question, back=True):
                    draft.expiry = place
                    return
            case "expired":
                if await call.confirm(EXPIRED_CARD, back=True):
                    raise StartOver


async def read_back(call: Call, draft: Draft) -> None:
    """The only thing that is read back: issuer and last four digits."""
    if not await call.confirm(this_card(draft.number), back=True):
        raise StartOver


async def card_owner(call: Call, draft: Draft) -> None:
    """Birth date, or business number of a company. Never read back."""
    _kept, draft.holder = await call.ask(HolderField())


async def password_prefix(call: Call, draft: Draft) -> None:
    """The first two digits, asked last so that they exist for the shortest time."""
    _kept, draft.password = await call.ask(PasswordField())


def this_card(number: CardNumber) -> Words:
    """The issuer is left out where the first digits do not tell it."""
    issuer = BY_CODE.get(number.issuer or "")
    if issuer is None:
        return _(
            "R22u",
            "끝 네 자리 {last4}입니다. 맞으면 1번, 다시 누르시려면 2번을 눌러 주세요.",
            last4=digits(number.last4),
        )
    return _(
        "R22",
        "{card_company} 카드, 끝 네 자리 {last4}입니다. 맞으면 1번, 다시 누르시려면 2번을 눌러 주세요.",
        card_company=card_company(issuer.spoken),
        last4=digits(number.last4),
    )


@dataclass(frozen=True)
class ExpiryField(Expiry):
    """The expiry with its sentences."""

    def question(self) -> tuple[Words, ...]:
        return (
            _(
                "R30",
                "유효기간을 눌러 주세요. 카드에 적힌 대로 월 두 자리, 연도 두 자리입니다. "
                "이천이십구 년 팔월이면 공, 팔, 이, 구를 누르시면 됩니다.",
            ),
        )

    def trouble(self, _got: str) -> Words:
        return _(
            "R30x1",
            "유효기간이 맞지 않습니다. 월 두 자리, 연도 두 자리, 모두 네 자리입니다. 다시 눌러 주세요.",
        )


@dataclass(frozen=True)
class HolderField(Holder):
    """The card's owner with its sentences."""

    def question(self) -> tuple[Words, ...]:
        return (
            _(
                "R40",
                "카드 주인의 생년월일 여섯 자리를 눌러 주세요. "
                "천구백오십오 년 삼월 일일이면 오, 오, 공, 삼, 공, 일을 누르시면 됩니다.",
            ),
            _("R40b", "법인카드이면 사업자등록번호 열 자리를 눌러 주세요."),
        )

    def trouble(self, got: str) -> Words:
        if got == "company":
            return _("R40c", "법인카드입니다. 사업자등록번호 열 자리를 눌러 주세요.")
        return _(
            "R40x1",
            "생년월일이 맞지 않습니다. 연도 두 자리, 월 두 자리, 일 두 자리를 다시 눌러 주세요.",
        )


@dataclass(frozen=True)
class PasswordField(PasswordPrefix):
    """The password digits with their sentences; more than two never arrive."""

    def question(self) -> tuple[Words, ...]:
        return (_("R50", "카드 비밀번호의 앞 두 자리만 눌러 주세요. 뒤 두 자리는 묻지 않습니다."),)

    def trouble(self, _got: str) -> Words:
        return _(
            "R50x",
            "두 자리가 다 들어오지 않았습니다. 카드 비밀번호의 앞 두 자리를 다시 눌러 주세요. "
            "뒤 두 자리는 묻지 않습니다.",
        )


# Said before the first field. They bind the whole product, and tests hold it to them.
PROMISES = (
    _(
        "G02",
        "저희는 카드 비밀번호 네 자리 전체, 카드 뒷면의 세 자리 번호, 주민등록번호 뒷자리를 묻지 않습니다. "
        "누군가 물으면 바로 전화를 끊어 주세요.",
    ),
    _("G03", "누르신 번호는 녹음하지 않으며, 카드사 확인에만 사용합니다."),
)
TAKE_YOUR_TIME = _("R10n", "천천히 준비하세요. 준비되시면 1번을 눌러 주세요.")
EXPIRED_CARD = _(
    "R30o",
    "유효기간이 지난 카드입니다. 다른 카드가 있으시면 1번, 유효기간을 다시 누르시려면 2번을 눌러 주세요.",
)
