"""What `make run` says: where everything is, and commands that work as they stand, in any order and more than once."""

from __future__ import annotations

import secrets
from pathlib import Path

from embedded.service import Address


def welcome(address: Address, key: str, var: Path) -> str:
    """The text; its request has an order id of its own, because data outlives the service."""
    order = secrets.token_hex(3)
    return f"""
ARS autopay is running.

  Handset                 {address.simulator}
                          Open it, press Register, and tap the number in the text that comes.

  API and documentation   {address.web}/docs
  Demo key                {key}
  Logs                    {var}/logs

From a terminal: ask a customer to register a card; the text comes to the phone in the handset.

  curl -s {address.web}/v1/registrations \\
    -H 'Authorization: Bearer {key}' \\
    -H 'Idempotency-Key: first-try-{order}' -H 'Content-Type: application/json' \\
    -d '{{"order_id": "R-{order}", "channel": "ars", "item": "LPG 요금",
         "customer": {{"ref": "cust-1", "name": "홍길동", "phone": "010-0000-0001"}},
         "terms": {{"consent": "each_charge"}}}}'

Or let a script be merchant and customer, with a new phone each time: a registration and two charges.

  .venv/bin/ars call embedded/calls/demo.yaml --simulator {address.simulator}

Test cards: 9999 0000 0000 0004 registers, 9999 0055 0000 0008 has a wrong password;
birth date 900101, password digits 12, any expiry to come. Ctrl-C stops everything.
"""
