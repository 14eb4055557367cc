"""The voice provider and its customers: webhooks repeated as Twilio repeats them, and a caller's fingers."""

from __future__ import annotations

import os
import random
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from stdnum import luhn

from billing_core.acquirers.sandbox_cards import CHARGES
from tests.processes.installation import (
    PUBLIC,
    Answer,
    Installation,
    NoAnswer,
    path_of,
    signature,
)

# Every test card that registers. Several callers need several: tries are counted by card.
GOOD_CARDS = tuple(
    f"{front}{luhn.calc_check_digit(front)}"
    for front in (f"99990000{charge}000" for charge in sorted(CHARGES))
)
THE_CARD = "the card"
# What the caller keys when they hear this; of several, what was said last counts.
FINGERS = (
    ("자동결제에 동의하시면 1번", "1"),
    ("결제하는 데 동의하시면 1번", "1"),
    ("쓰는 데 동의하시면 1번", "1"),
    ("준비되셨으면 1번", "1"),
    ("준비되시면 1번", "1"),
    ("이어서 하시려면 1번", "1"),
    ("카드번호 열여섯 자리를 눌러", THE_CARD),
    ("유효기간을 눌러 주세요", "0829"),
    ("맞으면 1번", "1"),
    ("생년월일 여섯 자리를 눌러", "900101"),
    ("비밀번호의 앞 두 자리만", "12"),
    ("다시 하시려면 1번", "1"),
    ("마치시려면 2번", "2"),
)
TURNS_MAX = 400
# The provider gives a server that does not answer two tries at the first address and one at the
# fallback; here that is the same address, and the caller does not lose patience.
TRIES_MAX = 600
TRY_AGAIN_S = 0.1


class LineDead(Exception):
    """The provider gave up: nobody answered any of its deliveries."""


@dataclass
class Provider:
    """Delivers webhooks to any of the web servers, and again until one answers."""

    installation: Installation
    webs: Sequence[str] = ("web",)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    # How long each delivery took that was answered or given up.
    seconds: list[float] = field(default_factory=list)

    @property
    def slowest_s(self) -> float:
        return max(self.seconds)

    def deliver(self, address: str, form: dict[str, str]) -> Answer:
        """One webhook; a repetition has the same parameters and the same idempotency token."""
        path = path_of(address)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(PUBLIC + path, form),
            "I-Twilio-Idempotency-Token": os.urandom(16).hex(),
        }
        for _ in range(TRIES_MAX):
            began = time.monotonic()
            try:
                answer = self.installation.ask(
                    "POST",
                    path,
                    urlencode(form).encode(),
                    headers,
                    web=self.chance.choice(self.webs),
                )
            except NoAnswer:
                answer = None
            self.seconds.append(time.monotonic() - began)
            if answer is not None and answer.status < 500:
                return answer
            time.sleep(TRY_AGAIN_S)
        raise LineDead(path)


@dataclass
class Call:
    """One call of somebody who wants to register the good card."""

    provider: Provider
    phone: str
    dialled: str
    card: str = GOOD_CARDS[0]
    # Seconds of real time that one second of pause takes.
    pace: float = 0.05
    # Seconds until the caller has pressed the keys.
    thinks: Callable[[], float] = float
    sid: str = field(default_factory=lambda: f"CA{os.urandom(16).hex()}")
    said: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def plays(self, until: str = "") -> str:
        """Dial and answer every question until the call ends, or until this is heard."""
        document = self._post("/twilio/voice", {"CallStatus": "ringing"})
        for _ in range(TURNS_MAX):
            if until and until in " ".join(self.said):
                break
            following = self._next(document)
            if following is None:
                self.hangs_up()
                break
            document = self._post(*following)
        return " ".join(self.said)

    def hangs_up(self) -> None:
        """Tell the product that the call is over."""
        form = self._form({"CallStatus": "completed", "CallDuration": "60"})
        self.provider.deliver("/twilio/call-status", form)

    def _next(self, document: ET.Element) -> tuple[str, dict[str, str]] | None:
        gather, redirect = document.find("Gather"), document.find("Redirect")
        if gather is not None:
            time.sleep(self.thinks())
            digits = fingers(" ".join(_spoken(document))).replace(THE_CARD, self.card)
            return gather.get("action", ""), {"Digits": digits, "msg": "Gather End"}
        if redirect is not None:
            time.sleep(
                self.pace * sum(int(pause.get("length", 1)) for pause in document.iter("Pause"))
            )
            return redirect.text or "", {}
        return None

    def _post(self, address: str, form: dict[str, str]) -> ET.Element:
        answer = self.provider.deliver(address, self._form({"CallStatus": "in-progress", **form}))
        assert answer.status == 200, answer
        self.bodies.append(answer.body)
        document = ET.fromstring(answer.body)
        self.said += _spoken(document)
        return document

    def _form(self, form: dict[str, str]) -> dict[str, str]:
        return {
            "CallSid": self.sid,
            "From": self.phone,
            "To": self.dialled,
            "Direction": "inbound",
            "CallerCity": "",
            **form,
        }


def fingers(heard: str) -> str:
    """What a caller keys after hearing this."""
    at, keys = max((heard.rfind(words), keys) for words, keys in FINGERS)
    assert at >= 0, f"nobody knows what to press after: {heard}"
    return keys


def _spoken(document: ET.Element) -> list[str]:
    return [re.sub(r"\s+", " ", "".join(say.itertext())) for say in document.iter("Say")]


def phones(first: int) -> Callable[[], str]:
    """Ever new Korean mobile numbers."""
    numbers = iter(range(first, first + 10_000_000))
    return lambda: f"+8210{next(numbers):08d}"
