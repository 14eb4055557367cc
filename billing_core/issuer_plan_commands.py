"""`ars issuer-plans …`: the months that issuers offer without interest, listed or entered by hand."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol

import click
import sqlalchemy as sa

from billing_core.acquirers.account_names import SANDBOX
from billing_core.acquirers.gateways import GATEWAYS
from billing_core.acquirers.issuers import BY_CODE
from billing_core.actions.add_issuer_plans import NewPlans, add_issuer_plans
from billing_core.actions.remove_issuer_plan import remove_issuer_plan
from billing_core.instalments import INSTALMENTS_FROM, IssuerPlan
from billing_core.months_option import MONTHS
from foundation.clock import kst_day
from foundation.command_line import as_json
from foundation.database import Database
from foundation.money import WON_MAX, Money

day = click.DateTime(["%Y-%m-%d"])


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`."""

    @property
    def database(self) -> Database: ...


@click.group("issuer-plans")
def issuer_plans() -> None:
    """The months that issuers offer free of interest, wholly or partly."""


@issuer_plans.command("list")
@as_json
@click.pass_obj
def list_plans(surroundings: Surroundings, *, as_json: bool) -> None:
    """List the plans that hold today or will, and where each is from."""
    with surroundings.database.reading() as session:
        plans = session.scalars(
            sa.select(IssuerPlan)
            .where(IssuerPlan.last_day >= kst_day(session.now))
            .order_by(IssuerPlan.acquirer, IssuerPlan.issuer_code, IssuerPlan.months, IssuerPlan.id)
        ).all()
    if as_json:
        click.echo(json.dumps([_view(plan) for plan in plans]))
        return
    for plan in plans:
        click.echo(_line(plan))
    if not plans:
        click.echo(
            "No plans. Enter some with `ars issuer-plans add`; NICEPAY and TossPayments send theirs."
        )


@issuer_plans.command("add")
@click.option(
    "--acquirer",
    required=True,
    type=click.Choice([SANDBOX, *GATEWAYS]),
    help="The acquirer under which the issuer offers them.",
)
@click.option("--issuer", required=True, help="The issuer's code, or its name: 06 or 신한.")
@click.option("--months", required=True, type=MONTHS, help="The months that are offered: 2,3.")
@click.option("--from", "first", required=True, type=day, help="The first day, in Korea.")
@click.option("--to", "last", required=True, type=day, help="The last day, in Korea.")
@click.option(
    "--min",
    "amount_min",
    default=INSTALMENTS_FROM.won,
    show_default=True,
    type=click.IntRange(0, WON_MAX),
    help="The lowest amount, in won.",
)
@click.option(
    "--max", "amount_max", type=click.IntRange(0, WON_MAX), help="The highest amount, in won."
)
@click.option("--partly", is_flag=True, help="The customer pays the first months' interest.")
@as_json
@click.pass_obj
def add(
    surroundings: Surroundings,
    acquirer: str,
    issuer: str,
    months: tuple[int, ...],
    first: datetime,
    last: datetime,
    amount_min: int,
    amount_max: int | None,
    *,
    partly: bool,
    as_json: bool,
) -> None:
    """Enter what an issuer announced. It is offered to callers whose merchant allows the months."""
    new = NewPlans(
        acquirer=acquirer,
        issuer=issuer,
        months=months,
        first_day=first.date(),
        last_day=last.date(),
        amount_min=Money(amount_min),
        amount_max=None if amount_max is None else Money(amount_max),
        is_partly=partly,
    )
    with surroundings.database.transaction() as session:
        plans = add_issuer_plans(session, new)
    if as_json:
        click.echo(json.dumps([_view(plan) for plan in plans]))
        return
    for plan in plans:
        click.echo(_line(plan))


@issuer_plans.command("remove")
@click.argument("plan_id")
@as_json
@click.pass_obj
def remove(surroundings: Surroundings, plan_id: str, *, as_json: bool) -> None:
    """Take back a plan that was entered by hand. Charges that were agreed to are not touched."""
    with surroundings.database.transaction() as session:
        remove_issuer_plan(session, plan_id)
    if as_json:
        click.echo(json.dumps({"id": plan_id, "removed": True}))
    else:
        click.echo(f"{plan_id} is removed.")


def _view(plan: IssuerPlan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "acquirer": plan.acquirer,
        "issuer_code": plan.issuer_code,
        "months": plan.months,
        "partly": plan.is_partly,
        "amount_min": plan.amount_min.won,
        "amount_max": plan.amount_max.won if plan.amount_max else None,
        "first_day": plan.first_day.isoformat(),
        "last_day": plan.last_day.isoformat(),
        "source": _source(plan),
    }


def _line(plan: IssuerPlan) -> str:
    issuer = BY_CODE.get(plan.issuer_code)
    up_to = f" to {plan.amount_max.won:,}" if plan.amount_max else ""
    return (
        f"{plan.id}  {plan.acquirer}  {issuer.spoken if issuer else plan.issuer_code}  "
        f"{plan.months} months {'partly ' if plan.is_partly else ''}free  "
        f"from {plan.amount_min.won:,}{up_to} won  {plan.first_day} to {plan.last_day}  "
        f"{_source(plan)}"
    )


def _source(plan: IssuerPlan) -> str:
    return "acquirer" if plan.listed_at else "operator"
