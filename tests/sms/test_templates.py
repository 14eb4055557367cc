"""Every template in both languages, with everything and with as little as it allows."""

from datetime import UTC, date, datetime

import pytest

from foundation.money import Money
from foundation.phone_number import PhoneNumber
from sms.characters import byte_count, uncarried
from sms.templates import (
    LANGUAGES,
    TEMPLATES,
    CardMonth,
    Value,
    names_of,
    render,
    words_of,
    written_plan,
)
from sms.texts import LMS_BYTES_MAX, TextKind, kind_of

VALUES: dict[str, Value] = {
    "merchant": "한빛학원",
    "trust_phrase": "고객번호 끝 네 자리 3512",
    "ars_number": PhoneNumber.parse("070-0000-0001"),
    "expire_at": datetime(2026, 8, 25, 5, 20, tzinfo=UTC),
    "merchant_phone": PhoneNumber.parse("031-123-4567"),
    "item": "LPG 요금",
    "period": "8월분",
    "amount": Money(39_500),
    "card_company": "신한카드",
    "last4": "1234",
    "done_at": datetime(2026, 8, 31, 15, 0, tzinfo=UTC),
    "reason": "한도 초과",
    "plan": "일시불",
    "approval_no": "00123456",
    "bill_date": date(2026, 9, 1),
    "exp_month": CardMonth(2026, 9),
    "link": "https://ars.example/c/Zk3",
    "minutes": 30,
}
BOTH = [(template, language) for template in TEMPLATES for language in LANGUAGES]


def values_of(template: str, *left_out: str) -> dict[str, Value]:
    names = names_of(TEMPLATES[template].korean) - set(left_out)
    return {name: VALUES[name] for name in names}


