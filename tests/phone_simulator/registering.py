"""A pretend product with one whole registration call, for tests of scripts."""

from tests.phone_simulator.product import Product, ask, say

CARD = "9999000000000004"
SCRIPT = f"""
call: register
dial: "+827012345678"
as: 010-1234-5678
steps:
  - expect: R00
  - expect: R03
  - press: 1
  - expect: R20
  - press: {CARD}
  - expect: {{prompt: R70, contains: "공 공 공 사"}}
  - expect: G40
  - expect_end: hangup_by_us
"""


def serve_registration(product: Product) -> None:
    """Greeting, consent, card number, hold, result, goodbye."""
    consent = ask(
        "자동결제에 동의하시면 1번, 아니면 2번을 눌러 주세요.",
        "/consent",
        numDigits="1",
        finishOnKey="",
    )
    card = ask("카드번호 열여섯 자리를 눌러 주세요.", "/card", numDigits="16", timeout="8")
    product.on(
        "/voice", say("안녕하세요. 서울가스 자동결제 카드 등록입니다.") + consent + "<Hangup/>"
    )
    product.on("/consent", card + "<Redirect>/silence</Redirect>")
    product.on("/silence", say("입력이 없습니다.") + "<Hangup/>")
    product.on(
        "/card", say("잠시만 기다려 주세요.") + '<Pause length="1"/><Redirect>/result</Redirect>'
    )
    product.on(
        "/result",
        say("등록이 끝났습니다. 신한 카드, 끝 네 자리 공 공 공 사입니다.")
        + say("결과는 문자로 보내 드렸습니다. 감사합니다.")
        + "<Hangup/>",
    )
    product.on("/status", "")


def with_steps(*steps: str, **fields: str) -> str:
    """A script of these steps; each is one line of YAML."""
    chosen = {"dial": '"+827012345678"', "as": "010-1234-5678", **fields}
    head = "".join(f"{name}: {value}\n" for name, value in chosen.items())
    return head + "steps:\n" + "".join(f"  - {step}\n" for step in steps)
