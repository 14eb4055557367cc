"""The one place where parts meet: the web application, the worker, and the `ars` command line."""

from __future__ import annotations

import gc

# What is imported below stays for as long as the process lives. To look for garbage in it again and
# again would take a fifth of every start, so it is done once, behind the last of it.
gc.disable()

import logging
import sys
import warnings
from collections.abc import Mapping
from functools import cached_property

import click
import sqlalchemy as sa
from flask import Flask, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import billing_core.acquirer_commands
import billing_core.charge_attempts
import billing_core.commands
import billing_core.entered_cards
import billing_core.instalments
import billing_core.issuer_plan_commands
import billing_core.jobs
import billing_core.ledger
import billing_core.refunds  # tables come with their modules
import foundation.commands
import foundation.process_commands
import foundation.workers
import ivr.jobs
import merchant_api
import merchant_api.jobs
import phone_simulator.commands
import sms.jobs
import virtual_numbers.commands
import virtual_numbers.jobs
from billing_core.acquirers.accounts import Accounts, opened
from billing_core.acquirers.gateway import Contract, Wire
from billing_core.acquirers.protocol import Acquirer
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.desk import Desk
from billing_core.merchants import APIKey
from billing_core.registrations import IN_DOUBT
from billing_core.webhook_courier import WebhookCourier
from billing_core.webhooks import acquirers_blueprint
from foundation.command_line import OneLine
from foundation.database import Database
from foundation.errors import SettingsError
from foundation.jobs import Job, Sweep, stage_with
from foundation.logs import log_to_stderr
from foundation.master_keys import MasterKeys
from foundation.provider_signature import ProviderSignature
from foundation.sealing import Opener, Sealer
from ivr.webhooks import voice_blueprint
from settings import SIMULATOR_TOKEN, Settings, read_contracts, read_settings
from sms.twilio_texts import TwilioTexts
from sms.webhooks import text_status_blueprint
from virtual_numbers.provider import Webhooks
from virtual_numbers.twilio_numbers import TwilioNumbers

gc.collect()
gc.enable()

BODY_BYTES_MAX = 64 * 1024


class Parts:
    """What commands and processes take from here; each part is built when it is first asked for."""

    web_application = "app:logged_app"

    @cached_property
    def settings(self) -> Settings:
        return read_settings()

    @cached_property
    def database(self) -> Database:
        settings = self.settings
        if settings.is_embedded:
            settings.make_folder()
        database = Database(settings.database)
        stage_with(database)
        return database

    @cached_property
    def masters(self) -> MasterKeys:
        return self.settings.masters()

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.database)

    @cached_property
    def opener(self) -> Opener:
        return Opener(self.database, self.masters)

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        return read_contracts(self.settings)

    @cached_property
    def own_accounts(self) -> dict[str, Acquirer]:
        """The installation's accounts: the sandbox, and every gateway that it has a contract with."""
        settings = self.settings
        sandbox = SandboxAcquirer(
            self.database,
            read_timeout_s=settings.acquirer_read_timeout_s,
            delay_s=settings.sandbox_delay_s,
        )
        opened_ones = {
            name: opened(name, contract, self.wire) for name, contract in self.contracts.items()
        }
        return {"sandbox": sandbox, **opened_ones}

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.database, self.opener, self.own_accounts, self.wire)

    @cached_property
    def wire(self) -> Wire:
        settings = self.settings
        return Wire(
            clock=self.database.clock,
            connect_timeout_s=settings.acquirer_connect_timeout_s,
            read_timeout_s=settings.acquirer_read_timeout_s,
        )

    @property
    def default_account(self) -> str:
        return self.settings.acquirer

    @property
    def worker_poll_s(self) -> float:
        return self.settings.worker_poll_s

    @cached_property
    def desk(self) -> Desk:
        settings = self.settings
        return Desk(
            database=self.database,
            opener=self.opener,
            acquirers=self.accounts,
            default_acquirer=self.default_account,
            read_timeout_s=settings.acquirer_read_timeout_s,
            quiet_s=settings.acquirer_quiet_s,
        )

    @cached_property
    def text_sender(self) -> TwilioTexts:
        settings = self.settings
        return TwilioTexts(
            base_url=settings.twilio_api_base_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_tokens[0],
            sender=settings.text_sender,
            status_callback=f"{settings.public_base_url}/twilio/text-status",
        )

    @cached_property
    def number_provider(self) -> TwilioNumbers:
        settings = self.settings
        return TwilioNumbers(
            settings.twilio_api_base_url,
            settings.twilio_account_sid,
            settings.twilio_tokens[0],
        )

    @cached_property
    def number_webhooks(self) -> Webhooks:
        urls = self.settings.public_phone_urls
        return Webhooks(voice_url=urls["voice"], status_callback=urls["status"])

    def has_live_keys(self) -> bool:
        """Whether somebody here collects real money."""
        with self.database.reading() as session:
            live = sa.select(APIKey.hash).where(APIKey.livemode.is_(True)).limit(1)
            return session.scalars(live).first() is not None

    def require_own_token(self) -> None:
        """Refuse to serve live money where anybody could sign the provider's webhooks."""
        if SIMULATOR_TOKEN in self.settings.twilio_tokens and self.has_live_keys():
            raise SettingsError(
                "TWILIO_AUTH_TOKEN: live keys exist, and everybody knows the simulator's token. "
                "Give the token of your account."
            )

    def jobs(self) -> list[Job]:
        """Everything the worker can do."""
        return [
            *sms.jobs.jobs(
                self.database, self.text_sender, on_failed=billing_core.jobs.tell_of_failed_text
            ),
            *billing_core.jobs.jobs(
                self.desk, WebhookCourier(allow_private=self.settings.allow_private_webhooks)
            ),
            *ivr.jobs.jobs(self.desk),
        ]

    def sweeps(self) -> list[Sweep]:
        """Everything the worker looks after."""
        return [
            *sms.jobs.sweeps(self.database),
            *virtual_numbers.jobs.sweeps(self.database, spared=IN_DOUBT),
            *billing_core.jobs.sweeps(self.desk),
            *ivr.jobs.sweeps(self.database),
            *merchant_api.jobs.sweeps(self.database),
        ]