FULL = {
    "T01": "[한빛학원] 자동결제 카드 등록 요청\n고객번호 끝 네 자리 3512 고객님\n"
    "아래 번호로 전화해 등록해 주세요.\n070-0000-0001\n기한 2026.08.25(화) 14:20\n"
    "문의 031-123-4567\n* 카드 뒷면 번호와 비밀번호 전체는 묻지 않습니다.",
    "T02": "[한빛학원] 결제 동의 요청\n고객번호 끝 네 자리 3512 고객님\nLPG 요금 8월분\n39,500원\n"
    "동의하시려면 전화: 070-0000-0001\n기한 2026.08.25(화) 14:20\n문의 031-123-4567\n"
    "* 전화로 동의하셔야 결제됩니다.",
    "T03": "[한빛학원] 자동결제 카드 등록 완료\n신한카드 ****1234\n2026.09.01(화) 00:00\n"
    "변경·해지 070-0000-0001",
    "T04": "[한빛학원] 카드가 등록되지 않았습니다.\n사유: 한도 초과\n"
    "다시 하시려면 070-0000-0001 (기한 2026.08.25(화) 14:20)\n결제된 금액은 없습니다.",
    "T05": "[한빛학원] 결제 완료\nLPG 요금 8월분\n39,500원 (일시불)\n신한카드 ****1234\n"
    "승인 00123456\n2026.09.01(화) 00:00\n문의 031-123-4567",
    "T06": "[한빛학원] 결제되지 않았습니다.\n39,500원\n사유: 한도 초과\n"
    "다른 카드·다시 결제 070-0000-0001\n문의 031-123-4567",
    "T07": "[한빛학원] 결제 확인 결과 결제되지 않았습니다.\n39,500원\n"
    "다시 결제하시려면 070-0000-0001",
    "T08": "[한빛학원] 결제 예정 안내\n2026.09.01(화) LPG 요금 39,500원\n신한카드 ****1234\n"
    "변경·해지 070-0000-0001 (24시간)",
    "T09": "[한빛학원] 아직 결제 동의 전입니다.\n39,500원, 기한 2026.08.25(화) 14:20\n"
    "전화 070-0000-0001",
    "T10": "[한빛학원] 등록하신 카드 ****1234의 유효기간이 2026년 9월에 끝납니다.\n"
    "새 카드 등록 070-0000-0001",
    "T11": "[한빛학원] 자동결제가 해지되었습니다.\n2026.09.01(화) 00:00\n"
    "앞으로 결제되지 않습니다.\n문의 031-123-4567",
    "T12": "[한빛학원] 요청하신 카드 등록 화면입니다.\nhttps://ars.example/c/Zk3\n"
    "30분 안에 열어 주세요.\n문의 031-123-4567",
}
BARE = {
    "T01": "[한빛학원] 자동결제 카드 등록 요청\n아래 번호로 전화해 등록해 주세요.\n070-0000-0001\n"
    "기한 2026.08.25(화) 14:20\n* 카드 뒷면 번호와 비밀번호 전체는 묻지 않습니다.",
    "T02": "[한빛학원] 결제 동의 요청\nLPG 요금\n39,500원\n동의하시려면 전화: 070-0000-0001\n"
    "기한 2026.08.25(화) 14:20\n* 전화로 동의하셔야 결제됩니다.",
    "T03": "[한빛학원] 자동결제 카드 등록 완료\n****1234\n2026.09.01(화) 00:00",
    "T04": "[한빛학원] 카드가 등록되지 않았습니다.\n사유: 한도 초과\n결제된 금액은 없습니다.",
    "T05": "[한빛학원] 결제 완료\nLPG 요금\n39,500원 (일시불)\n****1234\n승인 00123456\n"
    "2026.09.01(화) 00:00",
    "T06": "[한빛학원] 결제되지 않았습니다.\n39,500원\n사유: 한도 초과",
    "T07": "[한빛학원] 결제 확인 결과 결제되지 않았습니다.\n39,500원",
    "T08": "[한빛학원] 결제 예정 안내\n2026.09.01(화) LPG 요금 39,500원\n****1234",
    "T09": FULL["T09"],
    "T10": "[한빛학원] 등록하신 카드 ****1234의 유효기간이 2026년 9월에 끝납니다.",
    "T11": "[한빛학원] 자동결제가 해지되었습니다.\n2026.09.01(화) 00:00\n앞으로 결제되지 않습니다.",
    "T12": "[한빛학원] 요청하신 카드 등록 화면입니다.\nhttps://ars.example/c/Zk3\n"
    "30분 안에 열어 주세요.",
}
BARE_ENGLISH = {
    "T01": "[한빛학원] Register your card for automatic payment\n"
    "Call 070-0000-0001 by 2026.08.25(Tue) 14:20\n"
    "* We never ask for the 3 digits on the back or the full password.",
    "T02": "[한빛학원] Please agree to a payment\nLPG 요금\n39,500 won\n"
    "To agree, call 070-0000-0001 by 2026.08.25(Tue) 14:20\n"
    "* Nothing is charged unless you agree by phone.",
    "T03": "[한빛학원] Card registered\n****1234\n2026.09.01(Tue) 00:00",
    "T04": "[한빛학원] Your card was not registered.\nReason: 한도 초과\nNothing was charged.",
    "T05": "[한빛학원] Payment complete\nLPG 요금\n39,500 won (일시불)\n****1234\n"
    "Approval 00123456\n2026.09.01(Tue) 00:00",
    "T06": "[한빛학원] Not paid\n39,500 won\nReason: 한도 초과",
    "T07": "[한빛학원] We checked: the payment did not go through.\n39,500 won",
    "T08": "[한빛학원] Coming payment\n2026.09.01(Tue) LPG 요금 39,500 won\n****1234",
    "T09": "[한빛학원] Your consent is still open.\n39,500 won, until 2026.08.25(Tue) 14:20\n"
    "Call 070-0000-0001",
    "T10": "[한빛학원] Your card ****1234 expires in 09/2026.",
    "T11": "[한빛학원] Automatic payment cancelled\n2026.09.01(Tue) 00:00\nNo further charges.",
    "T12": "[한빛학원] The registration page you asked for\nhttps://ars.example/c/Zk3\n"
    "Please open it within 30 minutes.",
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_with_everything_reads_as_written(template: str) -> None:
    assert render(template, "ko", **values_of(template)) == FULL[template]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(("language", "expected"), [("ko", BARE), ("en", BARE_ENGLISH)])
def test_what_is_absent_takes_its_line_or_its_place_with_it(
    template: str, language: str, expected: dict[str, str]
) -> None:
    needed = values_of(template, *TEMPLATES[template].optional)

    assert render(template, language, **needed) == expected[template]


@pytest.mark.parametrize(("template", "language"), BOTH)
def test_every_text_is_carried_and_short_enough(template: str, language: str) -> None:
    text = render(template, language, **values_of(template))

    assert uncarried(text) == []
    assert byte_count(text) == len(text.encode("euc_kr")) <= LMS_BYTES_MAX
    assert text.startswith("[한빛학원] ")


@pytest.mark.parametrize(("template", "language"), BOTH)
def test_both_languages_have_the_same_values(template: str, language: str) -> None:
    assert names_of(words_of(template, language)) == names_of(words_of(template, "ko"))


@pytest.mark.parametrize(("template", "language"), BOTH)
def test_a_value_that_is_needed_and_missing_is_a_mistake(template: str, language: str) -> None:
    for name in names_of(TEMPLATES[template].korean) - TEMPLATES[template].optional:
        with pytest.raises(ValueError, match=name):
            render(template, language, **values_of(template, name))


@pytest.mark.parametrize("empty", [None, "", "  ", "\u200b"])
def test_an_empty_value_is_an_absent_one(empty: str | None) -> None:
    values = values_of("T11") | {"merchant_phone": empty}

    assert render("T11", "ko", **values) == BARE["T11"]


def test_a_value_the_template_has_no_place_for_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="surprise"):
        render("T11", "ko", **values_of("T11"), surprise="x")


