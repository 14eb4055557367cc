"""What the callers of one script share: the product's things they stand on, and names for them in the script."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from phone_simulator.clock import sleep_s
from phone_simulator.ids import new_mobile, new_suffix
from phone_simulator.phones import present, to_e164
from phone_simulator.scripts.lent_numbers import LentNumbers
from phone_simulator.switchboard import Switchboard
from phone_simulator.texts import Text
from phone_simulator.wire import Limits, NoReply, Reply, send

# How long a script waits in real time for the product's worker before it calls a text or event missing.
PATIENCE_S = 10.0
TOO_MANY, RETRY_AFTER_S = 429, 1.0
API_LIMITS = Limits(5.0, 30.0, 30.0)
PLACEHOLDER = re.compile(r"\{([a-z_]\w*(?:\.\w+)*)\}")
COLLECTIONS = {
    "registration": "/v1/registrations",
    "charge": "/v1/charges",
    "bill_key": "/v1/bill_keys",
}


class StageError(Exception):
    """The script cannot go on: something it stands on is not there."""


@dataclass(frozen=True)
class ApiAnswer:
    status: int
    body: Any


@dataclass
class Stage:
    """Names that a script may use in braces, and the product's public API."""

    board: Switchboard
    api_url: str | None = None
    api_key: str | None = None
    names: dict[str, Any] = field(default_factory=dict)
    began_at: datetime = field(init=False)
    lent: LentNumbers = field(init=False)
    # When the script last asked for something; older texts are about something else.
    asked_at: datetime | None = None
    patience_s: float = PATIENCE_S
    texts_seen: set[str] = field(default_factory=set)
    events_seen: int = 0

    def __post_init__(self) -> None:
        self.names.setdefault("run", new_suffix())
        self.names.setdefault("phone", new_mobile())
        self.began_at = self.board.clock.now()
        self.lent = LentNumbers(self.board, self.began_at, self._fetch)
        self.events_seen = len(self.board.merchant.events)

    # The product's API

    def ask_product(self, method: str, path: str, body: Any = None) -> ApiAnswer:
        if not self.api_url:
            raise StageError(
                "this script needs the product's API: start with --api-url and --api-key"
            )
        headers = {"Authorization": f"Bearer {self.api_key or ''}", "Accept": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = f"script-{new_suffix()}{new_suffix()}"
        raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if raw is not None:
            headers["Content-Type"] = "application/json"
        target = path if urlsplit(path).scheme else self.api_url.rstrip("/") + path
        reply = _ask(method, target, headers, raw)
        if reply.status == TOO_MANY:
            # Many scripts share one merchant's key and with it the merchant's limit.
            sleep_s(min(self.patience_s, _seconds(reply.header("Retry-After"))))
            reply = _ask(method, target, headers, raw)
        return ApiAnswer(reply.status, _json(reply.body))

    def create(self, name: str, body: dict[str, Any]) -> None:
        """Make a registration or charge and remember it under its name."""
        answer = self.ask_product("POST", COLLECTIONS[name], body)
        if answer.status not in (200, 201) or not isinstance(answer.body, dict):
            raise StageError(
                f"POST {COLLECTIONS[name]} answered {answer.status}: {_reason(answer.body)}"
            )
        self._remember(name, answer.body)

    def refresh(self, name: str) -> dict[str, Any]:
        """Ask the product how something it made for us stands now."""
        thing = self.names.get(name)
        if not isinstance(thing, dict) or "id" not in thing:
            raise StageError(f"the script has made no {name}")
        found = self._fetch(f"{COLLECTIONS[name]}/{thing['id']}")
        if found is None:
            return thing
        self._remember(name, found)
        return found

    def _fetch(self, path: str) -> dict[str, Any] | None:
        answer = self.ask_product("GET", path)
        return answer.body if answer.status == 200 and isinstance(answer.body, dict) else None

    def _remember(self, name: str, thing: dict[str, Any]) -> None:
        self.names[name] = thing
        self.lent.note(f"{COLLECTIONS[name]}/{thing.get('id')}", thing)

    # Names in braces

    def fill(self, value: Any, caller: str = "") -> Any:
        """Replace `{names}` in texts, lists and mappings."""
        if isinstance(value, str):
            whole = PLACEHOLDER.fullmatch(value)
            if whole:
                return self.look_up(whole.group(1), caller)
            return PLACEHOLDER.sub(lambda found: str(self.look_up(found.group(1), caller)), value)
        if isinstance(value, list):
            return [self.fill(item, caller) for item in value]
        if isinstance(value, dict):
            return {key: self.fill(item, caller) for key, item in value.items()}
        return value

    def look_up(self, dotted: str, caller: str) -> Any:
        name, *path = dotted.split(".")
        if name == "ars_number" and name not in self.names:
            return self.ars_number(caller)
        if name not in self.names:
            raise StageError(
                f"nothing is called {{{dotted}}}; known are {', '.join(sorted(self.names))}, ars_number"
            )
        found = _walk(self.names[name], path)
        if found is None and path and name in COLLECTIONS:
            found = _walk(self.refresh(name), path)
        return found["id"] if isinstance(found, dict) and "id" in found else found

    def ars_number(self, caller: str) -> str:
        """The number in the newest text about the script's request: to the customer, else to the caller."""
        inboxes = (
            [to_e164(str(self.names["customer"]["phone"]))] if "customer" in self.names else []
        )
        inboxes.append(present(caller).inbox)
        found: list[str] = []

        def is_there() -> bool:
            found[:] = [number for number in map(self._number_texted_to, inboxes) if number]
            return bool(found)

        if self.lent.wait_until(is_there, inboxes, self.patience_s):
            return found[0]
        # A phone whose texts never arrive can still be told the number by somebody.
        if self.lent.numbers:
            return self.lent.numbers[-1]
        raise StageError(
            f"no text with a number to call has come to {' or '.join(dict.fromkeys(inboxes))}"
        )

    def _number_texted_to(self, inbox: str) -> str | None:
        for text in self.arrived_texts(inbox):
            number = self.lent.number_in(text)
            if number and (self.asked_at is None or text.created_at >= self.asked_at):
                return number
        return None

    def arrived_texts(self, inbox: str) -> list[Text]:
        now = self.board.clock.now()
        return [text for text in self.board.texts_to(inbox) if text.has_arrived(now)]


def _ask(method: str, target: str, headers: dict[str, str], raw: bytes | None) -> Reply:
    try:
        return send(method, target, headers, raw, API_LIMITS)
    except NoReply as failure:
        raise StageError(f"{method} {target}: {failure}") from failure


def _seconds(written: str | None) -> float:
    return float(written) if written and written.isdigit() else RETRY_AFTER_S


def _walk(thing: Any, path: list[str]) -> Any:
    for part in path:
        thing = thing.get(part) if isinstance(thing, dict) else None
    return thing


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _reason(body: Any) -> str:
    """What a problem document says, in one line."""
    if not isinstance(body, dict):
        return "no problem document"
    faults = body.get("errors") or body.get("param") or ""
    return " ".join(
        str(part)
        for part in (body.get("code"), body.get("detail") or body.get("title"), faults)
        if part
    )
