"""What the provider did not sign changes nothing; what it signed oddly is survived."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from structlog.testing import capture_logs

from tests.stories.caller import Caller
from tests.stories.service import Service
from tests.stories.test_storm import contents

PATHS = ("/twilio/voice", "/twilio/voice/turn?at=1", "/twilio/call-status", "/twilio/text-status")


def form_for(caller: Caller) -> dict[str, str]:
    return {
        "CallSid": caller.sid,
        "From": caller.phone,
        "To": caller.dialled,
        "CallStatus": "in-progress",
        "Digits": "1",
    }


@pytest.mark.parametrize("path", PATHS)
def test_a_webhook_without_a_right_signature_is_refused_and_changes_nothing(
    service: Service, caller: Caller, path: str
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1")
    before, form = contents(service), form_for(caller)
    tampered = {**form, "Digits": "2"}
    elsewhere = f"{path}&x=1" if "?" in path else f"{path}?x=1"

    refused = [
        service.webhook(path, form, signature=""),
        service.webhook(path, form, signature="wrong"),
        service.webhook(path, form, signature="한글"),
        service.webhook(path, form, signature=service.signature(path, form, token="another token")),
        service.webhook(path, tampered, signature=service.signature(path, form)),
        service.webhook(elsewhere, form, signature=service.signature(path, form)),
        service.webhook(path, form, signature=service.signature("/twilio/voice/turn?at=9", form)),
    ]

    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert contents(service) == before


def test_a_position_that_is_garbage_repeats_what_was_said(service: Service, caller: Caller) -> None:
    made = service.registers()
    first = caller.dials(made["virtual_number"]).answer
    second = caller.presses("1").answer
    before = contents(service)

    for position in ("-1", "-99999999999", "9" * 20, "9" * 5000, "abc", "", "1.5", "%00", "2&at=0"):
        answer = service.webhook(f"/twilio/voice/turn?at={position}", form_for(caller))
        assert answer.status_code == 200
        assert answer.data in (first, second)

    assert contents(service) == before


def test_a_turn_without_any_position_answers_nothing(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])

    answer = service.webhook("/twilio/voice/turn", form_for(caller))

    assert answer.data == caller.answer
    assert service.consents() == []


def test_a_call_that_nobody_knows_is_a_stranger(service: Service, caller: Caller) -> None:
    caller.sid, caller.dialled = "CA" + "f" * 32, "+827070000001"
    before = contents(service)

    answer = service.webhook("/twilio/voice/turn?at=3", form_for(caller))
    status = service.webhook("/twilio/call-status", {**form_for(caller), "CallStatus": "completed"})

    assert "이 번호는 문자를 받으신 휴대전화에서만" in answer.data.decode()
    assert status.status_code == 204
    assert contents(service) == before


def test_a_call_without_a_real_name_opens_nothing(service: Service) -> None:
    made = service.registers()
    before = contents(service)

    for sid in ("", "CA1", "CA" + "g" * 32, "CA" + "0" * 33, "' OR 1=1 --", "\x00"):
        form = {"CallSid": sid, "From": "+821012345678", "To": made["virtual_number"]}
        assert {service.webhook(path, form).status_code for path in PATHS[:2]} <= {200, 400}
        over = {**form, "CallStatus": "completed"}
        assert service.webhook("/twilio/call-status", over).status_code == 204

    assert contents(service) == before


def test_a_webhook_without_a_call_is_answered_and_wakes_nobody(service: Service) -> None:
    with capture_logs() as logs:
        answer = service.webhook("/twilio/voice", {"From": "+821012345678"})

    assert (answer.status_code, ET.fromstring(answer.data).tag) == (200, "Response")
    assert [line["log_level"] for line in logs] == ["warning"]


def test_keys_that_no_telephone_has_are_survived(service: Service, caller: Caller) -> None:
    made = service.registers()
    odd = ("١", "\x00", "a", "' OR 2=2", "-9", "*" * 16, "#" * 16, "D", " ", "９" * 500)

    for digits in odd:
        caller.dials(made["virtual_number"])
        for _ in range(8):
            if not caller.hung_up:
                caller.delivers({"Digits": digits})
        caller.hangs_up()

    assert service.registration(made)["status"] == "awaiting_customer"
    assert service.consents() == []


def test_odd_digits_are_no_card(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1")

    for digits in ("٩٩٩٩٠٠٠٠٠٠٠٠٠٠٠٤", "９９９９０００００００００００４", "\x00" * 16, "ABCD"):
        caller.presses("1").delivers({"Digits": digits})
        assert caller.question("numDigits") == "16"
        caller.hangs_up()
        caller.dials(made["virtual_number"]).presses("1")

    assert service.rows("sealed_answers") == []


@pytest.mark.parametrize("path", ["/twilio/voice/", "/twilio/voice/turn/?at=1"])
def test_a_slash_at_the_end_of_an_address_hears_the_same_goodbye(
    service: Service, path: str
) -> None:
    plain, unreadable = path.replace("/?", "?").rstrip("/"), {"CallSid": "no call"}

    answer = service.webhook(path, unreadable)

    assert answer.status_code == 200
    assert answer.data == service.webhook(plain, unreadable).data
