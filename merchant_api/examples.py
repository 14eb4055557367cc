"""The examples of the documentation, checked against what the API really takes and gives."""

from __future__ import annotations

from typing import Any

REGISTRATION_REQUEST: dict[str, Any] = {
    "order_id": "R-2026-0001",
    "channel": "ars",
    "customer": {"ref": "cust-77", "name": "홍길동", "phone": "010-1234-5678"},
    "item": "LPG 요금",
    "terms": {"consent": "each_charge", "amount": None, "billing_day": None},
    "trust_phrase": "고객번호 끝 네 자리 3512",
    "expires_in": 86400,
    "metadata": {"branch": "수원"},
}
CUSTOMER: dict[str, Any] = {"ref": "cust-77", "name": "홍길동", "phone": "+821012345678"}
REGISTRATION: dict[str, Any] = {
    "id": "reg_1JZQ8V3K0M4T7XW2B9C5DNEFG",
    "object": "registration",
    "livemode": False,
    "status": "awaiting_customer",
    "channel": "ars",
    "order_id": "R-2026-0001",
    "customer": CUSTOMER,
    "item": "LPG 요금",
    "terms": {"consent": "each_charge", "amount": None, "billing_day": None},
    "trust_phrase": "고객번호 끝 네 자리 3512",
    "virtual_number": "+827012345678",
    "link_url": None,
    "text": {"id": "sms_1JZQ8V3K0R5H6YD8Q2S4VA7MN", "status": "queued"},
    "bill_key": None,
    "failure": None,
    "metadata": {"branch": "수원"},
    "expires_at": "2026-11-24T05:20:00Z",
    "completed_at": None,
    "created_at": "2026-11-23T05:20:00Z",
}
BILL_KEY: dict[str, Any] = {
    "id": "bk_1JZQ9A1F2P6W8ZK3T5X7BHCDE",
    "object": "bill_key",
    "livemode": False,
    "status": "active",
    "customer": CUSTOMER,
    "registration": REGISTRATION["id"],
    "card": {
        "issuer": "신한",
        "issuer_code": "06",
        "last4": "0004",
        "type": "credit",
        "owner": "personal",
    },
    "replaced_by": None,
    "metadata": {"branch": "수원"},
    "created_at": "2026-11-23T05:24:10Z",
}
CHARGE_REQUEST: dict[str, Any] = {
    "bill_key": BILL_KEY["id"],
    "order_id": "2026-11-0001",
    "amount": 39000,
    "tax_free_amount": 0,
    "item": "11월 LPG 요금",
    "note": "11월 20일에 배달한 두 통의 요금입니다.",
    "consent": "ars",
    "installments": {"max_months": 6, "interest_free": [2, 3]},
    "expires_in": 86400,
    "metadata": {"branch": "수원"},
}
CHARGE: dict[str, Any] = {
    "id": "chg_1JZQ9K2M3N4P5Q6R7S8T9VWXY",
    "object": "charge",
    "livemode": False,
    "status": "approved",
    "bill_key": BILL_KEY["id"],
    "customer": CUSTOMER,
    "order_id": "2026-11-0001",
    "amount": 39000,
    "tax_free_amount": 0,
    "amount_refunded": 0,
    "item": "11월 LPG 요금",
    "note": "11월 20일에 배달한 두 통의 요금입니다.",
    "consent": "ars",
    "virtual_number": "+827012345678",
    "text": {"id": "sms_1JZQ9K2M3R8W1X5Y7Z9A2BCDE", "status": "delivered"},
    "installment": {"months": 0, "interest_free": False},
    "card": BILL_KEY["card"],
    "acquirer": {
        "name": "sandbox",
        "transaction_id": "sbx_1JZQ9M4C7",
        "approval_number": "30001234",
        "approved_at": "2026-11-23T05:31:02Z",
        "receipt_url": None,
    },
    "failure": None,
    "refusal_reason": None,
    "attempts": 1,
    "next_retry_at": None,
    "consent_record": "cns_1JZQ9M3B6T8V1W4X7Y9Z2ABCD",
    "metadata": {"branch": "수원"},
    "expires_at": "2026-11-24T05:28:00Z",
    "completed_at": "2026-11-23T05:31:02Z",
    "created_at": "2026-11-23T05:28:00Z",
}
REFUND_REQUEST: dict[str, Any] = {
    "amount": 9000,
    "tax_free_amount": 0,
    "reason": "한 통을 돌려받았습니다",
}
REFUND: dict[str, Any] = {
    "id": "rf_1JZQA0B1C2D3E4F5G6H7J8KMN",
    "object": "refund",
    "livemode": False,
    "status": "processing",
    "charge": CHARGE["id"],
    "amount": 9000,
    "tax_free_amount": 0,
    "reason": "한 통을 돌려받았습니다",
    "failure": None,
    "metadata": {},
    "completed_at": None,
    "created_at": "2026-11-23T06:00:00Z",
}
CONSENT_RECORD: dict[str, Any] = {
    "id": "cns_1JZQ91H7Y3J5M8NQ2R4TVWXYZ",
    "object": "consent_record",
    "livemode": False,
    "request": REGISTRATION["id"],
    "subject": "automatic_payment",
    "text": "한빛엘피지 LPG 요금을 앞으로 이 카드로 결제합니다. 동의하시면 1번을 눌러 주세요.",
    "text_version": "R03:5f0c2a",
    "language": "ko",
    "key_pressed": "1",
    "facts": {"merchant": "한빛엘피지", "item": "LPG 요금"},
    "call": {"sid": "CA0123456789abcdef", "from": "+821012345678", "to": "+827012345678"},
    "pressed_at": "2026-11-23T05:22:31Z",
    "chain": {"position": 1, "previous_hash": "0" * 64, "hash": "9b1d" + "0" * 60},
    "metadata": {},
    "created_at": "2026-11-23T05:22:31Z",
}
EVENT: dict[str, Any] = {
    "id": "evt_1JZQ9A1F2Q8C4GH6K0M2PRSTV",
    "object": "event",
    "livemode": False,
    "type": "registration.registered",
    "data": REGISTRATION
    | {
        "status": "registered",
        "bill_key": BILL_KEY["id"],
        "completed_at": "2026-11-23T05:24:10Z",
    },
    "metadata": {},
    "created_at": "2026-11-23T05:24:10Z",
}
WEBHOOK_ENDPOINT_REQUEST: dict[str, Any] = {
    "url": "https://shop.example.com/ars-events",
    "events": ["*"],
    "metadata": {},
}
WEBHOOK_ENDPOINT: dict[str, Any] = {
    "id": "whe_1JZQ80T5N1D3FG7J9K2MQRSTV",
    "object": "webhook_endpoint",
    "livemode": False,
    "url": "https://shop.example.com/ars-events",
    "events": ["*"],
    "status": "enabled",
    "metadata": {},
    "created_at": "2026-11-23T05:00:00Z",
}
