"""The voice and text provider signs its webhooks; unsigned ones change nothing.

X-Twilio-Signature is HMAC-SHA1 over the exact address and the sorted parameters, blanks included.
It has no time in it, so a replay is a valid signature: positions in calls make replays harmless.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote


class ProviderSignature:
    """Checks signatures against the address the provider knows and the account's tokens.

    Several tokens are accepted while one is being rotated.
    """

    def __init__(self, public_base_url: str, tokens: Iterable[str]) -> None:
        self._base = public_base_url.rstrip("/")
        self._tokens = tuple(tokens)

    def is_right(
        self, environ: Mapping[str, Any], params: Iterable[tuple[str, str]], signature: str
    ) -> bool:
        """Whether a request was signed by the provider. `params` keeps blanks and repeats."""
        url = self._base + raw_path(environ)
        pairs = list(params)
        text = url + "".join(name + value for name, value in sorted(set(pairs)))
        for token in self._tokens:
            mac = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
            if hmac.compare_digest(base64.b64encode(mac), signature.encode("utf-8", "replace")):
                return True
        return any(_provider_agrees(token, url, pairs, signature) for token in self._tokens)


def raw_path(environ: Mapping[str, Any]) -> str:
    """Path and query byte for byte as requested; frameworks decode them, which breaks signatures."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if not raw:
        path = str(environ.get("SCRIPT_NAME", "")) + str(environ["PATH_INFO"])
        raw = quote(path, safe="/:@!$&'()*+,;=-._~", encoding="latin-1")
        if environ.get("QUERY_STRING"):
            raw += "?" + str(environ["QUERY_STRING"])
    if str(raw).startswith("http"):
        raw = "/" + str(raw).split("/", 3)[3]
    return str(raw)


def _provider_agrees(token: str, url: str, pairs: list[tuple[str, str]], signature: str) -> bool:
    """The provider's own check: it also accepts the address with or without its port."""
    from twilio.request_validator import RequestValidator  # noqa: PLC0415 (slow to import)
    from werkzeug.datastructures import MultiDict  # noqa: PLC0415

    return bool(RequestValidator(token).validate(url, MultiDict(pairs), signature))
