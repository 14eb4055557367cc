"""`ars merchant …`, `ars consents …` and `ars reconcile`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Protocol

import click

from billing_core.actions.create_merchant import create_merchant
from billing_core.actions.reconcile import Reconciled
from billing_core.actions.reconcile import reconcile as reconcile_day
from billing_core.actions.set_instalment_policy import set_instalment_policy
from billing_core.actions.verify_consents import verify_consents
from billing_core.desk import Desk
from billing_core.instalments import MONTHS_MAX
from billing_core.merchants import Merchant
from billing_core.months_option import MONTHS
from billing_core.reconciliation import difference_view
from foundation.clock import kst_day
from foundation.command_line import as_json
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest, NotFound
from foundation.phone_number import PhoneNumber


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`."""

    @property
    def database(self) -> Database: ...

    @property
    def desk(self) -> Desk: ...


@click.group()
def merchant() -> None:
    """The merchants who collect payments."""


@merchant.command("create")
@click.option("--name", required=True, help="The registered name; texts begin with it.")
@click.option("--spoken-name", help="How the voice says it; the name itself by default.")
@click.option("--phone", help="The number customers may call with questions.")
@click.option("--live", is_flag=True, help="Give out a live key instead of a test key.")
@as_json
@click.pass_obj
def create(
    surroundings: Surroundings,
    name: str,
    spoken_name: str | None,
    phone: str | None,
    *,
    live: bool,
    as_json: bool,
) -> None:
    """Take in a merchant and print its id and secret key. The key is shown once."""
    if live and surroundings.database.clock.offset():
        raise Conflict("The test clock of this installation was moved; live keys need real time.")
    with surroundings.database.transaction() as session:
        made, key = create_merchant(
            session,
            name=name,
            spoken_name=spoken_name,
            phone=_phone(phone) if phone else None,
            livemode=live,
        )
    if as_json:
        click.echo(json.dumps({"id": made.id, "secret_key": key}))
    else:
        click.echo(
            f"Merchant   {made.id}\nSecret key {key}\nKeep the key now: it is not shown again."
        )


@merchant.command("instalments")
@click.argument("merchant_id")
@click.option(
    "--max-months",
    required=True,
    type=click.IntRange(0, MONTHS_MAX),
    help="The longest plan; 0: one payment only.",
)
@click.option(
    "--interest-free",
    default=(),
    type=MONTHS,
    help="The months whose interest the merchant pays, as 2,3; none when left out.",
)
@as_json
@click.pass_obj
def instalments(
    surroundings: Surroundings,
    merchant_id: str,
    max_months: int,
    interest_free: tuple[int, ...],
    *,
    as_json: bool,
) -> None:
    """Set which instalments a merchant's charges allow when they do not say."""
    with surroundings.database.transaction() as session:
        found = set_instalment_policy(
            session,
            merchant_id=merchant_id,
            max_months=max_months,
            interest_free=interest_free,
        )
    if as_json:
        policy = {"max_months": found.max_months, "interest_free": found.interest_free}
        click.echo(json.dumps({"id": found.id, **policy}))
    elif found.max_months == 0:
        click.echo(f"{found.id}: one payment only, unless a charge says otherwise.")
    else:
        free = ", ".join(map(str, found.interest_free)) or "none"
        click.echo(f"{found.id}: up to {found.max_months} months, free of interest: {free}.")


@merchant.command("voice")
@click.argument("merchant_id")
@click.option(
    "--approval-number/--no-approval-number",
    required=True,
    help="Whether calls say the approval number; the text message has it anyway.",
)
@as_json
@click.pass_obj
def voice(
    surroundings: Surroundings, merchant_id: str, *, approval_number: bool, as_json: bool
) -> None:
    """Set what a merchant's calls say beyond what must be said."""
    with surroundings.database.transaction() as session:
        found = session.get(Merchant, merchant_id)
        if found is None:
            raise NotFound(f"There is no merchant {merchant_id}. Its id begins with mer_.")
        found.says_approval_number = approval_number
    if as_json:
        click.echo(json.dumps({"id": merchant_id, "says_approval_number": approval_number}))
        return
    does = "say" if approval_number else "do not say"
    click.echo(f"{merchant_id}: calls {does} the approval number.")


@click.group()
def consents() -> None:
    """The records of what customers agreed to."""


@consents.command("verify")
@as_json
@click.pass_obj
def verify(surroundings: Surroundings, *, as_json: bool) -> None:
    """Walk every chain of consent records; exit 1 where one was changed, removed or slipped in."""
    with surroundings.database.reading() as session:
        count, breaks = verify_consents(session)
    if as_json:
        click.echo(json.dumps({"records": count, "breaks": [vars(found) for found in breaks]}))
    elif not breaks:
        click.echo(f"{count} consent records, every chain holds.")
    for found in breaks:
        click.echo(f"{found.merchant_id} at {found.position}: {found.why}", err=True)
    if breaks:
        raise click.exceptions.Exit(1)


@click.command()
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day in Korea; yesterday when left out.",
)
@as_json
@click.pass_obj
def reconcile(surroundings: Surroundings, day: datetime | None, *, as_json: bool) -> None:
    """Compare our ledger of a day with the acquirers' lists; exit 1 where something differs."""
    today = kst_day(surroundings.database.clock.now())
    asked = day.date() if day else today - timedelta(days=1)
    if asked >= today:
        raise InvalidRequest.field(
            "/day", f"{asked} is not over in Korea; nobody has its list yet."
        )
    found = reconcile_day(surroundings.desk, asked)
    if as_json:
        click.echo(json.dumps(_reconciled_view(found)))
    else:
        _say_reconciled(found)
    if found.differences or found.unanswered:
        raise click.exceptions.Exit(1)


def _reconciled_view(found: Reconciled) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "differences": [difference_view(difference) for difference in found.differences],
        "unanswered": list(found.unanswered),
    }


def _say_reconciled(found: Reconciled) -> None:
    if not found.differences and not found.unanswered:
        click.echo(f"{found.day}: nothing differs.")
    for name in found.unanswered:
        click.echo(f"{found.day}: {name} did not send its list; nothing was compared.", err=True)
    for difference in found.differences:
        click.echo(
            f"{found.day} {difference.acquirer} {difference.kind} {difference.order_id}: "
            f"ours {_won(difference.ours)}, theirs {_won(difference.theirs)}",
            err=True,
        )


def _won(amount: int | None) -> str:
    return "nothing" if amount is None else f"{amount:,}"


def _phone(written: str) -> PhoneNumber:
    try:
        return PhoneNumber.parse(written)
    except ValueError as error:
        raise InvalidRequest.field("/phone", f"--phone: {error}.") from None
