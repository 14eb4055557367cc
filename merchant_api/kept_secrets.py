"""Answers that show a secret are kept closed, under the API key that came with the request.

We keep of an API key only its hash, so what stands in the database does not open; whoever repeats
the request brings the key along.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from billing_core.merchants import key_hash

NONCE_BYTES = 12
KEY_BYTES = 32
_PURPOSE = b"an answer that shows a secret"


def close(body: bytes, api_key: str, token: str) -> tuple[bytes, str]:
    """The closed body, and the hash of the API key that opens it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(api_key).encrypt(nonce, body, token.encode()), key_hash(api_key)


def open_again(closed: bytes, opens_with: str, api_key: str, token: str) -> bytes | None:
    """The body, or None when another API key closed it."""
    if key_hash(api_key) != opens_with:
        return None
    nonce, box = closed[:NONCE_BYTES], closed[NONCE_BYTES:]
    try:
        return _cipher(api_key).decrypt(nonce, box, token.encode())
    except InvalidTag:
        return None


def _cipher(api_key: str) -> AESGCM:
    # API keys have 256 random bits, so a plain derivation is enough.
    return AESGCM(
        HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=_PURPOSE).derive(api_key.encode())
    )
