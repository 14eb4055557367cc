"""Others are slow, refuse, or do not answer at all: the telephone is answered all the same."""

from __future__ import annotations

from tests.processes.installation import Installation, eventually
from tests.processes.phone_line import Call, Provider, phones
from tests.sms.fakes import Situation
from tests.sms.pretend_twilio import PretendTwilio

# The provider waits for fifteen seconds; a caller who hears nothing hangs up much earlier.
QUICK_S = 3.0
SITUATIONS = {
    Situation.INVALID_NUMBER: "failed",
    Situation.BUSY: "queued",
    Situation.BROKEN: "unknown",
    Situation.SILENT: "sending",
}


def test_a_slow_acquirer_keeps_callers_on_hold_and_no_webhook_waiting(house: Installation) -> None:
    house.start_web()
    house.start_worker(SANDBOX_DELAY_S="5")
    house.waits_for("web", "worker")
    made = house.register("+821000000001", "R-1").json
    provider = Provider(house)
    call = Call(provider, made["customer"]["phone"], made["virtual_number"], pace=0.5)

    heard = call.plays()

    assert provider.slowest_s < QUICK_S
    assert "카드사에 확인하고 있습니다" in heard
    assert "아직 확인하고 있습니다" in heard
    assert "등록이 끝났습니다" in heard
    assert house.registration(made)["status"] == "registered"


def test_a_text_provider_in_trouble_holds_up_neither_requests_nor_calls(
    house: Installation, texts: PretendTwilio
) -> None:
    house.start_web()
    house.start_worker()
    house.waits_for("web", "worker")
    phone = phones(0)
    for situation, status in SITUATIONS.items():
        texts.situation = situation
        made = house.register(phone(), f"R-{situation.name}")
        assert made.status == 201

        eventually(lambda made=made.json, status=status: text_status(house, made) == status)
        provider = Provider(house)
        call = Call(provider, made.json["customer"]["phone"], made.json["virtual_number"])
        assert "등록이 끝났습니다" in call.plays(), situation
        assert provider.slowest_s < QUICK_S


def text_status(house: Installation, made: dict[str, object]) -> str:
    """Where the text of a registration stands."""
    return str(house.registration(made)["text"]["status"])
