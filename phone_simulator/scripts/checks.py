"""The steps that look at what the product did besides speaking: texts, states, events, webhooks."""

from typing import Any

from phone_simulator.clock import monotonic_s, sleep_s
from phone_simulator.line.exchange import Exchange
from phone_simulator.masking import masked_keys
from phone_simulator.merchant import MerchantEvent
from phone_simulator.phones import present, to_e164
from phone_simulator.scripts.hearing import faults_in
from phone_simulator.scripts.script import Step
from phone_simulator.scripts.scripted_caller import ScriptedCaller
from phone_simulator.scripts.stage import Stage
from phone_simulator.scripts.steps import Failure
from phone_simulator.texts import Text

# Many scripts may be waiting at once for a product that limits its callers, so looks become rarer.
POLL_S, POLL_MAX_S = 0.05, 0.5
# What an expectation of absence waits: long enough for a worker to do the wrong thing.
ABSENCE_S = 0.5
SHOWN = 80


def expect_text(caller: ScriptedCaller, step: Step) -> None:
    """A text has come to the customer's phone; the clock of the post is pushed for one that is under way."""
    stage, inbox = caller.stage, inbox_of(caller, step)
    texts: list[Text] = []

    def has_come() -> bool:
        texts[:] = [text for text in _new_texts(stage, inbox) if _is_wanted(step, text)]
        return bool(texts)

    patience_s = ABSENCE_S if step.get("absent") else step.get("within", stage.patience_s)
    come = stage.lent.wait_until(has_come, [inbox], patience_s)
    if not step.get("absent"):
        _hurry_post(stage, texts, step)
    arrived = [text for text in texts if text.has_arrived(stage.board.clock.now())]
    if step.get("absent"):
        if arrived:
            raise Failure(f"{_wanted(step)} to {inbox} was not to come, but it did")
        return
    if not arrived:
        raise Failure(
            f"no {_wanted(step)} came to {inbox}; there was {_instead(step, come, _new_texts(stage, inbox))}"
        )
    _examine(step, arrived[0])
    stage.texts_seen.add(arrived[0].sid)


def inbox_of(caller: ScriptedCaller, step: Step) -> str:
    if step.get("to"):
        return to_e164(str(caller.stage.fill(step.get("to"), caller.script.caller)))
    customer = caller.stage.names.get("customer")
    return to_e164(str(customer["phone"])) if customer else present(caller.script.caller).inbox


def _new_texts(stage: Stage, inbox: str) -> list[Text]:
    """Oldest first, without those of other requests and those an earlier step has taken."""
    since = stage.began_at
    texts = [
        text
        for text in stage.board.texts_to(inbox)
        if text.created_at >= since and text.sid not in stage.texts_seen and stage.lent.is_own(text)
    ]
    return texts[::-1]


def _is_wanted(step: Step, text: Text) -> bool:
    """Of several texts of one kind, which may come in any order, the one with the words that are meant."""
    return _is_of_kind(step, text) and not faults_in(step, text.received_body)


def _is_of_kind(step: Step, text: Text) -> bool:
    kind = step.get("text")
    return kind is None or kind in text.ids or kind in text.received_body


def _hurry_post(stage: Stage, texts: list[Text], step: Step) -> None:
    """Let the rest of a late text's journey pass at once, if the step is ready to wait that long."""
    now = stage.board.clock.now()
    for text in texts[:1]:
        missing_s = (text.arrives_at - now).total_seconds() if text.arrives_at else 0.0
        if 0 < missing_s <= step.get("within", 0.0):
            stage.board.clock.skip(missing_s)


def _instead(step: Step, come: bool, texts: list[Text]) -> str:
    """What there was instead of the text that is meant."""
    if come:
        return "one on its way but not there"
    for text in texts:
        if step.get("text") and _is_of_kind(step, text):
            return f"“{text.received_body[:SHOWN]}”, which {' and '.join(faults_in(step, text.received_body))}"
    return _told(texts)


def _examine(step: Step, text: Text) -> None:
    faults = []
    if text.copies != step.get("copies", text.copies):
        faults.append(f"came {text.copies} times, not {step.get('copies')}")
    if step.get("status") and text.status != step.get("status"):
        faults.append(f"is {text.status}, not {step.get('status')}")
    if faults:
        raise Failure(f"the text “{text.received_body[:SHOWN]}” {' and '.join(faults)}")


