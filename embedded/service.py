"""The whole service on one machine, ready to use: keys, schema, demo merchants, numbers, parts."""

from __future__ import annotations

import json
import os
import shlex
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.processes import ProcessTree, run_once

MERCHANTS = (
    ("(주)한빛LPG", "한빛엘피지", "031-123-4567"),
    ("바른수학학원", "바른수학학원", "02-555-0101"),
    ("건강나무", "건강나무", "1588-0000"),
)
# With pairs resting for seven days, fifty numbers let one test phone register fifty times a week.
NUMBERS = tuple(f"+8270700000{number:02d}" for number in range(1, 51))
CATALOGUES = ("ivr/locale/en.po", "sms/locale/en.po")
ROOT = Path(__file__).resolve().parent.parent
HINTS = Path(__file__).with_name("hints.yaml")
CLOCK = shlex.join([sys.executable, "-m", "app", "clock", "advance"])


@dataclass(frozen=True)
class Address:
    """Where the parts of the service are."""

    web_port: int
    simulator_port: int

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def simulator(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"


def environment_of(var: Path, address: Address) -> dict[str, str]:
    """The settings under which every part runs. What the caller has set already stands."""
    ours = {
        "ARS_VAR": str(var),
        "PUBLIC_BASE_URL": address.web,
        "TWILIO_API_BASE_URL": address.simulator,
        "ALLOW_PRIVATE_WEBHOOKS": "1",
        "PYTHONUNBUFFERED": "1",
        # With an arena for every thread the allocator keeps tens of megabytes that nobody uses.
        "MALLOC_ARENA_MAX": "2",
    }
    return {**os.environ, **ours}


def start(tree: ProcessTree, var: Path, address: Address) -> dict[str, str]:
    """Prepare and start everything; return the demo merchant with its key."""
    environment = tree.environment
    run_once(environment, "migrate")
    merchant = _demo_merchant(environment, var)
    voice, status = f"{address.web}/twilio/voice", f"{address.web}/twilio/call-status"
    tree.start(
        "simulator",
        [
            "phone_simulator",
            "simulator",
            *("--bind", f"127.0.0.1:{address.simulator_port}"),
            *("--numbers", ",".join(NUMBERS)),
            *("--voice-url", voice, "--status-url", status),
            *("--api-url", address.web, "--api-key", merchant["secret_key"]),
            *("--clock-command", CLOCK),
            *("--hints", str(HINTS)),
            *(word for path in CATALOGUES for word in ("--catalogue", str(ROOT / path))),
        ],
        ready_at=f"{address.simulator}/simulator/texts",
    )
    tree.start(
        "web",
        ["app", "web", "--bind", f"127.0.0.1:{address.web_port}"],
        ready_at=f"{address.web}/healthz",
    )
    tree.start("worker", ["app", "worker"])
    _listen_to_events(address, merchant["secret_key"])
    return merchant


def _demo_merchant(environment: Any, var: Path) -> dict[str, str]:
    """The first of the demo merchants; made once and remembered with its key, for demos only."""
    kept = var / "demo_merchant.json"
    if not kept.exists():
        run_once(environment, "numbers", "add", *NUMBERS)
        made = [
            run_once(
                environment,
                *("merchant", "create", "--json"),
                *("--name", name, "--spoken-name", spoken, "--phone", phone),
            )
            for name, spoken, phone in MERCHANTS
        ]
        kept.touch(mode=0o600)
        kept.write_text(made[0])
    remembered: dict[str, str] = json.loads(kept.read_text())
    return remembered


def _listen_to_events(address: Address, key: str) -> None:
    """Let the simulator play the merchant's server, with a fresh secret at every start."""
    target = f"{address.simulator}/simulator/merchant/webhooks"
    for endpoint in _api(address, key, "GET", "/v1/webhook_endpoints?limit=100")["data"]:
        if endpoint["url"].endswith("/simulator/merchant/webhooks"):
            _api(address, key, "DELETE", f"/v1/webhook_endpoints/{endpoint['id']}")
    made = _api(address, key, "POST", "/v1/webhook_endpoints", {"url": target, "events": ["*"]})
    _call(
        f"{address.simulator}/simulator/merchant/webhook-secret",
        "PUT",
        {"secret": made["secret"]},
        {},
    )


def _api(address: Address, key: str, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": os.urandom(12).hex()}
    return _call(address.web + path, method, body, headers)


def _call(url: str, method: str, body: Any, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={**headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None
