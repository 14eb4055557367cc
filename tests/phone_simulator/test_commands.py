"""The command line: what is printed, which files are written, which exit code is given."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import httpx
import pytest
from click.testing import CliRunner, Result

from phone_simulator.commands import call, simulator
from tests.phone_simulator.conftest import RunningSimulator
from tests.phone_simulator.product import Product
from tests.phone_simulator.registering import CARD, SCRIPT, serve_registration, with_steps

RSS_MAX_KB = 70_000
SERVE = "from phone_simulator.commands import simulator; simulator()"


@pytest.fixture
def play(simulator: RunningSimulator, product: Product, tmp_path: Path) -> Any:
    serve_registration(product)

    def run(script: str, *options: str) -> Result:
        file = tmp_path / "script.yaml"
        file.write_text(script, encoding="utf-8")
        return CliRunner().invoke(
            call, [str(file), "--simulator", simulator.url, "--patience", "1", *options]
        )

    return run


def test_a_script_that_comes_out_as_written_exits_with_0(play: Any) -> None:
    result = play(SCRIPT)

    assert result.exit_code == 0
    assert "  IVR     (R20) 카드번호 열여섯 자리를 눌러 주세요." in result.stdout
    assert "  Caller  [••••••••••••  16 digits]" in result.stdout
    assert "1 call, none failed" in result.stdout
    assert CARD not in result.output


def test_a_call_in_real_time_can_pass_quickly(play: Any) -> None:
    started = time.monotonic()

    result = play(SCRIPT, "--realtime", "--pace", "50")

    assert result.exit_code == 0
    # Some thirty seconds of speech.
    assert time.monotonic() - started < 20


def test_a_failed_expectation_exits_with_1(play: Any) -> None:
    result = play(with_steps("expect: RX01"))

    assert result.exit_code == 1
    assert "✗ step 1 (expect): expected RX01, heard R00" in result.stdout


def test_a_simulator_that_is_not_there_is_one_line_on_stderr(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SCRIPT, encoding="utf-8")

    result = CliRunner().invoke(call, [str(file), "--simulator", "http://127.0.0.1:9"])

    assert result.exit_code == 1
    assert result.stderr == "no simulator at http://127.0.0.1:9: cannot connect to 127.0.0.1:9\n"


@pytest.mark.parametrize("arguments", [[], ["no-such-file.yaml"], ["--nonsense"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(call, arguments).exit_code == 2


def test_an_address_that_is_none_is_wrong_usage() -> None:
    assert CliRunner().invoke(simulator, ["--bind", "nowhere"]).exit_code == 2


def test_help_is_there_for_both_commands() -> None:
    assert "--coverage" in CliRunner().invoke(call, ["--help"]).stdout
    assert "--catalogue" in CliRunner().invoke(simulator, ["--help"]).stdout


def test_json_is_machine_readable_and_masked(play: Any) -> None:
    result = play(SCRIPT, "--json", "--coverage", "R,G")

    told = json.loads(result.stdout)
    assert (told["ok"], told["runs"][0]["calls"][0]["ok"]) == (True, True)
    assert told["coverage"]["gathers"] == {"R03": ["1"], "R20": ["16 digits"]}
    assert CARD not in result.stdout


def test_junit_has_one_case_per_call(play: Any, tmp_path: Path) -> None:
    report = tmp_path / "out.xml"

    play(
        "- {call: good, dial: '+827012345678'}\n- {call: bad, dial: '+827012345678', steps: [expect: RX01]}",
        "--junit",
        str(report),
    )

    cases = list(parse(report).getroot().iter("testcase"))
    assert [case.get("name") for case in cases] == ["good", "bad"]
    assert [case.find("failure") is not None for case in cases] == [False, True]
    assert "IVR" in (cases[0].findtext("system-out") or "")


def test_full_coverage_is_told_in_one_line(play: Any) -> None:
    result = play(SCRIPT, "--coverage", "R,G")

    assert result.exit_code == 0
    assert result.stdout.endswith("Every one of the 5 prompts was heard.\n")


def test_missing_prompts_are_listed_and_fail(play: Any) -> None:
    result = play(SCRIPT, "--coverage", "R,RX")

    assert result.exit_code == 1
    assert "4 of the 5 prompts were heard; not heard: RX01." in result.stdout


def test_excepted_prompts_need_not_be_heard(play: Any) -> None:
    result = play(SCRIPT, "--coverage", "R,RX", "--except", "RX01")

    assert result.exit_code == 0
    assert "Every one of the 4 prompts was heard. Not counted: RX01." in result.stdout


def test_an_exception_that_no_catalogue_has_fails(play: Any) -> None:
    result = play(SCRIPT, "--coverage", "R,RX", "--except", "RX01,R99")

    assert result.exit_code == 1
    assert "Excepted, but in no catalogue: R99." in result.stdout


@pytest.mark.parametrize("groups", ["ZZ", "R,ZZ"])
def test_a_group_that_no_catalogue_has_fails(play: Any, groups: str) -> None:
    result = play(SCRIPT, "--coverage", groups)

    assert result.exit_code == 1
    assert "No prompt of a catalogue is of the group ZZ." in result.stdout


def test_scripts_that_move_the_clock_are_played_last(
    start_simulator: Any, product: Product, tmp_path: Path
) -> None:
    serve_registration(product)
    simulator = start_simulator(
        voice_url=product.url + "/voice", clock_command=("echo",), numbers=("+827012345678",)
    )
    (tmp_path / "a-moves.yaml").write_text("{call: moves, steps: [clock: 3d]}")
    (tmp_path / "b-stays.yaml").write_text("{call: stays, dial: '+827012345678'}")

    result = CliRunner().invoke(call, [str(tmp_path), "--simulator", simulator.url])

    assert result.exit_code == 0
    assert result.stdout.index("── stays") < result.stdout.index("── moves")


def test_a_folder_plays_all_its_scripts(
    simulator: RunningSimulator, product: Product, tmp_path: Path
) -> None:
    serve_registration(product)
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text(SCRIPT, encoding="utf-8")

    result = CliRunner().invoke(
        call, [str(tmp_path), "--simulator", simulator.url, "--workers", "2", "--quiet"]
    )

    assert "2 calls, none failed" in result.stdout
    assert "IVR" not in result.stdout


def test_many_equal_callers_are_a_load(play: Any, product: Product) -> None:
    script = SCRIPT.replace("as: 010-1234-5678", "as: 010-5555-{caller}")

    result = play(script, "--callers", "10", "--ramp", "0.1", "--quiet")

    assert result.exit_code == 0
    assert len({received.form["From"] for received in product.at("/voice")}) == 10


def test_a_malformed_script_is_told_and_the_others_are_played(play: Any) -> None:
    result = play("steps: [wink: 1]")

    assert result.exit_code == 1
    assert "step 1: unknown step 'wink'" in result.stdout


def test_the_simulator_serves_in_little_memory_until_it_is_stopped(product: Product) -> None:
    product.on("/voice", "<Hangup/>")
    command = [
        sys.executable,
        "-c",
        SERVE,
        "--bind",
        "127.0.0.1:0",
        "--voice-url",
        product.url + "/voice",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]

    assert httpx.get(f"{url}/simulator/health").json()["ok"] is True
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident_kb = int(
        next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    )
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert resident_kb < RSS_MAX_KB