def _wanted(step: Step) -> str:
    words = [f"“{step.get(name)}”" for name in ("contains", "matches") if step.get(name)]
    return " ".join(["text", str(step.get("text") or ""), *words]).strip()


def _told(texts: list[Text]) -> str:
    return (
        ", ".join(f"{'/'.join(sorted(t.ids)) or '?'} “{t.received_body[:40]}”" for t in texts[-3:])
        or "none"
    )


def expect_status(caller: ScriptedCaller, step: Step) -> None:
    name = step.get("of") or ("charge" if "charge" in caller.stage.names else "registration")
    deadline = monotonic_s() + step.get("within", caller.stage.patience_s)
    pause_s = POLL_S
    while (found := str(caller.stage.refresh(name).get("status"))) != step.get("status"):
        if monotonic_s() >= deadline:
            raise Failure(f"the {name} is {found}, not {step.get('status')}")
        sleep_s(pause_s)
        pause_s = min(2 * pause_s, POLL_MAX_S)


def expect_event(caller: ScriptedCaller, step: Step) -> None:
    """The merchant has been told; the event has to be about what this script made, if it made something."""
    stage, board = caller.stage, caller.stage.board
    found: list[MerchantEvent] = []

    def has_come() -> bool:
        found[:] = [
            event
            for event in board.merchant.events[stage.events_seen :]
            if _is_about(stage, step, event)
        ]
        return bool(found)

    patience_s = ABSENCE_S if step.get("absent") else step.get("within", stage.patience_s)
    came = board.wait_until(has_come, patience_s)
    if came and step.get("absent"):
        raise Failure(f"event {step.get('type')} was not to come, but it did")
    if not came and not step.get("absent"):
        seen = (
            ", ".join(event.type for event in board.merchant.events[stage.events_seen :]) or "none"
        )
        raise Failure(f"no event {step.get('type')} reached the merchant; there was {seen}")
    if came and found[0].signature != step.get("signature", found[0].signature):
        raise Failure(f"event {found[0].type}: its signature is {found[0].signature}")
    if came and found[0].signature == "invalid" and step.get("signature") is None:
        raise Failure(f"event {found[0].type}: its signature is wrong")


def _is_about(stage: Stage, step: Step, event: MerchantEvent) -> bool:
    thing = stage.names.get(step.get("of") or event.type.partition(".")[0])
    data = event.body.get("data")
    about = data if isinstance(data, dict) else {}
    if event.type != step.get("type"):
        return False
    if isinstance(thing, dict) and "id" in thing and about.get("id") != thing["id"]:
        return False
    return all(
        _at(about, path) == stage.fill(value) for path, value in step.get("data", {}).items()
    )


def _at(thing: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        thing = thing.get(part) if isinstance(thing, dict) else None
    return thing


def expect_webhook(caller: ScriptedCaller, step: Step) -> None:
    """Look at the newest webhook the product got (of a purpose: voice, action, redirect, fallback, status)."""
    purpose = step.get("purpose")
    sent = [
        e for e in (caller.call.exchanges if caller.call else []) if purpose in (None, e.purpose)
    ]
    if not sent:
        raise Failure(f"no webhook{f' for {purpose}' if purpose else ''} has been sent")
    latest = sent[-1]
    faults = [
        f"{name} is {_shown(latest, name)!r}"
        for name, value in step.get("parameters", {}).items()
        if latest.parameters.get(name) != str(caller.stage.fill(value, caller.script.caller))
    ]
    faults += [f"{name} is present" for name in step.get("absent", []) if name in latest.parameters]
    if step.get("status") is not None and latest.status != step.get("status"):
        faults.append(f"the answer was {latest.status}")
    if faults:
        raise Failure(f"webhook for {latest.purpose}: {', '.join(faults)}")


def _shown(exchange: Exchange, name: str) -> str:
    value = exchange.parameters.get(name)
    if value is None:
        return "absent"
    return masked_keys(value, menu=exchange.menu) if name == "Digits" and value else value


def expect_verbs(caller: ScriptedCaller, step: Step) -> None:
    documents = [
        entry for entry in (caller.call.entries if caller.call else []) if entry.kind == "document"
    ]
    verbs = documents[-1].details["verbs"] if documents else []
    if verbs != [str(verb) for verb in step.get("verbs")]:
        raise Failure(f"the document had {verbs}")
