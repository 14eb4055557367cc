"""Who is calling: the secret key of the Authorization header, and the merchant it belongs to."""

from __future__ import annotations

from flask import Request

from billing_core.merchants import Merchant, merchant_of_key
from foundation.database import Session
from foundation.errors import Refusal

SCHEME = "bearer"


def key_of(request: Request) -> str:
    """The key in the request's header. Raises Refusal when there is none."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not key.strip():
        raise Refusal(
            "Send your secret key in the header Authorization: Bearer sk_test_….",
            code="unauthorized",
        )
    return key.strip()


def authenticated(session: Session, key: str) -> Merchant:
    """The merchant to whom a key belongs. Raises Refusal for a key that is unknown or revoked."""
    merchant = merchant_of_key(session, key)
    if merchant is None:
        # No delay and no count of wrong tries: nobody guesses 256 random bits.
        raise Refusal(
            "This secret key is not known, or it has been revoked. Check for missing characters.",
            code="unauthorized",
        )
    return merchant
