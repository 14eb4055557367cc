"""What a merchant sends to open a registration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from billing_core.actions.open_registration import NewRegistration
from billing_core.registrations import Channel
from foundation.errors import Fault
from foundation.phone_number import PhoneNumber
from merchant_api import fields
from merchant_api.cards import CardRequest
from merchant_api.examples import REGISTRATION_REQUEST
from merchant_api.validation import Body


class CustomerRequest(Body):
    """Your customer."""

    ref: fields.Reference = Field(description="Your own id of this customer.")
    name: fields.Carried = Field(
        description="The acquirer gets it; it is neither read out nor texted."
    )
    phone: fields.Mobile = Field(
        description="A Korean mobile number in any usual way of writing. Only calls from this "
        "phone are accepted."
    )


class TermsRequest(Body):
    """What the customer is asked to agree to."""

    consent: fields.Consent = Field(
        description="each_charge: the customer is called for every charge. once: charges follow "
        "without a further call."
    )
    amount: fields.Amount | None = Field(None, description="The amount in won, where it is fixed.")
    billing_day: fields.BillingDay | None = Field(
        None, description="The day of the month, where it is fixed."
    )


class RegistrationRequest(Body):
    """A new registration."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION_REQUEST]})

    order_id: fields.OrderID = Field(
        description="Your own id of this registration; unique among your registrations."
    )
    channel: Literal["ars", "web_link", "card"] = Field(
        description="ars: we text a telephone number and the customer calls it. card: you send "
        "the card data. web_link is not offered yet."
    )
    customer: CustomerRequest
    item: fields.Sayable = Field(description="What is paid for, as it is read out in the call.")
    terms: TermsRequest
    trust_phrase: fields.Speakable | None = Field(
        None,
        description="Something only you and the customer know; it stands in the text and is read "
        "out in the call.",
    )
    expires_in: Annotated[
        fields.ExpiresIn, Field(description="Seconds until the registration expires.")
    ] = fields.EXPIRES_IN_DEFAULT_S
    metadata: fields.Metadata
    card: CardRequest | None = Field(None, description="The card, with the channel card only.")

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> list[Fault]:
        """A card belongs to the channel card, and to no other."""
        is_card, has_card = raw.get("channel") == Channel.CARD, raw.get("card") is not None
        if is_card and not has_card:
            return [Fault("/card", "missing", "The channel card needs the card.")]
        if has_card and not is_card:
            detail = "Card data is taken with the channel card only. Never send it otherwise."
            return [Fault("/card", "not_allowed", detail)]
        return []

    def wanted(self) -> NewRegistration:
        """The request in the words of the core."""
        return NewRegistration(
            order_id=self.order_id,
            channel=Channel(self.channel),
            customer_ref=self.customer.ref,
            customer_name=self.customer.name,
            phone=PhoneNumber(self.customer.phone),
            item=self.item,
            consent=self.terms.consent,
            expires_in=timedelta(seconds=self.expires_in),
            amount=self.terms.amount,
            billing_day=self.terms.billing_day,
            trust_phrase=self.trust_phrase,
            metadata=self.metadata,
            card=self.card.digits() if self.card else None,
        )
