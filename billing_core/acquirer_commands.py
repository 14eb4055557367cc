"""`ars acquirer …`: who checks and charges cards, and whether the way there is right."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any, Protocol

import click
import sqlalchemy as sa
from pydantic import ValidationError

from billing_core.acquirers.account_names import SANDBOX
from billing_core.acquirers.accounts import Accounts
from billing_core.acquirers.gateway import Contract
from billing_core.acquirers.gateways import GATEWAYS
from billing_core.acquirers.protocol import Acquirer, Checked
from billing_core.actions.use_acquirer import use_acquirer
from billing_core.merchants import Merchant
from foundation.command_line import as_json
from foundation.database import Database
from foundation.errors import InvalidRequest, NotFound
from foundation.sealing import Sealer

CONTRACT_BYTES_MAX = 16 * 1024
# Gateways refuse requests that are signed minutes away from their own time.
CLOCK_OFF_S = 60.0


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`."""

    @property
    def database(self) -> Database: ...

    @property
    def sealer(self) -> Sealer: ...

    @property
    def own_accounts(self) -> Mapping[str, Acquirer]: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def default_account(self) -> str: ...


@click.group()
def acquirer() -> None:
    """The acquirers that check and charge cards."""


@acquirer.command("list")
@as_json
@click.pass_obj
def list_accounts(surroundings: Surroundings, *, as_json: bool) -> None:
    """List the accounts at acquirers; * marks the one of merchants who have chosen none."""
    default = surroundings.default_account
    users = _users(surroundings.database)
    rows = [
        {"account": name, "is_default": name == default, "merchants": users[name]}
        for name in surroundings.accounts
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for name in surroundings.accounts:
        mark = "*" if name == default else " "
        chosen = f"  chosen by {len(users[name])}" if users[name] else ""
        click.echo(f"{mark} {name}{chosen}")
    missing = sorted(GATEWAYS.keys() - surroundings.own_accounts.keys())
    if missing:
        click.echo(f"Without a contract in the settings: {', '.join(missing)}.")


@acquirer.command("check")
@click.argument("account", required=False)
@as_json
@click.pass_obj
def check(surroundings: Surroundings, account: str | None, *, as_json: bool) -> None:
    """Make a harmless call and say whether network, credentials and clock are right.

    ACCOUNT is a line of `ars acquirer list`; the default account when left out. Exit 1 if not.
    """
    name = account or surroundings.default_account
    found = _account(surroundings, name).check()
    faults = _faults(found)
    if as_json:
        click.echo(json.dumps({"account": name, "ok": not faults, **asdict(found)}))
    elif not faults:
        click.echo(f"{name}: network, credentials and clock are right.")
    for fault in faults:
        click.echo(f"{name}: {fault}", err=True)
    if faults:
        raise click.exceptions.Exit(1)


@acquirer.command("use")
@click.argument("name", type=click.Choice([SANDBOX, *GATEWAYS]))
@click.option("--merchant", "merchant_id", required=True, help="The merchant's id, mer_….")
@click.option(
    "--contract",
    type=click.File("r"),
    help="A JSON file with the merchant's own contract, or - for standard input. Its fields are the "
    "settings of this acquirer in small letters, without the acquirer's name.",
)
@as_json
@click.pass_obj
def use(
    surroundings: Surroundings,
    name: str,
    merchant_id: str,
    contract: IO[str] | None,
    *,
    as_json: bool,
) -> None:
    """Have a merchant's cards checked by this acquirer from now on.

    Cards that were registered before stay with the account that issued their keys.
    """
    given = _contract(name, contract.read(CONTRACT_BYTES_MAX + 1)) if contract else None
    if given is None and name not in surroundings.own_accounts:
        raise InvalidRequest.field(
            "/contract",
            f"This installation has no contract with {name}. Give the merchant's with --contract, "
            f"or set {name.upper()}_…; docs/acquirers/{name}.md says which.",
        )
    with surroundings.database.transaction() as session:
        account = use_acquirer(
            session, surroundings.sealer, merchant_id=merchant_id, acquirer=name, contract=given
        )
    if as_json:
        click.echo(json.dumps({"merchant": merchant_id, "account": account}))
    else:
        click.echo(f"{merchant_id} registers cards with {account} from now on.")
        click.echo(f"See whether the way is right with `ars acquirer check {account}`.")


def _users(database: Database) -> dict[str | None, list[str]]:
    users: dict[str | None, list[str]] = defaultdict(list)
    chosen = sa.select(Merchant.acquirer_account, Merchant.id).order_by(Merchant.id)
    with database.reading() as session:
        for account, merchant_id in session.execute(chosen):
            users[account].append(merchant_id)
    return users


def _account(surroundings: Surroundings, name: str) -> Acquirer:
    try:
        return surroundings.accounts[name]
    except KeyError:
        raise NotFound(f"There is no account {name}. `ars acquirer list` shows them.") from None


def _faults(found: Checked) -> list[str]:
    faults = [fault for fault in (found.network, found.credentials) if fault]
    ahead = found.clock_ahead_s
    if ahead is not None and abs(ahead) > CLOCK_OFF_S:
        faults.append(
            f"our clock and the acquirer's are {abs(ahead):.0f} s apart. Set this machine's clock "
            "by a time server: requests are signed with their time."
        )
    return faults


def _contract(name: str, text: str) -> Contract:
    if name == SANDBOX:
        raise InvalidRequest.field("/contract", "The sandbox needs no contract; leave it out.")
    # What was given is a secret, so no message may repeat any of it.
    if len(text) > CONTRACT_BYTES_MAX:
        raise InvalidRequest.field("/contract", "The contract is larger than 16 KiB.")
    try:
        given: Any = json.loads(text)
        return GATEWAYS[name].contract.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, fault["loc"])) or "it"
        why = fault["msg"].removeprefix("Value error, ")
        raise InvalidRequest.field("/contract", f"--contract: {field}: {why}") from None
    except ValueError:
        raise InvalidRequest.field("/contract", "--contract: this is not JSON.") from None
