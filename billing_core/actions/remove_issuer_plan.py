"""Take back a plan that was entered by hand; charges that were agreed to are not touched."""

from __future__ import annotations

from billing_core.instalments import IssuerPlan
from foundation.database import Session
from foundation.errors import Conflict, NotFound


def remove_issuer_plan(session: Session, plan_id: str) -> None:
    """Remove it. Raises NotFound, and Conflict where an acquirer listed it."""
    plan = session.get(IssuerPlan, plan_id)
    if plan is None:
        raise NotFound(f"There is no plan {plan_id}. `ars issuer-plans list` shows their ids.")
    if plan.listed_at is not None:
        raise Conflict(
            f"{plan_id} is from the list of {plan.acquirer}, which would bring it back tomorrow."
        )
    session.delete(plan)
