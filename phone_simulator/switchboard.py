"""Everything a running simulator knows: numbers, calls, texts, the merchant's events and the faults switched on.

All of it lives in memory; `reset` starts afresh.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Event, RLock
from typing import Any

from phone_simulator.catalogue import Catalogue, read_catalogues
from phone_simulator.clock import PostalClock, rfc2822
from phone_simulator.ids import new_sid
from phone_simulator.line.call import API_VERSION, Call
from phone_simulator.line.courier import Courier
from phone_simulator.line.hand_caller import HandCaller
from phone_simulator.merchant import MerchantInbox
from phone_simulator.news import News
from phone_simulator.options import Behaviour, SimulatorOptions
from phone_simulator.phones import to_e164
from phone_simulator.postman import Postman, Receipt
from phone_simulator.texts import Text

# Old calls and texts are forgotten, so that a simulator that runs for weeks stays small.
TEXTS_KEPT_MAX = 2000
CALLS_KEPT_MAX = 300
# Documents are most of what a call leaves.
DOCUMENTS_OF_CALLS_MAX = 60
# Each open page is a stream, and each stream a thread.
STREAMS_MAX = 32
LATE_S = 30.0
HANDSET_OFF = 30003
TEXT_FAULTS = ("never", "late", "twice", "receipts")
# Test phones whose texts have a fate of their own.
FATED_PHONES = {"+821000000404": "never", "+821000000408": "late"}
PROVIDER_FAULTS = ("400", "429", "500", "silent", "lost")


@dataclass
class TextFault:
    kind: str
    to: str = ""
    times: int = 1
    receipts: tuple[str, ...] = ()


@dataclass
class ProviderFault:
    """The provider's REST face misbehaves: an error status, no answer at all, or an answer that is lost."""

    mode: str
    times: int = 1
    resource: str = "Messages"


@dataclass
class Number:
    phone_number: str
    settings: dict[str, str]
    created_at: datetime
    sid: str = field(default_factory=lambda: new_sid("PN"))
    updated_at: datetime | None = None

    def as_resource(self, account_sid: str) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{self.sid}"
        updated = self.updated_at or self.created_at
        return {
            "sid": self.sid, "account_sid": account_sid, "phone_number": self.phone_number, "api_version": API_VERSION,
            "address_requirements": "none", "beta": False, "origin": "twilio", "status": "in-use", "type": "local",
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "date_created": rfc2822(self.created_at), "date_updated": rfc2822(updated),
            "emergency_status": "Inactive", "emergency_address_sid": None, "emergency_address_status": "unregistered",
            "voice_caller_id_lookup": False, "voice_receive_mode": "voice", "uri": f"{uri}.json",
            "subresource_uris": {"assigned_add_ons": f"{uri}/AssignedAddOns.json"},
            **NUMBER_SETTINGS, **self.settings,
        }  # fmt: skip


NUMBER_SETTINGS: dict[str, str | None] = {
    "friendly_name": "", "voice_url": "", "voice_method": "POST", "voice_fallback_url": "",
    "voice_fallback_method": "POST", "status_callback": "", "status_callback_method": "POST",
    "voice_application_sid": None, "trunk_sid": None, "sms_url": "", "sms_method": "POST", "sms_fallback_url": "",
    "sms_fallback_method": "POST", "sms_application_sid": "", "address_sid": None, "identity_sid": None, "bundle_sid": None,
}  # fmt: skip


