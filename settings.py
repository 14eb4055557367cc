"""The settings of an installation, read once from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from billing_core.acquirers.gateway import Contract, Gateway
from billing_core.acquirers.gateways import GATEWAYS
from foundation.errors import SettingsError
from foundation.master_keys import MasterKeys

# The account of the phone simulator: these open nothing anywhere else.
SIMULATOR_SID = "AC00000000000000000000000000000001"
SIMULATOR_TOKEN = "simulator-auth-token"  # noqa: S105
SIMULATOR_SENDER = "+827000000000"
PROVIDER_URL = "https://api.twilio.com"
GENERATED_KEYS = "master_keys"
DATABASE_FILE = "ars.db"


class Settings(BaseSettings):
    """Names are those of the environment, in small letters."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    ars_var: Path = Path("var")
    database_url: str = ""
    public_base_url: str = "http://127.0.0.1:8000"
    master_keys: SecretStr | None = None
    twilio_account_sid: str = SIMULATOR_SID
    twilio_auth_token: SecretStr = Field(default=SecretStr(SIMULATOR_TOKEN), validate_default=True)
    twilio_api_base_url: str = PROVIDER_URL
    text_sender: str = SIMULATOR_SENDER
    acquirer: Literal["sandbox", "nicepay", "portone", "tosspayments"] = "sandbox"
    acquirer_connect_timeout_s: float = Field(default=5, gt=0, le=60)
    acquirer_read_timeout_s: float = Field(default=30, gt=0, le=120)
    acquirer_quiet_s: float = Field(default=120, ge=0, le=3600)
    sandbox_delay_s: float = Field(default=0, ge=0, le=60)
    allow_private_webhooks: bool = False
    worker_poll_s: float = Field(default=0.1, gt=0, le=10)

    @field_validator("public_base_url", "twilio_api_base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        try:
            host = httpx.URL(value).host
        except httpx.InvalidURL:
            host = ""
        is_web = value.startswith(("http://", "https://"))
        if not (is_web and host) or "#" in value or "?" in value:
            raise ValueError("give an address such as https://ars.example.com")
        return value.rstrip("/")

    @field_validator("public_base_url")
    @classmethod
    def _has_no_path(cls, value: str) -> str:
        # The addresses in the answers to the voice provider begin at the root of the host.
        if urlsplit(value).path:
            raise ValueError(
                "give it without a path, such as https://ars.example.com: calls use /twilio/… of the host"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("give sqlite:///… or postgresql+psycopg://…")
        try:
            sa.make_url(value or "sqlite://")
        except sa.exc.ArgumentError:
            raise ValueError("not a database URL") from None
        return value

    @field_validator("twilio_auth_token")
    @classmethod
    def _are_tokens(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        tokens = [token.strip() for token in value.get_secret_value().split(",")]
        # Under an empty token anybody could sign webhooks, and so under one that everybody knows.
        if not all(tokens):
            raise ValueError("one token is empty; give the token, or new,old with one comma")
        if SIMULATOR_TOKEN in tokens and info.data.get("twilio_account_sid") != SIMULATOR_SID:
            raise ValueError("everybody knows the simulator's; give that of TWILIO_ACCOUNT_SID")
        return SecretStr(",".join(tokens))

    @property
    def twilio_tokens(self) -> tuple[str, ...]:
        """The account's tokens, newest first; several are accepted while one is being rotated."""
        return tuple(self.twilio_auth_token.get_secret_value().split(","))

    @property
    def database(self) -> str:
        """The database; the embedded default is a file beside the generated keys."""
        return self.database_url or f"sqlite:///{self.ars_var}/{DATABASE_FILE}"

    @property
    def is_embedded(self) -> bool:
        """One machine, one file: the only place where keys may be generated."""
        return self.database.startswith("sqlite")

    @property
    def public_phone_urls(self) -> dict[str, str]:
        """Where the provider finds us."""
        base = self.public_base_url
        return {"voice": f"{base}/twilio/voice", "status": f"{base}/twilio/call-status"}

    def masters(self) -> MasterKeys:
        """The master keys; generated on first use in an embedded installation, demanded elsewhere."""
        if self.master_keys is not None:
            return MasterKeys.parse(self.master_keys.get_secret_value())
        if not self.is_embedded:
            raise SettingsError(
                "MASTER_KEYS is not set. Make one with `ars keys new NAME` and keep it outside the "
                "database; without it nothing sealed can ever be opened."
            )
        self.make_folder()
        path = self.ars_var / GENERATED_KEYS
        try:
            if not path.exists():
                self._generate(path)
            return MasterKeys.parse(path.read_text().strip())
        except OSError as error:
            raise self._unusable(error) from None

    @staticmethod
    def _generate(path: Path) -> None:
        """Make a key, unless somebody else does so at this moment; a full disk leaves none behind."""
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return
        try:
            path.write_text(MasterKeys.generate("generated"))
        except OSError:
            path.unlink()
            raise

    def make_folder(self) -> None:
        """Make ARS_VAR and the database in it, for their owner only. Raises SettingsError.

        What SQLite puts beside its database has the database's mode.
        """
        try:
            self.ars_var.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.database_url:
                (self.ars_var / DATABASE_FILE).touch(mode=0o600)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> SettingsError:
        return SettingsError(
            f"ARS_VAR: {error.filename}: {error.strerror}. Name a folder that may be written to."
        )


def read_settings() -> Settings:
    """Read the environment. Raises SettingsError with one line that names the setting at fault."""
    try:
        return Settings()
    except ValidationError as error:
        raise _named(error) from None


def read_contracts(settings: Settings) -> dict[str, Contract]:
    """The installation's contracts with gateways, by gateway: those that the environment names.

    Raises SettingsError where one is incomplete, or where the chosen acquirer has none.
    """
    contracts = {}
    for name, gateway in GATEWAYS.items():
        given = _given(name, gateway)
        if given.keys() - {"base_url"} or name == settings.acquirer:
            try:
                contracts[name] = gateway.contract.model_validate(given)
            except ValidationError as error:
                raise _named(error, prefix=f"{name.upper()}_") from None
    return contracts


def _given(name: str, gateway: Gateway) -> dict[str, str]:
    variables = {field: f"{name}_{field}".upper() for field in gateway.contract.model_fields}
    # Which settings a contract has is known only to its gateway, so they cannot stand above.
    return {
        field: os.environ[variable]  # noqa: TID251 (this is the file that reads the environment)
        for field, variable in variables.items()
        if os.environ.get(variable)  # noqa: TID251
    }


def _named(error: ValidationError, prefix: str = "") -> SettingsError:
    fault = error.errors(include_input=False, include_url=False)[0]
    name = prefix + str(fault["loc"][0]).upper() if fault["loc"] else prefix.rstrip("_")
    why = fault["msg"].removeprefix("Value error, ")
    return SettingsError(f"{name}: {why}")
