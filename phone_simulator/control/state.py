"""What a simulator shows of itself and what can be switched: texts, numbers, events, faults, prompts, reset."""

from typing import Any

from flask import Blueprint, abort, request

from phone_simulator.catalogue import group_of
from phone_simulator.control.guard import keep_strangers_out
from phone_simulator.phones import to_e164
from phone_simulator.rest.answers import switchboard
from phone_simulator.switchboard import PROVIDER_FAULTS, TEXT_FAULTS, ProviderFault, TextFault

blueprint = Blueprint("control_state", __name__, url_prefix="/simulator")


@blueprint.before_request
def guard() -> None:
    # The merchant's receiver is open: the product may run on another machine, and it only takes notes.
    if request.path != "/simulator/merchant/webhooks":
        keep_strangers_out()


@blueprint.get("/health")
def health() -> dict[str, Any]:
    board = switchboard()
    return {
        "ok": True,
        "numbers": len(board.numbers),
        "calls": len(board.calls),
        "texts": len(board.texts),
    }


@blueprint.get("/texts")
def texts() -> dict[str, Any]:
    """Newest first; only those that have arrived, unless `all=1`."""
    board, to = switchboard(), request.args.get("to")
    now = board.clock.now()
    wanted = [
        text
        for text in board.texts_to(to_e164(to) if to else None)
        if _is_shown(text.has_arrived(now))
    ]
    return {"texts": [text.as_json(now) for text in wanted]}


def _is_shown(arrived: bool) -> bool:
    return arrived or request.args.get("all") == "1"


@blueprint.get("/numbers")
def numbers() -> dict[str, Any]:
    board = switchboard()
    return {
        "numbers": [
            number.as_resource(board.options.account_sid) for number in board.numbers.values()
        ]
    }


@blueprint.get("/prompts")
def prompts() -> dict[str, Any]:
    return {
        "prompts": [{"id": name, "group": group_of(name)} for name in switchboard().catalogue.ids]
    }


@blueprint.post("/clock")
def clock() -> dict[str, Any]:
    """Push the postal clock, so that late texts arrive now."""
    seconds = (request.get_json(silent=True) or {}).get("advance")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or seconds < 0:
        abort(422, "advance: seconds are wanted")
    switchboard().clock.skip(float(seconds))
    return {"now": switchboard().clock.now().isoformat()}


@blueprint.post("/reset")
def reset() -> tuple[str, int]:
    switchboard().reset()
    return "", 204


@blueprint.post("/faults")
def faults() -> tuple[str, int]:
    """`{"provider": "429", "times": 2}`, `{"text": "never", "to": "010…"}` or `{"merchant": 500}`."""
    wish, board = request.get_json(silent=True) or {}, switchboard()
    times = wish.get("times", 1)
    if "provider" in wish and str(wish["provider"]) in PROVIDER_FAULTS:
        board.provider_faults.append(
            ProviderFault(str(wish["provider"]), times, wish.get("resource", "Messages"))
        )
    elif wish.get("text") in TEXT_FAULTS:
        receipts = tuple(wish.get("receipts", ()))
        board.text_faults.append(
            TextFault(wish["text"], to_e164(wish.get("to", "")), times, receipts)
        )
    elif isinstance(wish.get("merchant"), int):
        board.merchant.refusals += [wish["merchant"]] * times
    else:
        abort(422, "a fault names provider, text or merchant")
    return "", 204


@blueprint.delete("/faults")
def no_faults() -> tuple[str, int]:
    board = switchboard()
    with board.lock:
        board.provider_faults, board.text_faults = [], []
        board.merchant.refusals.clear()
    return "", 204


@blueprint.post("/merchant/webhooks")
def merchant_webhook() -> tuple[str, int]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return "", switchboard().merchant.receive(headers, request.get_data())


@blueprint.put("/merchant/webhook-secret")
def merchant_secret() -> tuple[str, int]:
    """`{"secret": "whsec_…"}`, or `{"secrets": […]}` where several endpoints send here."""
    body = request.get_json(silent=True) or {}
    secrets = body.get("secrets", [body["secret"]] if "secret" in body else None)
    if not isinstance(secrets, list) or not all(isinstance(secret, str) for secret in secrets):
        abort(422, "secret: a text is wanted")
    switchboard().merchant.secrets[:] = secrets
    return "", 204


@blueprint.get("/merchant/events")
def merchant_events() -> dict[str, Any]:
    kind = request.args.get("type")
    events = [
        event for event in list(switchboard().merchant.events) if kind in (None, "", event.type)
    ]
    return {"events": [event.as_json() for event in events]}