def test_a_language_without_words_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="ko and en"):
        render("T11", "fr", **values_of("T11"))


def test_one_line_of_values_never_becomes_two_of_text() -> None:
    values = values_of("T07") | {"merchant": "한빛\n[은행] 입금\u2028{amount}"}

    assert render("T07", "ko", **values).split("\n")[0] == (
        "[한빛 [은행] 입금 {amount}] 결제 확인 결과 결제되지 않았습니다."
    )


@pytest.mark.parametrize("last4", ["12345", "123", "123a", "１２３４", "4111111111111234"])
def test_no_more_of_a_card_than_four_digits_gets_in(last4: str) -> None:
    with pytest.raises(ValueError, match="four digits"):
        render("T10", "ko", **(values_of("T10") | {"last4": last4}))


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("02-123-4567", "02-123-4567"),
        ("1588-1234", "1588-1234"),
        ("070 1234 5678", "070-1234-5678"),
        ("+82 10-1234-5678", "010-1234-5678"),
    ],
)
def test_numbers_are_written_as_korean_people_write_them(phone: str, written: str) -> None:
    values = values_of("T11") | {"merchant_phone": PhoneNumber.parse(phone)}

    assert render("T11", "ko", **values).endswith(f"문의 {written}")


@pytest.mark.parametrize(
    ("months", "is_free", "language", "written"),
    [
        (0, False, "ko", "일시불"),
        (3, False, "ko", "3개월"),
        (6, True, "ko", "무이자 6개월"),
        (0, False, "en", "single payment"),
        (3, True, "en", "3 months, interest-free"),
    ],
)
def test_plans_are_written_for_reading(
    months: int, is_free: bool, language: str, written: str
) -> None:
    assert written_plan(months, is_interest_free=is_free, language=language) == written


def test_a_plan_of_one_month_does_not_exist() -> None:
    with pytest.raises(ValueError, match="0 months"):
        written_plan(1)


@pytest.mark.parametrize(("count", "kind"), [(80, TextKind.SMS), (81, TextKind.LMS)])
def test_a_short_text_leaves_room_for_what_the_operator_puts_in_front(
    count: int, kind: TextKind
) -> None:
    assert kind_of(count) is kind
    assert len("[Web발신]\n".encode("euc_kr")) == 90 - 80
