"""Call scripts in the users' words, played against the running service: every prompt of both calls."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from billing_core.attempt_limits import WRONG_PASSWORDS_MAX
from embedded import service as embedded_service
from embedded.processes import free_port, process_tree, run_once
from embedded.welcome import welcome
from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from tests.processes.installation import eventually

# They share one running service, and so one process of the tests.
pytestmark = pytest.mark.slow

CALLS = Path(__file__).resolve().parents[1] / "calls"
PAGE = embedded_service.ROOT / "docs" / "call-scripts.md"
FOLDERS = (CALLS / "registration", CALLS / "charge")
GROUPS = "G,N,E,R,RX,C,CX"
# What other scripts hear below, and why these cannot.
NEVER_SAID = {
    "G31n": "the merchant has no telephone",
    "C61": "a call holds its charge open",
    "C62": "only who falls silent for minutes is overtaken by another call",
    "C71": "the merchant leaves approval numbers to the text",
    "RX08": "what was keyed is lost",
    "E09": "the database is away for long",
    "E09t": "the database goes away for long",
    "E12": "a fault of ours",
    "E12t": "a fault of ours in the middle of a call",
    "G20": "the database is away for a moment",
    "N12": "the program was changed during the call",
}
# Longer than the eight seconds for which a caller is kept on the line.
READ_TIMEOUT_S = 10
FOREVER_S = 120
SIGN = "The service is broken now"

WRONG = """
call: an expectation that does not come true
given: {customer: "010-0000-1301"}
dial: "{ars_number}"
steps:
  - press: 1
  - expect: R03b
  - press: 1
  - expect: RX04
"""
REFUSES = """
call: one of many customers does not agree
given: {customer: "010-0001-{caller}"}
dial: "{ars_number}"
as: "010-0001-{caller}"
steps:
  - expect: R03
  - press: 2
  - expect: R05
  - press: 1
  - expect: R06
  - expect_end: hangup_by_us
  - expect_status: refused
  - expect_event: {type: registration.refused, within: 30s}
"""
# On a busy machine a caller may be told to wait for the text, so the text and the status count.
REGISTERS = """
call: one of many customers registers the card %(card)s
given: {customer: "010-%(customer)s-{caller}"}
dial: "{ars_number}"
as: "010-%(customer)s-{caller}"
steps:
  - press: 1
  - press: 1
  - press: 1
  - press: "99990000%(card)s"
  - press: "0835"
  - press: 1
  - press: "900101#"
  - press: "12"
  - expect: R60
  - expect_end: hangup_by_us
  - expect_text: {text: T03, within: 60s}
  - expect_status: registered
