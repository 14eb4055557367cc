"""The demo: play call scripts against the running service and show all that they caused."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from embedded.service import ROOT, Address

CALLS = Path(__file__).parent / "calls"


def play(address: Address, environment: Mapping[str, str]) -> bool:
    """Play every call of the demo in order; return whether all came out as written."""
    scripts = sorted(script.relative_to(ROOT) for script in CALLS.glob("*.yaml"))
    played = subprocess.run(
        [sys.executable, "-m", "app", "call", *scripts, "--simulator", address.simulator],
        env=dict(environment),
        cwd=ROOT,
        check=False,
    )
    _show_texts(address)
    is_heard = _show_events(address)
    return played.returncode == 0 and is_heard


def _show_texts(address: Address) -> None:
    click.secho("\nTexts the customer received", bold=True)
    for text in _get(f"{address.simulator}/simulator/texts")["texts"]:
        click.echo(f"  to {text['to']}  ({text['status']})")
        for line in text["body"].splitlines():
            click.echo(f"    {line}")


def _show_events(address: Address) -> bool:
    click.secho("\nEvents the merchant received", bold=True)
    events = _get(f"{address.simulator}/simulator/merchant/events")["events"]
    for event in events:
        mark = f"signature {event['signature']}"
        click.echo(f"  {event['type']}  {event['id']}  {mark}")
        click.echo(f"    {json.dumps(event['body']['data'], ensure_ascii=False)}")
    return bool(events) and all(event["signature"] == "valid" for event in events)


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())
