"""What a merchant sends to charge a bill key, and to give money back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from billing_core.actions.open_charge import NewCharge
from billing_core.charges import Consent
from billing_core.instalments import MONTHS_MAX, MONTHS_MIN
from foundation.errors import Fault
from foundation.money import Money
from merchant_api import fields
from merchant_api.examples import CHARGE_REQUEST, REFUND_REQUEST
from merchant_api.validation import Body

# The least that any acquirer of ours takes; one that takes only more declines by itself.
CHARGE_MIN = 100


def _months(months: int) -> int:
    # 1 is how some acquirers write one payment, and others a fault; here it is always 0.
    if months != 0 and months not in range(MONTHS_MIN, MONTHS_MAX + 1):
        raise fields.fault(
            "out_of_range",
            f"Give 0 for one payment only, or {MONTHS_MIN} to {MONTHS_MAX} months.",
        )
    return months


def _within_plan(months: list[int], known: ValidationInfo) -> list[int]:
    longest = known.data.get("max_months", MONTHS_MAX)
    if any(month > longest for month in months):
        raise fields.fault("out_of_range", "No month can be longer than max_months.")
    return sorted(set(months))


class InstallmentsRequest(Body):
    """The instalments you allow for this charge."""

    max_months: Annotated[
        int,
        AfterValidator(_months),
        Field(json_schema_extra={"enum": [0, *range(MONTHS_MIN, MONTHS_MAX + 1)]}),
    ] = Field(description="The longest plan; 0 is one payment only.")
    interest_free: Annotated[
        list[Annotated[int, Field(ge=MONTHS_MIN, le=MONTHS_MAX)]],
        Field(max_length=MONTHS_MAX),
        AfterValidator(_within_plan),
    ] = Field([], description="The months whose interest you pay; none longer than max_months.")


class ChargeRequest(Body):
    """A new charge."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHARGE_REQUEST]})

    # No pattern: what cannot be an id is not found, like one of somebody else.
    bill_key: fields.Reference = Field(description="The bill key of the customer.")
    order_id: fields.OrderID = Field(
        description="Your own id of this charge; unique among your charges."
    )
    amount: Annotated[int, Field(ge=CHARGE_MIN, le=fields.AMOUNT_MAX)] = Field(
        description="In won, tax included."
    )
    tax_free_amount: Annotated[int, Field(ge=0, le=fields.AMOUNT_MAX)] = Field(
        0, description="The part of the amount that is free of tax."
    )
    item: fields.Sayable = Field(description="What is paid for, as it is read out in the call.")
    note: fields.Note | None = Field(
        None, description="One sentence more about it, read out after the amount."
    )
    consent: Literal["ars", "none"] = Field(
        "ars",
        description="ars: we text a telephone number, the customer calls it and agrees. none: the "
        "registered card is charged at once, which needs a bill key with standing consent.",
    )
    installments: InstallmentsRequest | None = Field(
        None,
        description="Left out: your policy, which the operator sets; one payment only until then. "
        "Below 50,000 won always one payment.",
    )
    expires_in: Annotated[
        fields.ExpiresIn, Field(description="Seconds in which the customer can agree.")
    ] = fields.EXPIRES_IN_DEFAULT_S
    metadata: fields.Metadata

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> list[Fault]:
        """The part without tax is a part."""
        return _part_faults(raw)

    def wanted(self) -> NewCharge:
        """The request in the words of the core."""
        plan = self.installments
        return NewCharge(
            bill_key=self.bill_key,
            order_id=self.order_id,
            amount=Money(self.amount),
            tax_free_amount=Money(self.tax_free_amount),
            item=self.item,
            note=self.note,
            consent=Consent(self.consent),
            max_months=plan.max_months if plan else None,
            interest_free=tuple(plan.interest_free) if plan else (),
            expires_in=timedelta(seconds=self.expires_in),
            metadata=self.metadata,
        )


class RefundRequest(Body):
    """Money that is given back."""

    model_config = ConfigDict(json_schema_extra={"examples": [REFUND_REQUEST]})

    amount: fields.Amount | None = Field(
        None, description="In won. Left out: all that has not been refunded yet."
    )
    tax_free_amount: Annotated[int, Field(ge=0, le=fields.AMOUNT_MAX)] | None = Field(
        None, description="The part of the amount that is free of tax."
    )
    reason: fields.Reason = Field(description="Why; the acquirer gets it too.")
    metadata: fields.Metadata

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> list[Fault]:
        """The part without tax is a part."""
        return _part_faults(raw)

    def won(self) -> tuple[Money | None, Money | None]:
        """The amount, and the part that is free of tax, where they are given."""
        amount, tax_free = self.amount, self.tax_free_amount
        return (
            None if amount is None else Money(amount),
            None if tax_free is None else Money(tax_free),
        )


def _part_faults(raw: Mapping[str, Any]) -> list[Fault]:
    amount, part = raw.get("amount"), raw.get("tax_free_amount")
    # What is no whole number, or missing, is told by the field itself.
    if type(amount) is int and type(part) is int and part > amount > 0:
        detail = "The part that is free of tax cannot be more than the amount."
        return [Fault("/tax_free_amount", "out_of_range", detail)]
    return []
