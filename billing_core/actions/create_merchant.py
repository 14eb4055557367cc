"""Take in a merchant and give out the first key."""

from __future__ import annotations

from billing_core.merchants import APIKey, Merchant, key_hash, new_key
from billing_core.spoken_names import check_sayable, is_visible
from foundation.database import Session
from foundation.errors import InvalidRequest
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber

# The text starts with "[name]" and the call with the spoken name: both must stay short.
NAME_MAX = 40


def create_merchant(
    session: Session,
    *,
    name: str,
    spoken_name: str | None = None,
    phone: PhoneNumber | None = None,
    livemode: bool = False,
) -> tuple[Merchant, str]:
    """Return the merchant and its secret key, which is never shown again."""
    name, spoken_name = _checked("/name", name), _checked("/spoken_name", spoken_name or name)
    merchant = Merchant(
        id=new_id("mer", session.now),
        name=name,
        spoken_name=spoken_name,
        phone=phone,
        livemode=livemode,
        created_at=session.now,
    )
    session.add(merchant)
    session.flush()
    key = new_key(livemode)
    session.add(
        APIKey(
            hash=key_hash(key),
            merchant_id=merchant.id,
            hint=key[-4:],
            livemode=livemode,
            created_at=session.now,
        )
    )
    session.flush()
    return merchant, key


def _checked(param: str, written: str) -> str:
    name = written.strip()
    if not name or len(name) > NAME_MAX or not is_visible(name):
        raise InvalidRequest.field(param, f"A name has 1 to {NAME_MAX} printable characters.")
    check_sayable(param, name)
    return name
