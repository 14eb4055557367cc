"""X-Twilio-Signature, made with the standard library so that the simulator need not load the provider's SDK."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

Parameters = Mapping[str, str | list[str]]
ALGORITHMS = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}


def sign(auth_token: str, url: str, parameters: Parameters, algorithm: str = "HMAC_SHA1") -> str:
    """Sign the exact URL and, for a form, every parameter in name order, blanks included."""
    signed = url + "".join(name + value for name, value in _sorted_pairs(parameters))
    digest = hmac.new(auth_token.encode(), signed.encode(), ALGORITHMS[algorithm]).digest()
    return base64.b64encode(digest).decode()


def _sorted_pairs(parameters: Parameters) -> Iterable[tuple[str, str]]:
    for name in sorted(parameters):
        values = parameters[name]
        # A repeated name is signed once per distinct value, in value order.
        for value in sorted({values} if isinstance(values, str) else set(values)):
            yield name, value
