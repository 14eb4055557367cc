"""`given:` of a call script: the registration or charge that has to exist before anybody calls."""

from typing import Any

from phone_simulator.scripts.stage import Stage, StageError

# What a request contains unless the script says otherwise; the keys are those of `given:`.
DEFAULTS: dict[str, Any] = {
    "name": "홍길동",
    "item": "LPG 요금",
    "consent": "each_charge",
    "expires_in": 86400,
}
DEFAULT_PHONE = "010-0000-0001"
KNOWN = frozenset(
    [
        "merchant",
        "customer",
        "name",
        "request",
        "item",
        "trust_phrase",
        "consent",
        "expires_in",
        "registration",
        "charge",
        "channel",
        "metadata",
    ]
)


def prepare(given: dict[str, Any] | None, stage: Stage) -> None:
    """Create what the script stands on, under order ids that no earlier run has used."""
    if given is None:
        return
    unknown = set(given) - KNOWN
    if unknown:
        raise StageError(
            f"given: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(KNOWN))}"
        )
    stage.asked_at = stage.board.clock.now()
    stage.names["customer"] = _customer(given, stage)
    wants_charge = "charge" in given or given.get("request") == "charge"
    if not wants_charge or "registration" in given or given.get("request") == "register":
        stage.create("registration", stage.fill(_registration(given, stage)))
    if wants_charge:
        stage.create("charge", stage.fill(_charge(given, stage)))


def _customer(given: dict[str, Any], stage: Stage) -> dict[str, Any]:
    named = given.get("customer", stage.names.get("customer", DEFAULT_PHONE))
    customer = named if isinstance(named, dict) else {"phone": str(named)}
    defaults = {
        "ref": f"cust-{stage.names['run']}",
        "name": given.get("name", DEFAULTS["name"]),
        "phone": DEFAULT_PHONE,
    }
    filled: dict[str, Any] = stage.fill({**defaults, **customer})
    return filled


def _registration(given: dict[str, Any], stage: Stage) -> dict[str, Any]:
    body: dict[str, Any] = {
        "order_id": f"R-{_order(stage)}",
        "channel": given.get("channel", "ars"),
        "customer": stage.names["customer"],
        "item": given.get("item", DEFAULTS["item"]),
        "terms": {"consent": given.get("consent", DEFAULTS["consent"])},
        "expires_in": given.get("expires_in", DEFAULTS["expires_in"]),
    }
    for name in ("trust_phrase", "metadata"):
        if name in given:
            body[name] = given[name]
    return merged(body, given.get("registration") or {})


def _charge(given: dict[str, Any], stage: Stage) -> dict[str, Any]:
    body = {"order_id": f"C-{_order(stage)}", "item": given.get("item", DEFAULTS["item"])}
    if "registration" in stage.names:
        body["bill_key"] = "{registration.bill_key}"
    return merged(body, given.get("charge") or {})


def _order(stage: Stage) -> str:
    """Unique per run and per request of the run, because a file may hold several calls."""
    count = stage.names["orders"] = stage.names.get("orders", 0) + 1
    return f"{stage.names['run']}-{count}"


def merged(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Lay a mapping over another, level by level."""
    result = dict(body)
    for name, value in changes.items():
        old = result.get(name)
        result[name] = (
            merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return result
