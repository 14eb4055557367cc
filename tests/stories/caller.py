"""A customer on the telephone: dials, hears, presses, waits, hangs up. Speaks TwiML only."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from tests.stories.service import CUSTOMER, Service

HOLDS_MAX = 200


@dataclass
class Caller:
    """One telephone call. Every verb returns the caller, so that a story reads in one line."""

    service: Service
    phone: str = CUSTOMER
    sid: str = ""
    dialled: str = ""
    said: list[str] = field(default_factory=list)
    answer: bytes = b""
    _document: ET.Element = field(default_factory=lambda: ET.Element("Response"))

    def dials(self, number: str) -> Caller:
        """Call a number from this phone."""
        self.sid, self.dialled = self.service.new_call_sid(), number
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
            gather = self._document.find("Gather")
            assert gather is not None, f"no question is open: {self.spoken()}"
            finish = gather.get("finishOnKey", "#")
            ended_by = finish if finish and keys.endswith(finish) else ""
            digits = keys.removesuffix(ended_by) if ended_by else keys
            most = int(gather.get("numDigits", "99"))
            assert len(digits) <= most, f"{keys} is longer than the question takes"
            form = {"FinishedOnKey": ended_by, "msg": "Gather End"}
            if digits:
                form["Digits"] = digits
            self._post(gather.get("action", ""), form)
        return self

    def stays_silent(self, times: int = 1) -> Caller:
        """Press nothing until the question gives up waiting."""
        for _ in range(times):
            self.presses("")
        return self

    def waits(self) -> Caller:
        """Be on hold for one look."""
        redirect = self._document.find("Redirect")
        assert redirect is not None, f"not on hold: {self.spoken()}"
        return self._post(redirect.text or "", {})

    def holds(self) -> Caller:
        """Let the worker do its work, and wait until somebody speaks of something else."""
        self.service.works()
        for _ in range(HOLDS_MAX):
            if self._document.find("Redirect") is None:
                return self
            self.waits()
        raise AssertionError("still on hold")

    def hangs_up(self) -> Caller:
        """End the call from this side."""
        form = {"CallSid": self.sid, "CallStatus": "completed", "CallDuration": "60"}
        assert self.service.webhook("/twilio/call-status", form).status_code == 204
        return self

    def again(self) -> bytes:
        """Have the newest webhook delivered once more; return the answer's bytes."""
        return bytes(self.service.webhook(*self._last).data)

    @property
    def hung_up(self) -> bool:
        """Whether the call was ended by us."""
        return self._document.find("Hangup") is not None

    def spoken(self) -> list[str]:
        """What the newest document says, sentence by sentence."""
        return [re.sub(r"\s+", " ", "".join(say.itertext())) for say in self._document.iter("Say")]

    def _post(self, path: str, form: dict[str, str]) -> Caller:
        complete = {
            "CallSid": self.sid,
            "From": self.phone,
            "To": self.dialled,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "CallerCity": "",
            **form,
        }
        self._last = (path, complete)
        answer = self.service.webhook(path, complete)
        assert answer.status_code == 200, answer.data
        self.answer = answer.data
        self._document = ET.fromstring(answer.data)
        self.said += self.spoken()
        return self
