"""A text message on its way to a phone: what the provider makes of it and what the customer sees."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from phone_simulator.clock import rfc2822, utc_now
from phone_simulator.ids import new_sid

API_VERSION = "2010-04-01"
BODY_MAX = 1600
# Korean carriers put this before every text that a company sends; the receiver sees it.
CARRIER_MARK = "[Web발신]\n"
SMS_BYTES_MAX = 90
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("^{}\\[~]|€\f")
RANKS = {
    "queued": 0,
    "accepted": 0,
    "sending": 1,
    "sent": 2,
    "delivered": 3,
    "undelivered": 3,
    "failed": 3,
}
ERRORS = {30003: "Unreachable destination handset", 30008: "Unknown error"}


@dataclass
class Text:
    account_sid: str
    to: str
    from_: str
    body: str
    created_at: datetime
    status_callback: str = ""
    messaging_service_sid: str | None = None
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    error_code: int | None = None
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    # None: it never arrives.
    arrives_at: datetime | None = None
    copies: int = 1
    ids: frozenset[str] = frozenset()
    # Wall time, because the postal clock that made created_at may have been pushed ahead.
    seen_at: datetime = field(default_factory=utc_now)
    # What the customer received; redacting the provider's record does not take it off the phone.
    received_body: str = ""
    # What was reported to the product, in this order.
    receipts: list[str] = field(default_factory=list)

    def move_to(self, status: str, error_code: int | None, now: datetime) -> None:
        """Receipts may come in any order; the record itself never goes back."""
        if RANKS[status] >= RANKS[self.status]:
            self.status, self.error_code, self.updated_at = status, error_code, now
        if self.sent_at is None and RANKS[status] >= RANKS["sent"]:
            self.sent_at = now

    def has_arrived(self, now: datetime) -> bool:
        return self.arrives_at is not None and self.arrives_at <= now

    def as_resource(self) -> dict[str, Any]:
        """The provider's Message resource, counts as strings."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid, "api_version": API_VERSION, "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": rfc2822(self.sent_at) if self.sent_at else None,
            "date_updated": rfc2822(self.updated_at or self.created_at),
            "direction": "outbound-api", "error_code": self.error_code,
            "error_message": ERRORS.get(self.error_code) if self.error_code else None,
            "from": self.from_ or None, "messaging_service_sid": self.messaging_service_sid, "num_media": "0",
            "num_segments": str(segments(self.body)), "price": None, "price_unit": "USD", "sid": self.sid,
            "status": self.status, "subresource_uris": {"media": f"{uri}/Media.json"}, "to": self.to, "uri": f"{uri}.json",
        }  # fmt: skip

    def as_json(self, now: datetime) -> dict[str, Any]:
        """What the handset shows, and what QA wants to know about it."""
        size = len((CARRIER_MARK + self.received_body).encode("cp949", "replace"))
        return {
            "sid": self.sid, "to": self.to, "from": self.from_, "body": self.received_body,
            "preview": CARRIER_MARK + as_carried(self.received_body), "ids": sorted(self.ids), "status": self.status,
            "receipts": list(self.receipts), "error_code": self.error_code, "arrived": self.has_arrived(now), "copies": self.copies,
            "at": self.created_at.isoformat(), "bytes": size, "kind": "SMS" if size <= SMS_BYTES_MAX else "LMS",
            "segments": segments(self.received_body), "not_carried": not_carried(self.received_body),
        }  # fmt: skip


def segments(body: str) -> int:
    """Count segments: GSM-7 160/153, anything else UCS-2 70/67."""
    if all(sign in GSM7 or sign in GSM7_EXTENSION for sign in body):
        length, single, part = sum(2 if sign in GSM7_EXTENSION else 1 for sign in body), 160, 153
    else:
        length, single, part = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)


def not_carried(body: str) -> list[str]:
    """The characters Korean carriers cannot show; the codec's own 8-byte forms of rare syllables count as such."""
    return sorted({sign for sign in body if sign not in "\r\n" and not _is_carried(sign)})


def _is_carried(sign: str) -> bool:
    try:
        return len(sign.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def as_carried(body: str) -> str:
    bad = set(not_carried(body))
    return "".join("?" if sign in bad else sign for sign in body)
