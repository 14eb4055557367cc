"""How NICEPAY is spoken to: who asks, signed and encrypted how, and whose answer it is."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import quote

import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from pydantic import ConfigDict, Field, SecretStr

from billing_core.acquirers.gateway import Contract, Wire
from billing_core.acquirers.gateway_line import Answer, NotAnswered, Words
from billing_core.acquirers.nicepay_codes import UNCLEAR, refusal_of
from billing_core.acquirers.protocol import CardSecrets, Declined, Unknown
from foundation.clock import KST

NAME = "nicepay"
SANDBOX_URL = "https://sandbox-api.nicepay.co.kr"
# AES-256 takes its whole key from the secret key, and its first vector from the first half.
SECRET_KEY_LENGTH = 32
BLOCK_LENGTH = 16
SERVER_ERROR = 500

log = structlog.get_logger()


class NicepayContract(Contract):
    """The keys of one shop at NICEPAY."""

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str = Field(
        default=SANDBOX_URL,
        description="NICEPAY's host: `https://api.nicepay.co.kr` live, its sandbox otherwise",
    )
    client_key: SecretStr = Field(
        min_length=8, max_length=100, description="the client key, as `Server 승인` keys have it"
    )
    secret_key: SecretStr = Field(
        min_length=SECRET_KEY_LENGTH,
        max_length=SECRET_KEY_LENGTH,
        description="the secret key of 32 characters, for `Basic 인증`",
    )
    auth_level: Literal["01", "03", "10", "11"] = Field(
        default="11",
        description=(
            "what the shop's contract has NICEPAY check of a card besides number and expiry: "
            "`01` nothing, `03` the password's two digits, `10` birth date or business number, "
            "`11` both"
        ),
    )


@dataclass(frozen=True)
class Said:
    """An answer that could be read, whatever it says."""

    code: str
    words: Words = field(repr=False)


class NicepayLine:
    """A line to one shop's NICEPAY. Every request on it is authenticated and signed."""

    def __init__(self, contract: NicepayContract, wire: Wire) -> None:
        self.contract = contract
        self.clock = wire.clock
        self._line = wire.line(contract.base_url)
        pair = f"{contract.client_key.get_secret_value()}:{self._secret}"
        self._headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def post(self, path: str, words: Words, *signed: str) -> Said | Unknown:
        """Send something, once. `signed` is what the signature is over, besides moment and key."""
        return _said(self._line.post(path, self._headers, {**words, **self._stamp(*signed)}))

    def get(self, path: str, query: Mapping[str, str], *signed: str) -> Said | Unknown:
        """Ask for something that is signed."""
        return self.get_unsigned(path, {**query, **self._stamp(*signed)})

    def get_unsigned(self, path: str, query: Mapping[str, str]) -> Said | Unknown:
        """Ask for something that NICEPAY defines no signature for."""
        return _said(self._line.get(path, self._headers, query))

    def knock(self) -> Answer:
        """Ask for a token that nobody needs."""
        return self._line.post("/v1/access-token", self._headers, {})

    def encrypted(self, card: CardSecrets) -> str:
        """A card in the form of `encData`, with as much of it as the contract wants."""
        level = self.contract.auth_level
        parts = {
            "cardNo": card.number.reveal(),
            "expYear": f"{card.expiry_year % 100:02}",
            "expMonth": f"{card.expiry_month:02}",
            # A field that the contract does not know of is refused, so none is sent in vain.
            **({"idNo": card.holder.reveal()} if level in ("10", "11") else {}),
            **({"cardPw": card.password.reveal()} if level in ("03", "11") else {}),
        }
        plain = "&".join(f"{name}={value}" for name, value in parts.items())
        return encrypted(plain, self._secret)

    def is_signed(self, words: Words) -> bool:
        """Whether a payment comes from NICEPAY as it stands: its amount is part of what it signs."""
        parts = (str(words.get(name, "")) for name in ("tid", "amount", "ediDate"))
        ours = signature(*parts, self._secret)
        return hmac.compare_digest(ours.encode(), str(words.get("signature", "")).lower().encode())

    @property
    def _secret(self) -> str:
        return self.contract.secret_key.get_secret_value()

    def _stamp(self, *signed: str) -> dict[str, str]:
        at = moment(self.clock.now())
        return {"ediDate": at, "signData": signature(*signed, at, self._secret)}


def signature(*parts: str) -> str:
    """NICEPAY's signature over parts in their order."""
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def encrypted(plain: str, secret_key: str) -> str:
    """NICEPAY's encMode A2."""
    key = secret_key.encode()
    padder = PKCS7(algorithms.AES256.block_size).padder()
    cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:BLOCK_LENGTH])).encryptor()
    padded = padder.update(plain.encode()) + padder.finalize()
    return (cipher.update(padded) + cipher.finalize()).hex()


def moment(at: datetime) -> str:
    """A moment as NICEPAY writes it: 2026-01-02T03:04:05.000+0900."""
    korean = at.astimezone(KST)
    return f"{korean:%Y-%m-%dT%H:%M:%S}.{korean.microsecond // 1000:03}{korean:%z}"


def cut(text: str, bytes_max: int) -> str:
    """As many whole characters as fit into so many bytes."""
    return text.encode()[:bytes_max].decode(errors="ignore")


def in_path(text: str) -> str:
    """One step of a path, whatever characters it is made of."""
    return quote(text, safe="")


def refused(said: Said) -> Declined | Unknown:
    """What an answer that is no yes means; one that nobody knows is an alarm."""
    reason = refusal_of(said.code, str(said.words.get("resultMsg", "")))
    if reason is not None:
        return Declined(reason, said.code)
    if said.code not in UNCLEAR:
        log.error("acquirer.code_unknown", acquirer=NAME, code=said.code)
    return Unknown(f"code {said.code}")


def disbelieved(about: str) -> Unknown:
    """A yes that is not what was asked for, or not NICEPAY's."""
    log.error("acquirer.answer_not_believed", acquirer=NAME, about=about)
    return Unknown(f"not believed: {about}")


def _said(answer: Answer) -> Said | Unknown:
    if isinstance(answer, NotAnswered):
        return Unknown(f"no answer: {answer.why}")
    words = answer.words()
    if words is None or answer.status >= SERVER_ERROR:
        return Unknown(f"no readable answer, status {answer.status}")
    plain = {_small(name): value for name, value in words.items()}
    code = plain.get("resultCode")
    # A code is four letters and digits; whatever else stands there is not repeated in any word.
    if not isinstance(code, str) or len(code) != len("0000") or not code.isalnum():
        return Unknown(f"no code in the answer, status {answer.status}")
    return Said(code, plain)


def _small(name: str) -> str:
    """The manual's samples write BID and ResultCode, its tables bid and resultCode."""
    return name.lower() if name.isupper() else name[:1].lower() + name[1:]