"""
# The second halves of test cards that register. More than two checks of one card at the same moment
# are stopped, because each of them may still turn out to be a wrong password.
CARDS = ("00000004", "00510002", "20510008", "00610000", "00540009")
# Who calls, what breaks the service during that call, and what repairs it.
BREAKS = {
    "database-goes-away": (
        "+821000001201",
        "ALTER TABLE journal RENAME TO journal_away",
        "ALTER TABLE journal_away RENAME TO journal",
    ),
    "program-fails": (
        "+821000001202",
        """UPDATE calls SET facts = '{"unheard": "of"}' WHERE caller = '+821000001202'""",
        "",
    ),
    "program-is-changed": (
        "+821000001203",
        """UPDATE journal SET key = 'another question' WHERE call_sid IN
           (SELECT sid FROM calls WHERE caller = '+821000001203')""",
        "",
    ),
    "what-was-keyed-is-lost": (
        "+821000001204",
        """CREATE TRIGGER lost AFTER INSERT ON sealed_answers
           BEGIN DELETE FROM sealed_answers WHERE id = NEW.id; END""",
        "DROP TRIGGER lost",
    ),
}


@dataclass(frozen=True)
class RunningService:
    """The whole service as processes, and the command line beside it."""

    address: embedded_service.Address
    key: str
    environment: dict[str, str]
    database: Path

    @property
    def simulator(self) -> str:
        return self.address.simulator

    def call(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Play call scripts with `ars call`."""
        return subprocess.run(
            self._command(words),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=FOREVER_S,
            check=False,
        )

    def begin_call(self, *words: object) -> subprocess.Popen[str]:
        """Play call scripts without waiting for their end."""
        return subprocess.Popen(
            self._command(words),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _command(self, words: tuple[object, ...]) -> list[str]:
        return [
            sys.executable,
            "-m",
            "app",
            "call",
            *map(str, words),
            "--simulator",
            self.simulator,
        ]

    def texts(self, phone: str, body: str) -> None:
        """Send somebody a text through the provider, past the product."""
        login = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        request = Request(
            f"{self.simulator}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
            urlencode({"To": phone, "From": "+827000000000", "Body": body}).encode(),
            {"Authorization": f"Basic {login}"},
        )
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 201

    @contextmanager
    def past_the_product(self) -> Iterator[sqlite3.Connection]:
        """A look into the database, and a hand."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            yield connection


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """Web server, worker and phone simulator in a folder of their own."""
    folder = tmp_path_factory.mktemp("service")
    address = embedded_service.Address(free_port(), free_port())
    environment = {
        **embedded_service.environment_of(folder, address),
        "DATABASE_URL": "",
        "ACQUIRER_READ_TIMEOUT_S": str(READ_TIMEOUT_S),
    }
    with process_tree(environment, folder / "logs") as tree:
        merchant = embedded_service.start(tree, folder, address)
        yield RunningService(address, merchant["secret_key"], environment, folder / "ars.db")


def test_every_prompt_of_both_calls_is_heard(service: RunningService, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"

    # Many scripts begin with the one card that always works, and a card is checked by no more callers
    # at the same moment than may be wrong about it in a day.
    played = service.call(
        *(*FOLDERS, "--workers", WRONG_PASSWORDS_MAX, "--junit", report, "--json"),
        *("--coverage", GROUPS, "--except", ",".join(NEVER_SAID)),
    )

    told = json.loads(played.stdout)
    assert failures(told) == []
    assert re.match(r"Every one of the \d+ prompts was heard\.", told["coverage"]["sentence"])
    assert played.returncode == 0
    assert_nothing_keyed_is_told(told, played.stdout + report.read_text())
    cases = list(ET.parse(report).getroot().iter("testcase"))
    assert len(cases) == sum(len(run["calls"]) for run in told["runs"])
    assert [case.get("name") for case in cases if case.find("failure") is not None] == []


def test_no_excepted_prompt_is_heard_by_any_of_these_scripts() -> None:
    expected = re.findall(r"expect: (?:\{prompt: )?(\w+)", written(*FOLDERS))

    assert not NEVER_SAID.keys() & set(expected)


def test_no_card_is_checked_by_more_scripts_than_may_check_it_at_the_same_moment() -> None:
    checked = Counter(
        card
        for folder in FOLDERS
        for file in folder.glob("*.yaml")
        for card in cards_checked(file.read_text())
    )

    assert checked.total() > 10
    assert max(checked.values()) <= WRONG_PASSWORDS_MAX, checked


def test_a_wrong_expectation_is_told_with_what_was_heard_instead(
    service: RunningService, tmp_path: Path
) -> None:
    script = tmp_path / "wrong.yaml"
    script.write_text(WRONG)

    played = service.call(script)

    assert played.returncode == 1
    assert "✗ step 4 (expect): expected RX04, heard " in played.stdout
    assert "N09 “여기서 마치겠습니다." in played.stdout
    assert "1 call, 1 failed" in played.stdout


def test_all_that_make_run_prints_can_be_pasted_in_any_order_and_again(
    service: RunningService,
) -> None:
    printed = welcome(service.address, service.key, service.database.parent)
    asks, plays = re.findall(
        r"^  ((?:curl|\.venv/bin/ars) .*?)\n\n", printed, re.MULTILINE | re.DOTALL
    )

    first, again = (paste(service, asks) for _ in range(2))
    played = [paste(service, plays) for _ in range(2)]

    assert json.loads(first)["status"] == "awaiting_customer"
    assert json.loads(again)["id"] == json.loads(first)["id"]
    assert ["3 calls, none failed" in told for told in played] == [True] * 2, played


def test_the_complete_example_of_the_page_comes_out_as_written(
    service: RunningService, tmp_path: Path
) -> None:
    script = tmp_path / "example.yaml"
    page = PAGE.read_text().partition("## A complete example")[2]
    script.write_text(page.partition("```yaml\n")[2].partition("```")[0])

    played = service.call(script)

    assert "1 call, none failed" in played.stdout, played.stdout
    assert played.returncode == 0


def test_a_merchant_without_a_telephone_is_not_said_to_be_closed(service: RunningService) -> None:
    made = run_once(service.environment, "merchant", "create", "--name", "전화 없는 가게", "--json")

    played = service.call(CALLS / "no-telephone", "--api-key", json.loads(made)["secret_key"])

    assert "none failed" in played.stdout, played.stdout
    assert played.returncode == 0


def test_twenty_callers_at_once_are_all_heard(service: RunningService, tmp_path: Path) -> None:
    script = tmp_path / "refuses.yaml"
    script.write_text(REFUSES)

    played = service.call(script, "--callers", 20, "--patience", 30, "--quiet")

    assert "20 calls, none failed" in played.stdout, played.stdout
    assert played.returncode == 0


def test_ten_callers_at_once_all_register(service: RunningService, tmp_path: Path) -> None:
    for customer, card in enumerate(CARDS, start=1000):
        script = REGISTERS % {"card": card, "customer": customer}
        (tmp_path / f"{card}.yaml").write_text(script)

    played = service.call(*(tmp_path, "--callers", 2, "--workers", 10, "--patience", 30, "--quiet"))

    assert "10 calls, none failed" in played.stdout, played.stdout
    assert played.returncode == 0


@pytest.mark.parametrize("script", BREAKS)
def test_a_caller_of_a_broken_service_is_told_what_to_do(
    service: RunningService, script: str
) -> None:
    phone, breaks, repairs = BREAKS[script]
    playing = service.begin_call(CALLS / "broken-service" / f"{script}.yaml")
    eventually(lambda: has_pressed_one_key(service, phone), why=lambda: f"{phone} does not call")
    with service.past_the_product() as database:
        database.execute(breaks)
    service.texts(phone, SIGN)
    told, _ = playing.communicate(timeout=FOREVER_S)
    with service.past_the_product() as database:
        database.execute(repairs)

    assert "1 call, none failed" in told, told
    assert playing.returncode == 0


def paste(service: RunningService, command: str) -> str:
    """Run a command in a shell as it was printed, and return what it says."""
    ran = subprocess.run(
        command.replace(".venv/bin/ars", f"{sys.executable} -m app"),
        shell=True,
        env=service.environment,
        cwd=embedded_service.ROOT,
        capture_output=True,
        text=True,
        timeout=FOREVER_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def has_pressed_one_key(service: RunningService, phone: str) -> bool:
    """Whether the first answer of this caller is in the journal."""
    pressed = "SELECT 1 FROM journal JOIN calls ON sid = call_sid WHERE caller = ?"
    with service.past_the_product() as database:
        return database.execute(pressed, (phone,)).fetchone() is not None


def failures(told: Any) -> list[tuple[str, str]]:
    """What failed, with its script."""
    return [
        (Path(run["file"]).name, failure)
        for run in told["runs"]
        for call in run["calls"]
        for failure in call["failures"]
    ]


def assert_nothing_keyed_is_told(told: Any, everything: str) -> None:
    """Card numbers stand nowhere, other digits in no conversation."""
    cards = set(re.findall(r"\b\d{14,16}\b", written(*FOLDERS)))
    spoken = "\n".join(
        line for run in told["runs"] for call in run["calls"] for line in call["transcript"]
    )
    assert len(cards) > 10
    assert [card for card in cards if card in everything] == []
    assert "16 digits]" in spoken
    assert not re.search(r"900101|0829|\[12\]", spoken)


def cards_checked(script: str) -> set[str]:
    """The test cards of a script that come before the acquirer, whole or keyed in fours."""
    keyed = "".join(re.findall(r'press: "(\d+)', script))
    return set(re.findall(r"9999\d{12}", keyed)) if 'press: "12"' in script else set()


def written(*folders: Path) -> str:
    """All scripts of these folders."""
    files = (file for folder in folders for file in sorted(folder.glob("*.yaml")))
    return "\n".join(file.read_text() for file in files)
