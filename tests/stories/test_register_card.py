"""A customer registers a card by phone."""

from tests.stories.caller import Caller
from tests.stories.service import Service

GOOD_CARD = "9999000000000004"


def to_the_card(caller: Caller, number: str) -> Caller:
    """Call, agree twice, and have the card ready."""
    return caller.dials(number).presses("1", "1", "1")


def test_a_customer_registers_a_card_and_the_merchant_hears_of_it(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    service.works()

    caller.dials(made["virtual_number"]).hears("한빛엘피지", "삼 오 일 이", "자동결제에 동의하시면 1번")
    caller.presses("1").hears("카드번호, 유효기간", "동의하시면 1번")
    caller.presses("1").hears("카드를 준비해 주세요")
    caller.presses("1").hears("주민등록번호 뒷자리를 묻지 않습니다", "카드번호 열여섯 자리")
    caller.presses(GOOD_CARD).hears("유효기간을 눌러 주세요")
    caller.presses("0829").hears("신한 카드", "공 공 공 사")
    caller.presses("1").hears("생년월일 여섯 자리")
    caller.presses("900101").hears("앞 두 자리만")
    caller.presses("12").hears("카드사에 확인하고 있습니다")
    caller.holds().hears("등록이 끝났습니다", "신한 카드", "결제된 금액은 없습니다", "문자로 보내 드렸습니다")

    assert caller.hung_up
    service.works()
    registration = service.registration(made)
    assert registration["status"] == "registered"
    status, bill_key = service.asks("GET", f"/v1/bill_keys/{registration['bill_key']}")
    assert status == 200
    assert bill_key["card"] == {
        "issuer": "신한",
        "issuer_code": "06",
        "last4": "0004",
        "type": "credit",
        "owner": "personal",
    }
    assert service.events() == ["registration.registered"]
