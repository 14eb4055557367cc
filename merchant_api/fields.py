"""The kinds of fields in requests, each with its limit, its check and a sentence that helps.

What is spoken in a call and written in a text must be sayable and carried by every operator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from billing_core.spoken_names import check_sayable, check_speakable, is_visible
from foundation.errors import InvalidRequest
from foundation.phone_number import PhoneNumber
from merchant_api.card_numbers import holds_card_number
from merchant_api.validation import MOMENT, NOW
from sms.characters import check_writable

# Heard in one breath, and short enough for a text of which it is one line.
SPOKEN_MAX = 40
# One sentence that is only heard.
NOTE_MAX = 80
REFERENCE_MAX = 64
METADATA_PAIRS_MAX = 20
METADATA_KEY_MAX = 40
METADATA_VALUE_MAX = 500
# Far beyond any card's limit; more is a typing error.
AMOUNT_MAX = 999_999_999
# A customer needs some minutes to call, and after four weeks nobody remembers what it was about.
EXPIRES_IN_MIN_S = 300
EXPIRES_IN_MAX_S = 4 * 7 * 24 * 3600
EXPIRES_IN_DEFAULT_S = 24 * 3600
# As much as every acquirer keeps of why money was given back.
REASON_MAX = 100
# Moments outside these years are typing errors, and some of them cannot be brought to UTC.
YEARS = range(2000, 2200)

_LINE_BREAKS = frozenset("\n\t\r")
_ORDER_ID = r"^[!-~]([ -~]*[!-~])?$"
_ID_KIND = re.compile(r"[a-z]{2,5}_")
_OBJECT_ID = r"^[a-z]{2,5}_[0-9A-Z]{1,40}$"


def fault(code: str, detail: str) -> PydanticCustomError:
    """A fault of the field being checked; `detail` never repeats the value of card data."""
    return PydanticCustomError(code, "{detail}", {"detail": detail})


def _visible(text: str) -> str:
    if not is_visible(text):
        raise fault("invisible_character", "Leave out control and invisible characters.")
    return text


def _without_card(text: str) -> str:
    if holds_card_number(text):
        raise fault(
            "card_number_not_allowed",
            "A card number must never be sent here; the customer keys it on the telephone. "
            "Leave it out.",
        )
    return text


def _plain(text: str) -> str:
    _visible("".join(character for character in text if character not in _LINE_BREAKS))
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise fault("too_short", "Write at least one character that is not a space.")
    return _visible(text)


def _carried(text: str, most: int = SPOKEN_MAX) -> str:
    written = " ".join(unicodedata.normalize("NFC", text).split())
    _without_card(_visible(written))
    if not written:
        raise fault("too_short", "Write at least one character that is not a space.")
    if len(written) > most:
        raise fault("too_long", f"Write at most {most} characters.")
    return _passed(check_writable, written)


def _sayable(text: str, most: int = SPOKEN_MAX) -> str:
    return _passed(check_sayable, _carried(text, most))


def _speakable(text: str) -> str:
    return _passed(check_speakable, _carried(text))


def _passed(check: Callable[[str, str], None], text: str) -> str:
    try:
        check("", text)
    except InvalidRequest as refused:
        raise fault(refused.faults[0].code, refused.detail) from None
    return text


def _printable_ascii(text: str) -> str:
    if not re.fullmatch(_ORDER_ID.strip("^$"), text):
        raise fault("invalid_format", "Use printable ASCII, without spaces at the ends.")
    return text


def _object_id(text: str) -> str:
    if not is_object_id(text):
        # Whoever mistyped an id mostly has its kind right.
        kind = _ID_KIND.match(text)
        like = f"{kind[0]}1JZQ…" if kind else "reg_1JZQ… or bk_1JZQ…"
        raise fault("invalid_format", f"This is not the id of an object; those look like {like}.")
    return text


def is_object_id(text: str) -> bool:
    """Whether this can be an id of ours. What cannot is not looked up: databases stumble over it."""
    return re.fullmatch(_OBJECT_ID.strip("^$"), text) is not None


def _mobile(written: str) -> str:
    try:
        phone = PhoneNumber.parse(written)
    except ValueError as error:
        raise fault("not_a_phone_number", f"Write it like 010-1234-5678: {error}.") from None
    if not phone.is_korean_mobile:
        raise fault(
            "not_a_korean_mobile",
            "The customer is texted and calls back: give a Korean mobile number, like "
            "010-1234-5678.",
        )
    return phone.e164


def _written_out(written: object) -> object:
    # A bare number would be read as seconds or milliseconds, whichever is likelier.
    if isinstance(written, str) and written.strip("+-.0123456789") == "":
        raise fault("datetime_parsing", MOMENT)
    return written


def _moment(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise fault("out_of_range", f"Give a year from {YEARS.start} to {YEARS.stop - 1}.")
    return moment.astimezone(UTC)


Sayable = Annotated[
    str,
    AfterValidator(_sayable),
    Field(json_schema_extra={"minLength": 1, "maxLength": SPOKEN_MAX, "format": "sayable"}),
]
Note = Annotated[
    str,
    AfterValidator(partial(_sayable, most=NOTE_MAX)),
    Field(json_schema_extra={"minLength": 1, "maxLength": NOTE_MAX, "format": "sayable"}),
]
Speakable = Annotated[
    str,
    AfterValidator(_speakable),
    Field(json_schema_extra={"minLength": 1, "maxLength": SPOKEN_MAX, "format": "speakable"}),
]
Carried = Annotated[
    str,
    AfterValidator(_carried),
    Field(json_schema_extra={"minLength": 1, "maxLength": SPOKEN_MAX, "format": "carried"}),
]
Mobile = Annotated[
    str,
    AfterValidator(_mobile),
    Field(json_schema_extra={"format": "korean-mobile"}),
]
Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=REFERENCE_MAX),
    AfterValidator(_said),
]
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=REASON_MAX),
    AfterValidator(_said),
    AfterValidator(_without_card),
]
OrderID = Annotated[
    str,
    StringConstraints(min_length=1, max_length=REFERENCE_MAX),
    AfterValidator(_printable_ascii),
    Field(json_schema_extra={"pattern": _ORDER_ID}),
]
MetadataKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=METADATA_KEY_MAX),
    AfterValidator(_visible),
    AfterValidator(_without_card),
]
MetadataValue = Annotated[
    str,
    StringConstraints(max_length=METADATA_VALUE_MAX),
    AfterValidator(_plain),
    AfterValidator(_without_card),
]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue], Field(max_length=METADATA_PAIRS_MAX, default_factory=dict)
]
Amount = Annotated[int, Field(ge=1, le=AMOUNT_MAX)]
BillingDay = Annotated[int, Field(ge=1, le=31)]
ExpiresIn = Annotated[int, Field(ge=EXPIRES_IN_MIN_S, le=EXPIRES_IN_MAX_S)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_moment)]
ObjectID = Annotated[
    str, AfterValidator(_object_id), Field(json_schema_extra={"pattern": _OBJECT_ID})
]
Consent = Literal["each_charge", "once"]


def present(context: dict[str, Any] | None) -> datetime:
    """The moment at which fields are checked."""
    moment = (context or {})[NOW]
    if not isinstance(moment, datetime):
        raise TypeError("fields are checked at a moment")
    return moment