def create_app(parts: Parts | None = None) -> Flask:
    """The web application: voice and text webhooks, the merchants' API, metrics."""
    parts = parts or Parts()
    settings, database = parts.settings, parts.database
    application = Flask("ars", static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    # A redirect would lose the keys a caller pressed.
    application.url_map.strict_slashes = False
    tokens = settings.twilio_tokens
    signature = ProviderSignature(settings.public_base_url, tokens)

    def is_signed(request: Request) -> bool:
        given = request.headers.get("X-Twilio-Signature", "")
        return signature.is_right(request.environ, request.form.items(multi=True), given)

    application.register_blueprint(voice_blueprint(database, parts.sealer, is_signed))
    application.register_blueprint(
        text_status_blueprint(database, is_signed, billing_core.jobs.tell_of_failed_text)
    )
    application.register_blueprint(acquirers_blueprint(database))
    merchant_api.register(
        application,
        database=database,
        sealer=parts.sealer,
        allow_private_webhooks=settings.allow_private_webhooks,
        public_base_url=settings.public_base_url,
    )

    @application.get("/healthz")
    def healthz() -> tuple[dict[str, str], int]:
        """Whether this process reaches its database."""
        try:
            with database.reading() as session:
                session.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError:
            return {"status": "the database is away"}, 503
        return {"status": "ok"}, 200

    @application.get("/metrics")
    def metrics() -> Response:
        """Figures of this process for Prometheus."""
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    return application


def logged_app() -> Flask:
    """The web application as a server starts it: its log lines never carry what frames hold."""
    log_to_stderr()
    return create_app()


@click.group(cls=OneLine)
@click.version_option(package_name="ars-autopay")
@click.pass_context
def ars(ctx: click.Context) -> None:
    """ARS autopay: registers cards and collects payments over a virtual telephone number."""
    # A command says in a line what it did; what it met on the way is told where it is trouble.
    log_to_stderr(logging.WARNING)
    warnings.filterwarnings("ignore", module="platformdirs")
    ctx.obj = ctx.obj or Parts()


for command in (
    foundation.process_commands.web,
    foundation.process_commands.worker,
    foundation.commands.migrate,
    foundation.commands.clock,
    foundation.commands.keys,
    billing_core.commands.merchant,
    billing_core.commands.consents,
    billing_core.commands.reconcile,
    billing_core.acquirer_commands.acquirer,
    billing_core.issuer_plan_commands.issuer_plans,
    virtual_numbers.commands.numbers,
    phone_simulator.commands.simulator,
    phone_simulator.commands.call,
):
    ars.add_command(command)

if __name__ == "__main__":
    sys.exit(ars())
