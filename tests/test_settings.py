"""Settings that would open a door, or lead nowhere, are refused in one line before anything starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import Parts
from billing_core.actions.create_merchant import create_merchant
from foundation.database import Database
from foundation.errors import SettingsError
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.schema import migrate
from settings import SIMULATOR_SID, SIMULATOR_TOKEN, read_settings
from tests.stories.operator import commands
from tests.stories.service import StoryParts

OF_THEIR_OWN = "AC" + "7" * 32
# Files may be made, and nothing may be written into them.
WITHOUT_ROOM = """
import resource
from foundation.errors import SettingsError
from settings import read_settings
settings = read_settings()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    settings.masters()
except SettingsError as refusal:
    said = str(refusal)
print(said)
"""


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no account of the provider."""
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("written", ["new,old", "new, old", " new ,old "])
def test_each_token_is_read_without_the_spaces_around_it(
    unset: pytest.MonkeyPatch, written: str
) -> None:
    unset.setenv("TWILIO_AUTH_TOKEN", written)

    assert read_settings().twilio_tokens == ("new", "old")


@pytest.mark.parametrize(
    "written", ["secret,", ",secret", "secret,,secret2", "secret, ,secret2", ",", " "]
)
def test_an_empty_token_under_which_anybody_could_sign_is_refused(
    unset: pytest.MonkeyPatch, written: str
) -> None:
    unset.setenv("TWILIO_AUTH_TOKEN", written)

    with pytest.raises(SettingsError, match=r"^TWILIO_AUTH_TOKEN: [^\n]*empty[^\n]*$") as refused:
        read_settings()

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("written", ["", SIMULATOR_TOKEN, f"new,{SIMULATOR_TOKEN}"])
def test_an_account_is_refused_with_the_token_that_everybody_knows(
    unset: pytest.MonkeyPatch, written: str
) -> None:
    unset.setenv("TWILIO_ACCOUNT_SID", OF_THEIR_OWN)
    unset.setenv("TWILIO_AUTH_TOKEN", written)

    with pytest.raises(SettingsError, match=r"^TWILIO_AUTH_TOKEN: [^\n]+$"):
        read_settings()


def test_an_account_with_its_token_is_taken(unset: pytest.MonkeyPatch) -> None:
    unset.setenv("TWILIO_ACCOUNT_SID", OF_THEIR_OWN)
    unset.setenv("TWILIO_AUTH_TOKEN", "its own")

    assert read_settings().twilio_tokens == ("its own",)


def test_without_any_setting_the_provider_is_the_simulator(unset: pytest.MonkeyPatch) -> None:
    unset.setenv("TWILIO_AUTH_TOKEN", "")

    settings = read_settings()

    assert settings.twilio_account_sid == SIMULATOR_SID
    assert settings.twilio_tokens == (SIMULATOR_TOKEN,)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("tokens", "live", "is_served"),
    [
        (SIMULATOR_TOKEN, False, True),
        (SIMULATOR_TOKEN, True, False),
        (f"new,{SIMULATOR_TOKEN}", True, False),
        ("of our own", True, True),
    ],
)
def test_live_keys_are_not_served_under_the_token_that_everybody_knows(
    unset: pytest.MonkeyPatch,
    database: Database,
    masters: MasterKeys,
    tokens: str,
    *,
    live: bool,
    is_served: bool,
) -> None:
    unset.setenv("TWILIO_AUTH_TOKEN", tokens)
    with database.transaction() as session:
        create_merchant(session, name="가게", livemode=live)

    refusal = _refusal(StoryParts(database, masters))

    assert (refusal == "") is is_served
    assert is_served or refusal.startswith("TWILIO_AUTH_TOKEN: live keys exist")


def _refusal(parts: StoryParts) -> str:
    try:
        parts.require_own_token()
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ARS_VAR", "{folder}/file"),
        ("ARS_VAR", "{folder}/file/below"),
        ("ARS_VAR", "/proc/nowhere"),
        ("ARS_VAR", "/proc"),
        ("DATABASE_URL", "sqlite:///{folder}/file"),
        ("DATABASE_URL", "sqlite:///{folder}/nowhere/ars.db"),
    ],
)
def test_a_place_that_holds_no_database_is_named_in_one_line(
    unset: pytest.MonkeyPatch, tmp_path: Path, setting: str, value: str
) -> None:
    (tmp_path / "file").write_text("This is no database. " * 100)
    unset.setenv("ARS_VAR", str(tmp_path))
    unset.delenv("DATABASE_URL", raising=False)
    unset.setenv(setting, value.format(folder=tmp_path))

    said = ars("merchant", "create", "--name", "가게")

    assert said.exit_code == 1
    assert said.stderr.startswith(f"ars: {setting}: ")
    assert said.stderr.count("\n") == 1


def test_a_place_that_holds_no_keys_is_named(unset: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "master_keys").mkdir()
    unset.setenv("ARS_VAR", str(tmp_path))

    with pytest.raises(SettingsError, match=r"^ARS_VAR: .*master_keys"):
        read_settings().masters()


def test_a_key_that_found_no_room_on_the_disk_is_made_when_there_is_room(
    unset: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unset.setenv("ARS_VAR", str(tmp_path))
    unset.delenv("DATABASE_URL", raising=False)
    unset.delenv("MASTER_KEYS", raising=False)

    without_room = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert without_room.stdout.startswith("ARS_VAR: ")
    assert not (tmp_path / "master_keys").exists()
    assert read_settings().masters().ids == ("generated",)


@pytest.mark.parametrize("made_before", [False, True])
def test_what_is_made_in_the_folder_is_for_its_owner_only(
    unset: pytest.MonkeyPatch, tmp_path: Path, *, made_before: bool
) -> None:
    folder = tmp_path / "var"
    if made_before:
        folder.mkdir(mode=0o755)
    unset.setenv("ARS_VAR", str(folder))
    unset.delenv("DATABASE_URL", raising=False)
    unset.delenv("MASTER_KEYS", raising=False)
    parts = Parts()

    migrate(parts.database)
    with parts.database.transaction() as session:
        publish_keys(session, parts.masters)
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    parts.database.close()

    assert {"ars.db", "master_keys"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert folder.stat().st_mode & 0o777 == (0o755 if made_before else 0o700)


def ars(*words: str) -> Result:
    """Type a command as in a new process."""
    return CliRunner().invoke(commands, words, obj=Parts())


@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "TWILIO_API_BASE_URL"])
@pytest.mark.parametrize(
    "written",
    ["ars.example.com", "https://", "https://:8000", "http://ars.example.com:port", "http://[::1"],
)
def test_an_address_that_leads_nowhere_is_refused(
    unset: pytest.MonkeyPatch, name: str, written: str
) -> None:
    unset.setenv(name, written)

    with pytest.raises(SettingsError, match=rf"^{name}: give an address such as [^\n]*$"):
        read_settings()
