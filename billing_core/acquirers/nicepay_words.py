"""A payment in NICEPAY's words, read loosely: numbers come as strings, and dates as "0"."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from billing_core.acquirers.gateway_line import Words
from billing_core.acquirers.protocol import Approved, Canceled
from foundation.clock import KST
from foundation.money import WON_MAX

REASON_BYTES_MAX = 100


def read_moment(written: object) -> datetime | None:
    """A moment as NICEPAY writes it; one without an offset is Korea's. None for "0", its never.

    Raises ValueError for anything else.
    """
    if written in (None, "", "0", 0):
        return None
    at = datetime.fromisoformat(str(written))
    return at if at.tzinfo else at.replace(tzinfo=KST)


Text = Annotated[str, Field(max_length=200), BeforeValidator(lambda said: said or "")]
Moment = Annotated[datetime | None, BeforeValidator(read_moment)]
Won = Annotated[int, Field(ge=0, le=WON_MAX)]


class _Words(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        alias_generator=AliasGenerator(validation_alias=to_camel),
        hide_input_in_errors=True,
    )


class Cancel(_Words):
    """One time that something was given back."""

    tid: Text
    amount: Won
    cancelled_at: Moment
    reason: Text = ""


class Payment(_Words):
    """One payment, and what was given back of it."""

    tid: Annotated[str, Field(min_length=1, max_length=40)]
    order_id: Text
    status: Text
    amount: Won
    balance_amt: Won
    paid_at: Moment = None
    approve_no: Text = ""
    receipt_url: Text = ""
    cancels: Annotated[tuple[Cancel, ...], BeforeValidator(lambda said: said or ())] = ()

    def approved(self) -> Approved | None:
        """The approval; None where it does not say when it was."""
        if self.paid_at is None:
            return None
        return Approved(self.tid, self.approve_no, self.paid_at, self.receipt_url or None)

    def cancel_of(self, cancel_id: str) -> Cancel | None:
        """What was given back under this id of ours: each id opens the reason of its cancel."""
        ours = (one for one in self.cancels if one.reason.startswith(cancel_id))
        return next(ours, None)


def read_payment(words: Words) -> Payment | None:
    """The payment in an answer, or None."""
    try:
        return Payment.model_validate(words)
    except ValidationError:
        return None


def canceled(cancel: Cancel) -> Canceled | None:
    """The cancel in our words; None where it does not say when it was."""
    return Canceled(cancel.tid, cancel.cancelled_at) if cancel.cancelled_at else None
