"""Reads call scripts and refuses malformed ones with file, call, step and field."""

from typing import Any

import yaml

from phone_simulator.options import Behaviour, changed
from phone_simulator.scripts.forms import FORMS, IN_CALL, PROMPT_ID, WEBHOOK_WORDS
from phone_simulator.scripts.script import CallScript, ScriptError, ScriptFile, Step
from phone_simulator.scripts.yaml_text import read_yaml

CALL_FIELDS = frozenset(
    [
        "call",
        "given",
        "dial",
        "as",
        "lang",
        "steps",
        "options",
        "callers",
        "random",
        "merchant",
        "allow",
    ]
)
RANDOM_FIELDS = frozenset(["seed", "wrong", "silent", "hangup", "turns"])


def read_script(text: str, path: str) -> ScriptFile:
    """Read one file: a call, or a list of calls that are made one after the other."""
    try:
        loaded = read_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ScriptError(f"{path}{place}: not YAML: {getattr(error, 'problem', error)}") from error
    calls = loaded if isinstance(loaded, list) else [loaded]
    if not loaded:
        raise ScriptError(f"{path}: empty; a call needs at least `dial:` or `steps:`")
    return ScriptFile(
        path, tuple(_call(call, f"{path}, call {n}", n) for n, call in enumerate(calls, 1))
    )


def _call(raw: Any, place: str, number: int) -> CallScript:
    if not isinstance(raw, dict):
        raise ScriptError(
            f"{place}: a call is a mapping with `dial:` and `steps:`, not {type(raw).__name__}"
        )
    name = str(raw.get("call") or f"call {number}")
    place = f"{place} ({name})"
    unknown = set(raw) - CALL_FIELDS
    if unknown:
        raise ScriptError(
            f"{place}: unknown field {_listed(unknown)}; known are {_listed(CALL_FIELDS)}"
        )
    given = _mapping(raw, "given", place)
    callers = raw.get("callers") or []
    if not isinstance(callers, list):
        raise ScriptError(f"{place}, field callers: a list of calls is wanted")
    dial, steps = _text(raw, "dial", place), read_steps(raw.get("steps"), place)
    _must_have_called(dial, steps, place)
    return CallScript(
        name=name,
        dial=dial,
        caller=_caller(raw, given, place),
        steps=tuple(steps),
        given=given,
        options=_options(raw, place),
        callers=tuple(
            _call(_with_dial(one, raw), f"{place}, caller {n}", n)
            for n, one in enumerate(callers, 1)
        ),
        allow=tuple(map(str, raw.get("allow") or ())),
        random=_random(raw, place),
    )


def _must_have_called(dial: str | None, steps: list[Step], place: str) -> None:
    """Without a call its steps would look at nothing, and some would pass."""
    for step in steps:
        dial = dial or (step.get("to") if step.kind == "dial" else None)
        if dial is None and step.kind in (*IN_CALL, "dial"):
            raise ScriptError(
                f"{place}, step {step.number} ({step.kind}): nobody has been called; "
                'say whom beside the steps, as in `dial: "{ars_number}"`, or in a step before it'
            )


def _with_dial(caller: Any, call: dict[str, Any]) -> Any:
    """Callers dial what the call dials, unless they say otherwise."""
    return {"dial": call.get("dial"), **caller} if isinstance(caller, dict) else caller


def _caller(raw: dict[str, Any], given: dict[str, Any] | None, place: str) -> str:
    if "as" in raw:
        return _text(raw, "as", place) or ""
    customer = (given or {}).get("customer")
    phone = customer.get("phone") if isinstance(customer, dict) else customer
    if phone:
        return str(phone)
    return "010-0000-0001" if given is None else "{customer.phone}"


def _text(raw: dict[str, Any], name: str, place: str) -> str | None:
    value = raw.get(name)
    if isinstance(value, (dict, list)):
        raise ScriptError(f"{place}, field {name}: a text is wanted, not {type(value).__name__}")
    return None if value is None else str(value)


