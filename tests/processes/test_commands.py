"""How processes start, refuse to start, and stop."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import make_url

from embedded.processes import is_held
from foundation.errors import SettingsError
from foundation.master_keys import MasterKeys
from settings import read_settings
from tests.postgres import PostgresServer
from tests.processes.installation import ROOT, Installation, eventually, free_port, installation

SECRETS = {
    "TWILIO_AUTH_TOKEN": "a-secret-token-of-the-provider",
    "MASTER_KEYS": MasterKeys.generate("m1"),
}
# A setting, a value it cannot have, and whether the program that must refuse it is the worker only.
MALFORMED = (
    ("DATABASE_URL", "mysql://somewhere/ars"),
    ("DATABASE_URL", "ars.db"),
    ("PUBLIC_BASE_URL", "ars.example.com"),
    ("PUBLIC_BASE_URL", "https://pay.example.com/ars"),
    ("TWILIO_API_BASE_URL", "not an address"),
    ("ACQUIRER", "piggybank"),
    ("ACQUIRER_CONNECT_TIMEOUT_S", "soon"),
    ("ACQUIRER_READ_TIMEOUT_S", "0"),
    ("ACQUIRER_QUIET_S", "-1"),
    ("SANDBOX_DELAY_S", "long"),
    ("ALLOW_PRIVATE_WEBHOOKS", "perhaps"),
    ("WORKER_POLL_S", "0"),
)
MALFORMED_KEYS = ("m1", "m1:", "m1:c2hvcnQ=", "m1:***", f"{SECRETS['MASTER_KEYS']},m1:c2hvcnQ=")


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """A folder without a database."""
    return Installation(f"sqlite:///{tmp_path}/ars.db", tmp_path, dict(SECRETS))


def refuses(house: Installation, *words: str, says: str, **settings: str) -> str:
    """Check that a command ends with 1 and one clear line, and return that line."""
    done = house.ars(*words, **settings)
    lines = done.stderr.strip().splitlines()

    assert done.returncode == 1, done.stderr
    assert len(lines) == 1, done.stderr
    assert says in lines[0]
    assert all(secret not in done.stdout + done.stderr for secret in SECRETS.values())
    return lines[0]


@pytest.mark.parametrize(("setting", "value"), MALFORMED)
def test_a_malformed_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv(setting, value)

    with pytest.raises(SettingsError, match=f"^{setting}: [^\n]+$") as refused:
        read_settings()

    assert all(secret not in str(refused.value) for secret in SECRETS.values())


def test_a_program_with_a_malformed_setting_does_not_start(empty: Installation) -> None:
    refuses(empty, "web", says="PUBLIC_BASE_URL", PUBLIC_BASE_URL="ars.example.com")
    refuses(empty, "worker", says="WORKER_POLL_S", WORKER_POLL_S="0")
    refuses(
        empty,
        "worker",
        says="TWILIO_AUTH_TOKEN",
        TWILIO_AUTH_TOKEN="",
        TWILIO_ACCOUNT_SID="AC7",
    )


def test_an_address_with_a_path_is_refused_with_what_to_give_instead(empty: Installation) -> None:
    address = "https://pay.example.com/ars"

    said = refuses(empty, "web", says="PUBLIC_BASE_URL", PUBLIC_BASE_URL=address)

    assert "without a path, such as https://ars.example.com" in said


def test_malformed_master_keys_are_named_and_never_shown(empty: Installation) -> None:
    for keys in MALFORMED_KEYS:
        with pytest.raises(SettingsError, match="MASTER_KEYS") as refused:
            MasterKeys.parse(keys)

        assert "c2hvcnQ=" not in str(refused.value)
    refuses(empty, "migrate", says="MASTER_KEYS", MASTER_KEYS=MALFORMED_KEYS[0])


def test_processes_on_a_database_without_a_schema_say_what_to_do(house: Installation) -> None:
    with house.database().engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")

    for part in ("web", "worker"):
        refuses(house, part, says="ars migrate")


def test_commands_before_the_schema_say_what_to_do(empty: Installation) -> None:
    for words in (("numbers", "add", "+827012345678"), ("merchant", "create", "--name", "가게")):
        told = refuses(empty, *words, says="ars migrate")
        assert (make_url(empty.database_url).database or "?") in told


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_command_says_in_its_line_what_it_did_and_no_more(house: Installation) -> None:
    done = house.ars("numbers", "add", "+827012345678")
    refused = refuses(house, "numbers", "add", "+827012345679", "bad", says="bad")

    assert (done.returncode, done.stderr) == (0, "")
    assert "5678" in done.stdout
    assert "5679" not in refused


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_second_server_on_one_port_is_refused(house: Installation) -> None:
    house.start_web("first")
    house.waits_for("first")

    refuses(
        house, "web", "--bind", f"127.0.0.1:{house.ports['first']}", says="Address already in use"
    )


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_day_that_is_not_over_is_not_compared(house: Installation) -> None:
    refuses(house, "reconcile", "--day", "2099-01-01", says="not over in Korea")


def test_a_second_embedded_service_in_one_folder_touches_nothing(tmp_path: Path) -> None:
    assert is_held(tmp_path)
    before = sorted(tmp_path.iterdir())
    ports = ("--port", str(free_port()), "--simulator-port", str(free_port()))

    second = embedded("run", *ports, ARS_VAR=str(tmp_path))

    assert second.returncode == 1
    assert second.stderr.strip().splitlines() == [
        f"A service is running in {tmp_path} already. Stop it, or name another folder in ARS_VAR."
    ]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("ports", "code", "says"),
    [
        (("--port", "99999"), 2, "99999"),
        (("--port", "8073", "--simulator-port", "8073"), 1, "a port each"),
    ],
)
def test_ports_that_cannot_be_are_refused(
    tmp_path: Path, ports: tuple[str, ...], code: int, says: str
) -> None:
    refused = embedded("run", "--var", str(tmp_path), *ports)

    assert refused.returncode == code
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_in_use_and_a_folder_that_cannot_be_are_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = str(used.getsockname()[1])

        busy = embedded("run", "--port", port, ARS_VAR=str(tmp_path))

    ports = ("--port", str(free_port()), "--simulator-port", str(free_port()))
    nowhere = embedded("run", *ports, ARS_VAR=str(tmp_path / "file"))
    assert (busy.returncode, nowhere.returncode) == (1, 1)
    assert re.fullmatch(
        f"Port {port} is in use. .*`.venv/bin/python -m embedded run --port [0-9]+`.\n", busy.stderr
    )
    assert nowhere.stderr.startswith(f"ARS_VAR: {tmp_path}/file: ")
    assert nowhere.stderr.count("\n") == 1


def embedded(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m embedded` with these words."""
    return subprocess.run(
        [sys.executable, "-m", "embedded", *words],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_processes_without_a_database_say_so(empty: Installation) -> None:
    nowhere = "postgresql+psycopg://app:hidden-word@127.0.0.1:1/ars"

    for part in ("web", "worker"):
        line = refuses(empty, part, says="database", DATABASE_URL=nowhere)

        assert "hidden-word" not in line


def test_on_postgresql_only_those_who_open_secrets_need_the_master_keys(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with (
        postgres.new_database() as url,
        installation(url, tmp_path, TWILIO_AUTH_TOKEN=SECRETS["TWILIO_AUTH_TOKEN"]) as house,
    ):
        refuses(house, "migrate", says="MASTER_KEYS")
        assert house.ars("migrate", MASTER_KEYS=SECRETS["MASTER_KEYS"]).returncode == 0
        refuses(house, "worker", says="MASTER_KEYS")
        house.start_web()

        house.waits_for("web")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_worker_with_the_key_of_another_installation_under_the_same_id_does_not_start(
    house: Installation,
) -> None:
    others = MasterKeys.generate("m1")

    for words in (("worker",), ("migrate",), ("keys", "rotate")):
        said = refuses(house, *words, says="MASTER_KEYS: the key m1 is not", MASTER_KEYS=others)
        assert others.partition(":")[2] not in said


def test_web_and_worker_stop_cleanly_when_they_are_told_to(house: Installation) -> None:
    web, worker = house.start_web(), house.start_worker()
    house.waits_for("web", "worker")

    assert worker.ends() == 0
    assert web.ends() == 0
    assert "worker.stopped" in worker.said()
    assert "Traceback" not in worker.said() + web.said()


def test_a_worker_serves_its_figures_where_it_is_told_to(tmp_path: Path) -> None:
    with installation(f"sqlite:///{tmp_path}/ars.db", tmp_path, **SECRETS) as house:
        assert house.ars("migrate").returncode == 0
        address = f"127.0.0.1:{free_port()}"
        house.start("worker", "worker", "--metrics", address)
        house.waits_for("worker")

        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            told = answer.read().decode()

        assert "ars_charge_attempts_total" in told
        assert "ars_texts_total" in told
        refuses(house, "worker", "--metrics", address, says="cannot listen")
        assert house.ars("worker", "--metrics", "here").returncode == 2


def test_a_second_worker_on_sqlite_is_refused_and_the_first_goes_on(
    tmp_path: Path,
) -> None:
    with installation(f"sqlite:///{tmp_path}/ars.db", tmp_path, **SECRETS) as house:
        assert house.ars("migrate").returncode == 0
        first = house.start_worker()
        house.waits_for("worker")

        refuses(house, "worker", says="SQLite takes one only")
        first.kill()
        house.start_worker()
        house.waits_for("worker")


def test_when_the_clock_is_advanced_every_process_lives_in_the_new_time(
    house: Installation,
) -> None:
    house.start_web("web")
    house.start_web("web-2")
    house.start_worker()
    house.waits_for("web", "web-2", "worker")
    made = house.register("+821000000001", "R-1").json
    before = [
        house.register(f"+82100000000{n}", f"R-{n}", web=web).json["created_at"]
        for n, web in ((2, "web"), (3, "web-2"))
    ]

    advanced = house.ars("clock", "advance", "2d")

    assert advanced.returncode == 0, advanced.stderr
    after = [
        house.register(f"+82100000000{n}", f"R-{n}", web=web).json["created_at"]
        for n, web in ((4, "web"), (5, "web-2"))
    ]
    assert max(before)[:10] < min(after)[:10]
    eventually(lambda: house.registration(made)["status"] == "expired")


def test_where_live_keys_exist_the_clock_stands_and_the_simulator_has_no_say(
    house: Installation,
) -> None:
    database = house.database()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE api_keys SET livemode = TRUE")

    refuses(house, "clock", "advance", "1d", says="live keys exist")
    for part in ("web", "worker"):
        refuses(
            house,
            part,
            says="TWILIO_AUTH_TOKEN: live keys exist",
            TWILIO_ACCOUNT_SID="",
            TWILIO_AUTH_TOKEN="",
        )
    database.close()
