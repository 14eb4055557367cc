"""Signatures equal the provider's published and computed vectors."""

import pytest
from twilio.request_validator import RequestValidator

from phone_simulator.signature import sign

PUBLISHED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
PUBLISHED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://ivr.example.com/ivr/card?call=abc&lang=ko"
CARD_STEP = {
    "AccountSid": "AC" + "1" * 32,
    "ApiVersion": "2010-04-01",
    "CallSid": "CA" + "2" * 32,
    "CallStatus": "in-progress",
    "Called": "+827012345678",
    "CalledCity": "",
    "Caller": "+821012345678",
    "Digits": "1234",
    "Direction": "inbound",
    "FinishedOnKey": "#",
    "From": "+821012345678",
    "FromCountry": "KR",
    "To": "+827012345678",
    "ToCountry": "KR",
    "msg": "Gather End",
}


@pytest.mark.parametrize(
    ("token", "url", "parameters", "signature"),
    [
        ("12345", PUBLISHED_URL, PUBLISHED, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            "12345",
            PUBLISHED_URL,
            {**PUBLISHED, "FinishedOnKey": "", "CallerCity": ""},
            "KrBhAwgcLgC5GDoztJFFH2l0BHY=",
        ),
        (TOKEN, URL, CARD_STEP, "TkQMPbIZnneFCdeXwD2DzaNaLIM="),
        (TOKEN, URL, {**CARD_STEP, "CallerName": "홍길동"}, "t3LDeMiUCev2nLiqIlkxlnBGTkc="),
        (TOKEN, URL + "&Digits=1234&msg=Gather+End", {}, "ELaVLNiICMVZ4XNinI57paLMU0k="),
        (
            TOKEN,
            "https://e.com/x",
            {"A": ["2", "1", "2"], "B": "x"},
            "1pmW8Fpmg9h5dPoOS93BcpQTnUQ=",
        ),
    ],
)
def test_a_signature_equals_the_known_vector(
    token: str, url: str, parameters: dict[str, str | list[str]], signature: str
) -> None:
    assert sign(token, url, parameters) == signature


def test_the_newer_algorithm_equals_its_vector() -> None:
    found = sign("12345", PUBLISHED_URL, PUBLISHED, "HMAC_SHA256")

    assert found == "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="


def test_the_providers_own_validator_accepts_a_signature() -> None:
    assert RequestValidator(TOKEN).validate(URL, CARD_STEP, sign(TOKEN, URL, CARD_STEP))