def _mapping(raw: dict[str, Any], name: str, place: str) -> dict[str, Any] | None:
    value = raw.get(name)
    if value is not None and not isinstance(value, dict):
        raise ScriptError(
            f"{place}, field {name}: names and values are wanted, not {type(value).__name__}"
        )
    return value


def _options(raw: dict[str, Any], place: str) -> dict[str, Any]:
    options = _mapping(raw, "options", place) or {}
    try:
        changed(Behaviour(), options)
    except (TypeError, ValueError) as error:
        raise ScriptError(f"{place}, field {error}") from error
    return options


def _random(raw: dict[str, Any], place: str) -> dict[str, Any] | None:
    if "random" not in raw:
        return None
    settings = {} if raw["random"] in (True, None) else _mapping(raw, "random", place) or {}
    unknown = set(settings) - RANDOM_FIELDS
    if unknown:
        raise ScriptError(
            f"{place}, field random: unknown {_listed(unknown)}; known are {_listed(RANDOM_FIELDS)}"
        )
    return settings


def read_steps(raw: Any, place: str) -> list[Step]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise ScriptError(f"{place}, field steps: a list is wanted, not {type(raw).__name__}")
    return [_step(step, number, f"{place}, step {number}") for number, step in enumerate(raw, 1)]


def _step(raw: Any, number: int, place: str) -> Step:
    if isinstance(raw, str):
        raw = {raw: None}
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ScriptError(f"{place}: a step is one word with its value, such as `expect: R20`")
    ((kind, value),) = raw.items()
    if kind not in FORMS:
        raise ScriptError(f"{place}: unknown step {kind!r}; known are {_listed(FORMS)}")
    place = f"{place} ({kind})"
    if kind == "meanwhile":
        return Step(kind, number, {"call": _call(value, place, 1)})
    options = _read_options(kind, _spelled_out(kind, value, place), place)
    return Step(kind, number, options)


def _spelled_out(kind: str, value: Any, place: str) -> dict[str, Any]:
    """Turn `expect: R20` into `expect: {prompt: R20}`."""
    form = FORMS[kind]
    if isinstance(value, dict):
        return _sorted_webhook(value) if kind == "expect_webhook" else value
    if value is None:
        if form.bare:
            return {}
        raise ScriptError(f"{place}: a value is wanted")
    if form.short is None:
        raise ScriptError(
            f"{place}: names and values are wanted; known are {_listed(form.options)}"
        )
    if kind == "hangup" and value == "in flight":
        value = True
    if kind in ("expect", "expect_text") and not PROMPT_ID.fullmatch(str(value)):
        # Words instead of an id: they must be heard.
        return {"contains": value}
    return {form.short: value}


def _sorted_webhook(value: dict[str, Any]) -> dict[str, Any]:
    """In expect_webhook, what is not one of its own words is the name of a parameter."""
    named = {name: item for name, item in value.items() if name not in WEBHOOK_WORDS}
    own = {name: item for name, item in value.items() if name in WEBHOOK_WORDS}
    return {**own, "parameters": {**named, **(own.get("parameters") or {})}}


def _read_options(kind: str, raw: dict[str, Any], place: str) -> dict[str, Any]:
    form = FORMS[kind]
    missing = [name for name in form.needs if name not in raw]
    if missing:
        raise ScriptError(f"{place}, field {missing[0]}: missing")
    if form.either and not set(form.either) & set(raw):
        raise ScriptError(f"{place}: one of {_listed(form.either)} is wanted")
    read = {}
    for name, value in raw.items():
        if name not in form.options:
            raise ScriptError(f"{place}, field {name}: unknown; known are {_listed(form.options)}")
        try:
            read[name] = form.options[name](value)
        except (TypeError, ValueError) as error:
            raise ScriptError(f"{place}, field {name}: {error}") from error
    return read


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names)))