class Switchboard:
    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.catalogue: Catalogue = read_catalogues(options.catalogues)
        self.clock = PostalClock()
        self.lock = RLock()
        self.postman = Postman(self.clock, Courier(options.auth_token))
        self.postman.on_change = lambda sid: self.news.tell("text", sid)
        self.news = News()
        self.streams = BoundedSemaphore(STREAMS_MAX)
        self.reset()

    def reset(self) -> None:
        with self.lock:
            for call in getattr(self, "calls", {}).values():
                call.stop.set()
            getattr(self, "awake", Event()).set()
            self.numbers: dict[str, Number] = {}
            self.calls: dict[str, Call] = {}
            # The people at handsets, by the sid of their call.
            self.hands: dict[str, HandCaller] = {}
            self.texts: dict[str, Text] = {}
            self.text_faults: list[TextFault] = []
            self.provider_faults: list[ProviderFault] = []
            # What the page asked the product for, by the id of what was made; without any card.
            self.asked_for: dict[str, dict[str, Any]] = {}
            # When the product's clock was moved from here, on the wall's clock, and by how much.
            self.clock_moves: list[tuple[datetime, str]] = []
            self.merchant = MerchantInbox(on_change=lambda token: self.news.tell("event", token))
            # Set to let go of every client that is kept waiting without an answer.
            self.awake = Event()
            for number in self.options.numbers:
                self.add_number(to_e164(number), {})
            self.news.restart()

    # Numbers

    def add_number(self, phone_number: str, settings: dict[str, str]) -> Number:
        defaults = {
            "friendly_name": phone_number,
            "voice_url": self.options.voice_url or "",
            "voice_fallback_url": self.options.fallback_url or "",
            "status_callback": self.options.status_url or "",
        }
        number = Number(phone_number, {**defaults, **settings}, self.clock.now())
        with self.lock:
            self.numbers[number.sid] = number
        return number

    def number_called(self, phone_number: str) -> Number | None:
        with self.lock:
            return next((n for n in self.numbers.values() if n.phone_number == phone_number), None)

    # Calls

    def new_call(self, from_: str, to: str, made_by: str = "hand") -> Call:
        """Begin a call; a number that is not ours goes to the default voice address, if there is one."""
        number = self.number_called(to)
        settings = {**NUMBER_SETTINGS, **(number.settings if number else self._default_settings())}
        # An application or trunk on the number makes the provider ignore its voice addresses.
        ignored = bool(settings["voice_application_sid"] or settings["trunk_sid"])
        call = Call(
            self.options.account_sid, from_, to,
            voice_url="" if ignored else settings["voice_url"] or "", voice_method=settings["voice_method"] or "POST",
            fallback_url="" if ignored else settings["voice_fallback_url"] or "",
            fallback_method=settings["voice_fallback_method"] or "POST",
            status_url=settings["status_callback"] or "", status_method=settings["status_callback_method"] or "POST",
            number_sid=number.sid if number else None, made_by=made_by,
        )  # fmt: skip
        call.on_change = lambda sid: self.news.tell("call", sid)
        call.recording.test_cards = self.options.hints.test_cards
        with self.lock:
            self.calls[call.sid] = call
            self._forget_old_calls()
        self.news.tell("call", call.sid)
        return call

    def _forget_old_calls(self) -> None:
        over = [sid for sid, call in self.calls.items() if call.is_over]
        for sid in over[: max(0, len(self.calls) - CALLS_KEPT_MAX)]:
            del self.calls[sid]
            self.hands.pop(sid, None)
        for call in list(self.calls.values())[:-DOCUMENTS_OF_CALLS_MAX]:
            if call.is_over:
                call.forget_documents()

    def _default_settings(self) -> dict[str, str]:
        options = self.options
        return {
            "voice_url": options.voice_url or "",
            "voice_fallback_url": options.fallback_url or "",
            "status_callback": options.status_url or "",
        }

    def courier_for(self, behaviour: Behaviour) -> Courier:
        return Courier(self.options.auth_token, behaviour.signature, behaviour.request_budget_s)

    # Texts

    def accept_text(self, text: Text) -> None:
        """Take a text for delivery and decide its fate."""
        fault = self._text_fault(text.to)
        now = self.clock.now()
        text.received_body = text.body
        text.ids = self.catalogue.name(text.body).best
        text.arrives_at = {"never": None, "late": now + timedelta(seconds=LATE_S)}.get(
            fault.kind, now
        )
        text.copies = 2 if fault.kind == "twice" else 1
        with self.merchant.changed:
            with self.lock:
                self.texts[text.sid] = text
                while len(self.texts) > TEXTS_KEPT_MAX:
                    del self.texts[next(iter(self.texts))]
            self.merchant.changed.notify_all()
        self.news.tell("text", text.sid)
        self.postman.bring(text, _receipts(fault))

    def _text_fault(self, to: str) -> TextFault:
        with self.lock:
            for fault in self.text_faults:
                if fault.to in ("", to):
                    fault.times -= 1
                    self.text_faults = [left for left in self.text_faults if left.times > 0]
                    return fault
        return TextFault(FATED_PHONES.get(to, ""))

    def texts_to(self, to: str | None) -> list[Text]:
        """Newest first."""
        with self.lock:
            return [text for text in reversed(self.texts.values()) if to in (None, text.to)]

    def provider_fault(self, resource: str) -> str | None:
        """Which fault the provider's face shows for this request, used up one request at a time."""
        with self.lock:
            for fault in self.provider_faults:
                if fault.resource == resource:
                    fault.times -= 1
                    self.provider_faults = [left for left in self.provider_faults if left.times > 0]
                    return fault.mode
        return None

    def wait_until(self, is_true: Callable[[], bool], seconds: float) -> bool:
        """Wait in real time for a text or an event to come in."""
        with self.merchant.changed:
            return self.merchant.changed.wait_for(is_true, seconds)


def _receipts(fault: TextFault) -> list[Receipt]:
    match fault.kind:
        case "never":
            return [Receipt("sent"), Receipt("undelivered", error_code=HANDSET_OFF)]
        case "late":
            return [Receipt("sent"), Receipt("delivered", after_s=LATE_S)]
        case "twice":
            return [Receipt("sent"), Receipt("delivered"), Receipt("delivered")]
        case "receipts":
            return [Receipt(status) for status in fault.receipts]
    return [Receipt("sent"), Receipt("delivered")]
