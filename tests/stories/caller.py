"""A customer on the telephone: dials, hears, presses, waits, hangs up. Speaks TwiML only."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.ivr.twiml_rules import faults
from tests.stories.service import CUSTOMER, Service

HOLDS_MAX = 200
GOOD_CARD = "9999000000000004"


@dataclass(frozen=True)
class Delivery:
    """One webhook of a call, and the bytes that answered it."""

    path: str
    form: Mapping[str, str]
    answer: bytes


@dataclass
class Caller:
    """One telephone call. Every verb returns the caller, so that a story reads in one line."""

    service: Service
    phone: str = CUSTOMER
    sid: str = ""
    dialled: str = ""
    said: list[str] = field(default_factory=list)
    answer: bytes = b""
    deliveries: list[Delivery] = field(default_factory=list)
    _document: ET.Element = field(default_factory=lambda: ET.Element("Response"))

    def dials(self, number: str) -> Caller:
        """Call a number from this phone."""
        self.sid, self.dialled = self.service.new_call_sid(), number
        self.service.clock.advance(seconds=1)
        return self._post("/twilio/voice", {"CallStatus": "ringing"})

    def hears(self, *pieces: str) -> Caller:
        """Check that the newest document says all of these."""
        spoken = " ".join(self.spoken())
        for piece in pieces:
            assert piece in spoken, f"expected {piece!r}, heard: {spoken}"
        return self

    def does_not_hear(self, *pieces: str) -> Caller:
        spoken = " ".join(self.spoken())
        for piece in pieces:
            assert piece not in spoken, f"heard {piece!r} in: {spoken}"
        return self

    def presses(self, *entries: str) -> Caller:
        """Key these, one question after another."""
        for keys in entries:
            gather = self._question()
            finish = gather.get("finishOnKey", "#")
            ended_by = finish if finish and keys.endswith(finish) else ""
            digits = keys.removesuffix(ended_by) if ended_by else keys
            most = int(gather.get("numDigits", "99"))
            assert len(digits) <= most, f"{keys} is longer than the question takes"
            form = {"FinishedOnKey": ended_by}
            if digits:
                form["Digits"] = digits
            self.delivers(form)
        return self

    def delivers(self, form: Mapping[str, str]) -> Caller:
        """Have the open question end in exactly these parameters, however odd."""
        self.service.clock.advance(seconds=1)
        return self._post(self._question().get("action", ""), {"msg": "Gather End", **form})

    def gives_card(
        self,
        number: str = GOOD_CARD,
        expiry: str = "0829",
        holder: str = "900101",
        password: str = "12",
    ) -> Caller:
        """Key a whole card, and say yes to it when it is read back."""
        return self.presses(number, expiry, "1", holder, password)

    def stays_silent(self, times: int = 1) -> Caller:
        """Press nothing until the question gives up waiting."""
        for _ in range(times):
            self.presses("")
        return self

    def waits(self, times: int = 1) -> Caller:
        """Be on hold for one look, or several; the time of the pauses passes."""
        for _ in range(times):
            redirect = self._document.find("Redirect")
            assert redirect is not None, f"not on hold: {self.spoken()}"
            pauses = (int(pause.get("length", "1")) for pause in self._document.iter("Pause"))
            self.service.clock.advance(seconds=sum(pauses))
            self._post(redirect.text or "", {})
        return self

    def holds(self) -> Caller:
        """Let the worker do its work, and wait until somebody speaks of something else."""
        self.service.works()
        return self.holds_in_vain()

    def holds_in_vain(self) -> Caller:
        """Wait until somebody speaks of something else, while the worker does nothing."""
        for _ in range(HOLDS_MAX):
            if not self.is_on_hold:
                return self
            self.waits()
        raise AssertionError("still on hold")

    def hangs_up(self) -> Caller:
        """End the call from this side."""
        form = {"CallSid": self.sid, "CallStatus": "completed", "CallDuration": "60"}
        assert self.service.webhook("/twilio/call-status", form).status_code == 204
        return self

    def again(self, *, last: int = 1) -> bytes:
        """Have a webhook delivered once more, the newest unless told; return the answer's bytes."""
        delivery = self.deliveries[-last]
        return bytes(self.service.webhook(delivery.path, delivery.form).data)

    def comes_back_from_the_transfer(self, status: str, **seconds: float) -> Caller:
        """Have the transfer end like this after so long, and hear what comes then."""
        dial = self._document.find("Dial")
        assert dial is not None, f"not connected: {self.spoken()}"
        self.service.clock.advance(**seconds or {"seconds": 20})
        return self._post(dial.get("action", ""), {"DialCallStatus": status} if status else {})

    @property
    def hung_up(self) -> bool:
        """Whether the call was ended by us."""
        return self._document.find("Hangup") is not None

    @property
    def is_on_hold(self) -> bool:
        return self._document.find("Redirect") is not None

    @property
    def connected_to(self) -> str | None:
        """The number of the person the caller is connected to."""
        return self._document.findtext("Dial")

    @property
    def pace(self) -> str | None:
        """How slowly the newest sentence was said, where it was said slowly."""
        prosody = next(self._document.iter("prosody"), None)
        return None if prosody is None else prosody.get("rate")

    def question(self, attribute: str) -> str:
        """An attribute of the open question."""
        return self._question().get(attribute, "")

    def spoken(self) -> list[str]:
        """What the newest document says, sentence by sentence."""
        return [re.sub(r"\s+", " ", "".join(say.itertext())) for say in self._document.iter("Say")]

    def lets_in(self) -> list[str]:
        """The sentences of the newest document that may be interrupted by a key."""
        return ["".join(say.itertext()) for say in self._question().iter("Say")]

    def _question(self) -> ET.Element:
        gather = self._document.find("Gather")
        assert gather is not None, f"no question is open: {self.spoken()}"
        return gather

    def _post(self, path: str, form: Mapping[str, str]) -> Caller:
        complete = {
            "CallSid": self.sid,
            "From": self.phone,
            "To": self.dialled,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "CallerCity": "",
            **form,
        }
        answer = self._delivered(path, complete)
        assert answer.status_code == 200, answer.data
        assert answer.content_type == "text/xml; charset=utf-8"
        assert faults(answer.data) == []
        self.answer = answer.data
        self.deliveries.append(Delivery(path, complete, answer.data))
        self._document = ET.fromstring(answer.data)
        self.said += self.spoken()
        return self

    def _delivered(self, path: str, form: Mapping[str, str]) -> Any:
        return self.service.webhook(path, form)
