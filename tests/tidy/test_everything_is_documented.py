"""What people outside rely on stands in the documentation: no setting, route or code without a word."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import app
from billing_core.acquirers.declines import Advice, DeclineCode
from billing_core.acquirers.sandbox_cards import CHARGES, NO_ANSWER, REFUSALS, WORKS, sandbox_card
from billing_core.events import TYPES
from foundation.database import Database
from foundation.lifecycle import Lifecycle
from foundation.master_keys import MasterKeys
from merchant_api.problems import PROBLEMS
from settings import Settings
from tests.tidy.house import (
    PACKAGES,
    commands,
    documented,
    in_code,
    name_of,
    product_files,
    tree_of,
)

OPERATIONS = documented("docs/operations.md")
EVERYTHING = documented()
# The merchants' operations stand in the reference that every installation serves at /docs; the page
# for merchants names what they are on.
REFERENCE = "/v1/"
CARD = re.compile(r"\d{4} \d{4,6} [\d ]{4,9}")
# Many tries are an alarm and the first ones a warning: these lines choose their level.
CHOSEN_BY_TRIES = {"acquirer_key.still_there", "late_approval.still_there"}


class Parts(app.Parts):
    """The product with nothing behind it."""

    def __init__(self, folder: Path) -> None:
        self.__dict__["settings"] = Settings(database_url=f"sqlite:///{folder}/ars.db")
        self.__dict__["database"] = Database(f"sqlite:///{folder}/ars.db")
        self.__dict__["masters"] = MasterKeys.parse(MasterKeys.generate("m1"))


def lifecycles() -> Iterator[tuple[str, Lifecycle]]:
    ours = [name for name in sorted(sys.modules) if name.split(".")[0] in PACKAGES]
    for name in ours:
        yield from (
            (name, thing)
            for thing in vars(sys.modules[name]).values()
            if isinstance(thing, Lifecycle)
        )


def metrics() -> set[str]:
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in REGISTRY.collect()
        if family.name.startswith("ars_")
    }


def logged(*levels: str) -> set[str]:
    """The events that are logged at these levels."""
    return logged_by(*(f"log.{level}" for level in levels))


def logged_by(*calls: str) -> set[str]:
    """The events that are logged by these calls."""
    return {
        str(node.args[0].value)
        for path in product_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in calls
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def waking() -> str:
    """The part about lines that wake somebody."""
    alarms = OPERATIONS.partition("## Alarms")[2]
    return alarms.partition('Lines with `"level": "warning"`')[0]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_its_row(name: str) -> None:
    assert f"\n| `{name.upper()}` |" in OPERATIONS


def test_no_setting_is_documented_that_does_not_exist() -> None:
    rows = OPERATIONS.partition("## Settings")[2].partition("## Commands")[0].split("\n| `")[1:]

    assert {row.partition("`")[0].lower() for row in rows} == set(Settings.model_fields)


def test_every_route_is_documented(tmp_path: Path) -> None:
    rules = {
        rule.rule
        for rule in app.create_app(Parts(tmp_path)).url_map.iter_rules()
        if not rule.rule.endswith("<path:filename>")
    }
    resources = {"/".join(rule.split("/")[:3]) for rule in rules if rule.startswith(REFERENCE)}
    pages = {rule for rule in rules if not rule.startswith(REFERENCE)}

    assert sorted(rule for rule in pages | resources if rule not in EVERYTHING) == []


@pytest.mark.parametrize("code", sorted({*PROBLEMS, *DeclineCode, *Advice}))
def test_every_code_is_documented(code: str) -> None:
    assert code in in_code(documented("docs/codes.md", "docs/merchants.md"))


@pytest.mark.parametrize("kind", TYPES)
def test_every_event_type_is_documented(kind: str) -> None:
    assert f"\n| `{kind}` |" in documented("docs/codes.md")


def test_every_step_of_every_lifecycle_is_documented() -> None:
    rows = [row for row in documented("docs/architecture.md").splitlines() if "→" in row]
    missing = [
        f"{name}: {state} → {', '.join(sorted(after))}"
        for name, lifecycle in lifecycles()
        for state, after in lifecycle.following.items()
        if after and not any(_tells(row, state, after) for row in rows)
    ]

    assert missing == []


def test_every_metric_has_its_row() -> None:
    assert sorted(name for name in metrics() if f"\n| `{name}` |" not in OPERATIONS) == []


def test_no_metric_is_documented_that_does_not_exist() -> None:
    told = {name for name in in_code(OPERATIONS) if name.startswith("ars_")} - {"ars_restored"}

    assert sorted(told - metrics()) == []


def test_every_alarm_and_warning_is_explained() -> None:
    assert sorted(logged("warning", "error", "exception") - in_code(OPERATIONS)) == []


def test_every_error_is_among_those_that_wake_somebody() -> None:
    assert sorted(logged("error", "exception") - in_code(waking())) == []


def test_nobody_is_told_to_wake_up_for_a_warning() -> None:
    told = {word for row in waking().splitlines() for word in in_code(row.partition(" | ")[0])}

    assert sorted(told & (logged("warning") - logged("error", "exception"))) == []


def test_no_alarm_is_explained_that_does_not_exist() -> None:
    alarms = OPERATIONS.partition("## Alarms")[2].partition("\n## ")[0]
    told = {
        word
        for row in alarms.splitlines()
        if row.startswith("| `")
        for word in in_code(row.split("|")[1])
    }

    assert sorted(told - logged("warning", "error", "exception") - CHOSEN_BY_TRIES) == []


def test_every_line_that_becomes_an_alarm_after_many_tries_is_explained() -> None:
    assert logged_by("tell") == CHOSEN_BY_TRIES
    assert sorted(CHOSEN_BY_TRIES - in_code(waking())) == []


def test_every_test_card_of_the_sandbox_has_its_row() -> None:
    told = [sandbox_card(code.replace(" ", "")) for code in in_code(OPERATIONS) if CARD.match(code)]

    assert None not in told
    assert {card.registration for card in told if card} == {WORKS, NO_ANSWER, *REFUSALS}
    assert {card.charge for card in told if card and card.registration == WORKS} == CHARGES


@pytest.mark.parametrize("words", [" ".join(words) for words, _ in commands(app.ars)])
def test_every_command_has_its_row(words: str) -> None:
    assert f"\n| `ars {words}` |" in OPERATIONS


def test_every_command_that_shows_something_can_print_json() -> None:
    without = {
        " ".join(words)
        for words, command in commands(app.ars)
        if not any("--json" in parameter.opts for parameter in command.params)
    }

    assert without == {"web", "worker", "simulator"}


def test_every_sweep_is_documented(tmp_path: Path) -> None:
    names = {sweep.name for sweep in Parts(tmp_path).sweeps()}

    assert sorted(names - in_code(documented("docs/architecture.md"))) == []


def test_every_package_is_introduced() -> None:
    packages = {name_of(path).split("/")[0] for path in product_files()} - {"app.py", "settings.py"}

    assert sorted(name for name in packages if f"`{name}/`" not in documented("README.md")) == []


def _tells(row: str, state: str, after: frozenset[str]) -> bool:
    """Whether a row has this very step: the state, the arrow, and all that may follow."""
    for step in row.split(" · "):
        before, _, following = step.partition("→")
        if in_code(before) == {state} and in_code(following) == set(after):
            return True
    return False
