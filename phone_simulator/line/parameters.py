"""The parameters that stand in every voice webhook, blanks included."""

from typing import Literal

from phone_simulator.line.call import API_VERSION, Call
from phone_simulator.phones import country_of

PLACES = ("City", "State", "Zip", "Country")
Timing = Literal["first", "later"]


def standard_parameters(call: Call, timing: Timing = "later") -> dict[str, str]:
    found = {
        "AccountSid": call.account_sid, "ApiVersion": API_VERSION, "CallSid": call.sid, "CallStatus": call.status,
        "Direction": "inbound", "From": call.from_, "To": call.to, "Caller": call.from_, "Called": call.to,
    }  # fmt: skip
    for side, number in (
        ("From", call.from_),
        ("Caller", call.from_),
        ("To", call.to),
        ("Called", call.to),
    ):
        for place in PLACES:
            # Only the country is ever known for Korean numbers; the provider sends the rest blank.
            found[side + place] = country_of(number) if place == "Country" else ""
    if timing == "first":
        found["CallToken"] = f'{{"parentCallInfoToken":"{call.sid}"}}'
    return found


def ending_parameters(call: Call, timestamp: str) -> dict[str, str]:
    """What the number's StatusCallback gets after the call."""
    return {
        **standard_parameters(call),
        "CallDuration": str(call.duration_s),
        "Duration": str(-(-call.duration_s // 60)),
        "Timestamp": timestamp,
        "SequenceNumber": "0",
        "CallbackSource": "call-progress-events",
    }
