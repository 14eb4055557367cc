"""Master keys: whatever is sealed follows from them. Only the worker and the commands hold them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from foundation.errors import SealBroken, SettingsError

MASTER_KEY_BYTES = 32


class MasterKeys:
    """The keys that open everything, newest first. Only the worker and the commands hold them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """Read "id:base64(32 bytes),…". Raises SettingsError that names the fault, never the key."""
        keys: dict[str, bytes] = {}
        for number, part in enumerate(text.split(","), start=1):
            name, _, encoded = part.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if not name or len(key) != MASTER_KEY_BYTES:
                raise SettingsError(f"MASTER_KEYS: entry {number} is not id:base64(32 bytes).")
            if name in keys:
                raise SettingsError(
                    f"MASTER_KEYS: entry {number} has the id of an earlier one. Give each its own."
                )
            keys[name] = key
        return cls(keys)

    @staticmethod
    def generate(name: str) -> str:
        """A new entry for MASTER_KEYS."""
        return f"{name}:{base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()}"

    @property
    def newest(self) -> str:
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def derive(self, purpose: str, master_id: str) -> bytes:
        """A key of 32 bytes for one purpose (HKDF, RFC 5869)."""
        if master_id not in self._keys:
            raise SealBroken(f"no master key {master_id}: MASTER_KEYS lacks it")
        return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(
            self._keys[master_id]
        )

    def keyed_hashes(self, purpose: str, text: str) -> tuple[str, ...]:
        """Keyed hashes of a text under every master key, newest first, for look-ups."""
        return tuple(
            hmac.new(self.derive(purpose, name), text.encode(), hashlib.sha256).hexdigest()
            for name in self._keys
        )

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(self._keys)})"
