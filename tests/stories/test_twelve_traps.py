"""The twelve traps of the voice provider; each one has bitten somebody."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.ivr.twiml_rules import SAY_HANGUL_MAX
from tests.sms.fakes import Situation
from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

# Three readings of a lone `#`: the question ends empty, and says by which key; it ends empty and
# does not say so; the key itself arrives.
BARE_HASH = [{"FinishedOnKey": "#"}, {"FinishedOnKey": "#", "Digits": ""}, {"Digits": "#"}]


@pytest.fixture
def asked(service: Service, caller: Caller) -> Caller:
    """A caller who is asked for the card number."""
    return caller.dials(service.registers()["virtual_number"]).presses("1", "1", "1")


@pytest.mark.parametrize(
    "query", [f"x={quote('안')}&q=%27", "name=it's@b:c", "a=%2F&b=+", "%EC%95%88=1"]
)
def test_trap_1_the_signed_address_is_the_raw_one(
    service: Service, caller: Caller, query: str
) -> None:
    made = service.registers()
    form = {"CallSid": service.new_call_sid(), "From": caller.phone, "To": made["virtual_number"]}

    answer = service.webhook(f"/twilio/voice?{query}", form)

    assert answer.status_code == 200
    assert "한빛엘피지" in answer.data.decode()


def test_trap_2_a_missing_signature_is_403_and_no_fault_of_ours(
    service: Service, caller: Caller
) -> None:
    assert (
        service.webhook("/twilio/voice", {"CallSid": "CA" + "0" * 32}, signature="").status_code
        == 403
    )


def test_trap_3_blank_parameters_are_signed(service: Service, asked: Caller) -> None:
    last = asked.deliveries[-1]
    without_blanks = {name: value for name, value in last.form.items() if value}
    assert without_blanks != dict(last.form)

    wrong = service.signature(last.path, without_blanks)

    assert service.webhook(last.path, last.form, signature=wrong).status_code == 403
    assert service.webhook(last.path, last.form).data == last.answer


@pytest.mark.parametrize(
    "path",
    ["/twilio/voice", "/twilio/voice/", "/twilio/voice/turn?at=3", "/twilio/voice/turn/?at=3"],
)
def test_trap_4_no_answer_is_a_redirect(service: Service, asked: Caller, path: str) -> None:
    answer = service.webhook(path, {**asked.deliveries[-1].form, "Digits": GOOD_CARD})

    assert answer.status_code == 200


@pytest.mark.parametrize("bare", BARE_HASH, ids=["empty", "blank", "posted"])
def test_trap_5_the_habitual_hash_after_a_full_field_is_noise(
    service: Service, asked: Caller, bare: dict[str, str]
) -> None:
    # It has cut the question off, so the question is asked once more.
    asked.presses(GOOD_CARD).delivers(bare).hears("유효기간을 눌러 주세요")
    asked.presses("0829").hears("맞으면 1번").delivers(bare).hears("맞으면 1번")
    asked.presses("1", "900101", "12").holds().hears("등록이 끝났습니다")


@pytest.mark.parametrize("bare", BARE_HASH, ids=["empty", "blank", "posted"])
def test_trap_5_a_hash_that_is_meant_goes_one_step_back(
    service: Service, asked: Caller, bare: dict[str, str]
) -> None:
    asked.presses(GOOD_CARD, "0829", "1").delivers(bare).hears("공 공 공 사").delivers(bare)

    asked.hears("유효기간을 눌러 주세요")


def test_trap_5_a_hash_that_is_not_named_is_a_silence_and_no_error(
    service: Service, asked: Caller
) -> None:
    asked.presses(GOOD_CARD).delivers({"FinishedOnKey": ""}).hears("받지 못했습니다", "유효기간")

    asked.presses("0829", "1", "900101", "12").holds().hears("등록이 끝났습니다")


def test_trap_6_a_pause_delivers_a_part_of_the_number(service: Service, asked: Caller) -> None:
    asked.delivers({"Digits": "99990000000", "FinishedOnKey": ""}).hears("지금까지 열한 자리를")

    assert asked.question("timeout") == "8"
    assert b'<Pause length="7"/></Gather>' in asked.answer


@pytest.mark.parametrize(
    "digits", ["9999*0000", "99990000*", "****************", "9999#00000000000"]
)
def test_trap_7_stars_and_hashes_are_data(asked: Caller, digits: str) -> None:
    asked.delivers({"Digits": digits})

    assert asked.question("numDigits") in ("12", "16")


def test_trap_8_no_sentence_is_too_long_for_the_provider(service: Service, caller: Caller) -> None:
    made = service.registers(by=service.takes_in("가" * 40), item="나" * 40, trust_phrase="다" * 40)

    caller.dials(made["virtual_number"]).presses("3", "9", "1", "2", "2", "1", "1")

    assert max(len(re.findall("[가-힣]", said)) for said in caller.said) < SAY_HANGUL_MAX


def test_trap_9_no_number_is_written_as_a_run_of_digits(service: Service, caller: Caller) -> None:
    made = service.registers(
        item="요금 12345",
        trust_phrase="계약 2026-11-23",
        terms={"consent": "once", "amount": 1234567, "billing_day": 5},
    )

    caller.dials(made["virtual_number"]).presses("3", "1", "1", "1").gives_card().holds()
    english = Caller(service, "+821033334444")
    other = service.registers(to=english.phone, item="요금 12345")
    english.dials(other["virtual_number"]).presses("8", "3", "1", "1", "1").gives_card().holds()

    told = " ".join(caller.said + english.said)
    assert not re.search(r"\d{5}", told)
    assert GOOD_CARD[:8] not in told.replace(" ", "")


@pytest.mark.parametrize("shown", ["anonymous", "unknown", "+266696687", "", "01012345678"])
def test_trap_10_a_caller_number_comes_in_odd_shapes(
    service: Service, caller: Caller, shown: str
) -> None:
    made = service.registers()
    caller.phone = shown

    caller.dials(made["virtual_number"])

    assert ("한빛엘피지" in caller.spoken()[0]) == (shown == "01012345678")


def test_trap_11_the_card_is_taken_by_plain_questions_over_four_requests(
    service: Service, asked: Caller
) -> None:
    asked.gives_card().holds()

    assert b"<Pay" not in b"".join(delivery.answer for delivery in asked.deliveries)


def test_trap_12_a_text_whose_fate_is_unknown_is_not_sent_again(service: Service) -> None:
    service.parts.texts.situation = Situation.BROKEN
    made = service.registers()
    service.works()

    for _ in range(5):
        service.passes(minutes=10)

    assert len(service.parts.texts.sent) == 1
    assert service.registration(made)["text"]["status"] == "unknown"


@pytest.mark.parametrize("empty", [{}, {"Digits": ""}, {"Digits": "", "FinishedOnKey": ""}])
def test_blank_and_absent_digits_are_the_same_silence(asked: Caller, empty: dict[str, str]) -> None:
    asked.delivers(empty)

    asked.hears("누르신 번호를 받지 못했습니다", "카드번호 열여섯 자리")
