"""What every object of the API has, described for the documentation and checked in tests."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Described(BaseModel):
    """A part of an answer. More fields may be added at any time; clients ignore them."""

    model_config = ConfigDict(extra="allow")


class ObjectOfAPI(Described):
    """What every object has."""

    id: str
    object: str
    livemode: bool = Field(description="Whether real money is involved.")
    metadata: dict[str, str] = Field(description="Your own pairs, returned as you sent them.")
    created_at: datetime


class CustomerView(Described):
    """Your customer, under your own reference."""

    ref: str
    name: str
    phone: str = Field(description="E.164, like +821012345678.")


class TextView(Described):
    """The text message with the number."""

    id: str
    status: str


class FailureView(Described):
    """Why it was refused, as it can be shown to the customer, and what to do."""

    code: str
    message: str
    advice: str


class ChargeFailureView(FailureView):
    """Why a charge was refused, and which card it was."""

    last4: str = Field(description="The end of the card that was refused.")


Shown = TypeVar("Shown", bound=BaseModel)


class ListOf(Described, Generic[Shown]):
    """One page of a list, newest first."""

    object: str
    data: list[Shown]
    has_more: bool = Field(description="Whether there is more in the direction asked for.")
