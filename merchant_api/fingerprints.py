"""Fingerprints of request bodies, by which a key used for another body is noticed.

Two bodies are the same when they say the same in JSON: order of members and spaces do not count.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from merchant_api.card_numbers import BETWEEN

# A hash of card data can be turned back by trying: of a card number all but six digits are known
# from its issuer and its last four. So the part of a body that may be card data leaves only 16 bits
# of a slow hash: too few to tell one card among millions, however fast somebody tries, and enough
# that another card under the same key is noticed 65,535 times in 65,536. The salt is the merchant,
# so that repeating the same card under many keys gives away the same 16 bits and no more.
CARD_HASH_BYTES = 2
SCRYPT_COST = 2**14
SCRYPT_BLOCK = 8

# 14 digits or more, however they are spaced: anybody may write a card number into a wrong field.
_MAY_BE_A_CARD = re.compile(rf"\d(?:{BETWEEN}?\d){{13,}}")


def fingerprint(merchant_id: str, body: dict[str, Any]) -> str:
    """What stands for a body, to be kept for as long as its key."""
    in_clear = _canonical({name: value for name, value in body.items() if name != "card"})
    if _MAY_BE_A_CARD.search(in_clear):
        return _slow(merchant_id, _canonical(body))
    plain = hashlib.sha256(in_clear.encode()).hexdigest()
    if "card" in body:
        return f"{plain} {_slow(merchant_id, _canonical(body['card']))}"
    return plain


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _slow(merchant_id: str, text: str) -> str:
    return hashlib.scrypt(
        text.encode(),
        salt=merchant_id.encode(),
        n=SCRYPT_COST,
        r=SCRYPT_BLOCK,
        p=1,
        dklen=CARD_HASH_BYTES,
    ).hex()
