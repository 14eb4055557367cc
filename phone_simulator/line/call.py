"""A call and everything that happened on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any

from phone_simulator.clock import rfc2822, utc_now
from phone_simulator.ids import new_sid
from phone_simulator.line.doing import Doing
from phone_simulator.line.exchange import Exchange
from phone_simulator.line.recording import Recording
from phone_simulator.twiml.problems import Problem

API_VERSION = "2010-04-01"
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")


@dataclass
class Entry:
    """One line of a call's timeline; `seen_at` is wall time, so that texts can be put between calls' lines."""

    at: float
    kind: str
    details: dict[str, Any]
    seen_at: datetime

    def as_json(self) -> dict[str, Any]:
        return {"at": round(self.at, 2), "kind": self.kind, **self.details}


@dataclass
class Call:
    account_sid: str
    from_: str
    to: str
    voice_url: str = ""
    voice_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"
    number_sid: str | None = None
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "ringing"
    created_at: datetime = field(default_factory=utc_now)
    answered_at: float | None = None
    ended_at: float | None = None
    ended_by: str | None = None
    fallback_used: bool = False
    entries: list[Entry] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    gathers: dict[str, set[str]] = field(default_factory=dict)
    keys_dropped: int = 0
    # Who calls: a person at a handset, or the script of this name.
    made_by: str = "hand"
    # How many seconds of speech pass in one real second.
    pace: float = 1.0
    doing: Doing = field(default_factory=lambda: Doing("ringing"))
    recording: Recording = field(default_factory=Recording, repr=False)
    # Told after every change.
    on_change: Callable[[str], None] = field(default=lambda _: None, repr=False)
    # Set from outside (REST, control API) to end the call.
    stop: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def note(self, at: float, kind: str, **details: Any) -> Entry:
        entry = Entry(at, kind, details, utc_now())
        with self._lock:
            self.entries.append(entry)
        self.on_change(self.sid)
        return entry

    def does(self, doing: Doing) -> None:
        """Say what is happening on the line now."""
        self.doing = doing
        self.on_change(self.sid)

    def record(self, exchange: Exchange, at: float) -> None:
        """Keep a webhook; the product's answer is filled in when it is there."""
        exchange.at, exchange.entries_before = at, len(self.entries)
        self.exchanges.append(exchange)
        self.on_change(self.sid)

    def report(self, at: float, problem: Problem) -> None:
        with self._lock:
            self.problems.append(problem)
        self.note(
            at, "problem", code=problem.code, message=str(problem), failure=problem.is_failure
        )

    def forget_keys(self) -> None:
        for exchange in self.exchanges:
            exchange.forget_keys()

    def forget_documents(self) -> None:
        for exchange in self.exchanges:
            exchange.forget_document()

    @property
    def is_over(self) -> bool:
        return self.status in ENDED

    @property
    def duration_s(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round(self.ended_at - self.answered_at))

    def moment(self, at: float) -> datetime:
        return self.created_at + timedelta(seconds=at)

    def as_json(self) -> dict[str, Any]:
        """The simulator's own view, with the timeline."""
        return {
            "sid": self.sid, "from": self.from_, "to": self.to, "status": self.status, "ended_by": self.ended_by,
            "seconds": None if self.ended_at is None else round(self.ended_at, 2),
            "timeline": [entry.as_json() for entry in list(self.entries)],
            "webhooks": [exchange.as_json() for exchange in list(self.exchanges)],
            "problems": [str(problem) for problem in self.problems],
            "heard": sorted(self.heard),
            "gathers": {name: sorted(paths) for name, paths in self.gathers.items()},
            "keys_dropped": self.keys_dropped,
        }  # fmt: skip

    def as_resource(self) -> dict[str, Any]:
        """The provider's Call resource."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        ended = None if self.ended_at is None else rfc2822(self.moment(self.ended_at))
        return {
            "account_sid": self.account_sid, "annotation": None, "answered_by": None, "api_version": API_VERSION,
            "caller_name": None, "date_created": rfc2822(self.created_at), "date_updated": ended or rfc2822(self.created_at),
            "direction": "inbound", "duration": None if ended is None else str(self.duration_s), "end_time": ended,
            "forwarded_from": None, "from": self.from_, "from_formatted": self.from_, "group_sid": None,
            "parent_call_sid": None, "phone_number_sid": self.number_sid, "price": None, "price_unit": "USD",
            "queue_time": "0", "sid": self.sid, "start_time": rfc2822(self.created_at), "status": self.status,
            "subresource_uris": {name: f"{uri}/{name.title()}.json" for name in ("notifications", "recordings", "payments")},
            "to": self.to, "to_formatted": self.to, "trunk_sid": None, "uri": f"{uri}.json",
        }  # fmt: skip
