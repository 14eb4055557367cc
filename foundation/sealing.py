"""Sealed values: the web process can close them, only the worker can open them.

Digits from a keypad and lasting secrets are sealed to a public key the moment they arrive, with
HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM). A seal is bound to its place, so a box moved
to another row does not open. Two kinds of key pairs:

* `answers` keys live a day. Their private halves are wrapped under the master keys and destroyed
  soon after, so that even a stolen backup opens nothing of an older day.
* `secrets` keys follow from the master keys and guard what must last: acquirers' bill keys,
  webhook secrets, merchants' credentials.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from foundation.clock import stopwatch
from foundation.database import Base, Database, Session
from foundation.errors import SealBroken, SettingsError
from foundation.master_keys import MasterKeys

ANSWERS = "answers"
SECRETS = "secrets"
# The purpose of the keys that wrap the private halves of the answers keys.
WRAP = "wrap"
ANSWERS_KEY_LIFE = timedelta(days=1)
# A web process notices a new key within this time, long before the old one is destroyed.
PUBLIC_KEY_MAX_AGE_S = 60.0

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Secret:
    """Text that must not be shown. It prints as dots; only `reveal()` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Only code that sends it to the acquirer has a reason to ask."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(••••)"

    def __str__(self) -> str:
        return "••••"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash(type(self))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never written anywhere")


@dataclass(frozen=True)
class Sealed:
    """A closed box, and the id of the key that opens it."""

    key_id: str
    box: bytes

    def __repr__(self) -> str:
        return f"Sealed({self.key_id})"


class SealedColumn(sa.TypeDecorator[Sealed]):
    """A sealed value in a table. Its place is "table:column:row id"; see `place_of`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str | None:
        return f"{value.key_id} {base64.b64encode(value.box).decode()}" if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sealed | None:
        if value is None:
            return None
        key_id, box = value.split(" ")
        return Sealed(key_id, base64.b64decode(box))


def place_of(column: Any, row_id: str) -> str:
    """The place to which a value in this column of this row is bound."""
    return f"{column.table.name}:{column.name}:{row_id}"


class SealingKey(Base):
    """One key pair: the public half in clear, the private half wrapped (or derived: then null)."""

    __tablename__ = "sealing_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    public_key: Mapped[bytes]
    wrapped_private_key: Mapped[bytes | None]
    master_id: Mapped[str]
    created_at: Mapped[datetime]


class Sealer:
    """Closes boxes. Every process may have one; it holds public keys only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[str, tuple[SealingKey, X25519PublicKey]] = {}
        self._read_at = float("-inf")

    def seal(self, purpose: str, text: str, place: str, session: Session | None = None) -> Sealed:
        """Close `text` so that it opens only at `place`.

        Within a transaction give its session: a second connection would wait for a full pool.
        """
        key, public_key = self._newest(purpose, session)
        return Sealed(key.id, _SUITE.encrypt(text.encode(), public_key, place.encode()))

    def _newest(self, purpose: str, session: Session | None) -> tuple[SealingKey, X25519PublicKey]:
        if not self._is_fresh(purpose):
            if session is not None:
                self._read(session)
            else:
                with self._database.reading() as own:
                    self._read(own)
        if purpose not in self._keys:
            raise SettingsError("There is no sealing key yet: run `ars migrate` once.")
        return self._keys[purpose]

    def _is_fresh(self, purpose: str) -> bool:
        if purpose not in self._keys or stopwatch() - self._read_at > PUBLIC_KEY_MAX_AGE_S:
            return False
        key, _public_key = self._keys[purpose]
        is_over = self._database.clock.now() - key.created_at >= ANSWERS_KEY_LIFE
        return purpose == SECRETS or not is_over

    def _read(self, session: Session) -> None:
        for key in session.scalars(sa.select(SealingKey).order_by(SealingKey.created_at)):
            # What is remembered outlives this session, whatever becomes of its transaction.
            session.expunge(key)
            public_key = X25519PublicKey.from_public_bytes(key.public_key)
            self._keys[key.purpose] = (key, public_key)
        self._read_at = stopwatch()


class Opener:
    """Opens boxes. Only the worker and the commands have one, for they hold the master keys."""

    def __init__(self, database: Database, masters: MasterKeys) -> None:
        self._database = database
        self.masters = masters
        self._private_keys: dict[str, X25519PrivateKey] = {}

    def open(self, sealed: Sealed, place: str) -> Secret:
        """Open a box at its place. Raises SealBroken for another place, key or bytes."""
        private_key = self._private_keys.get(sealed.key_id) or self._read(sealed.key_id)
        try:
            return Secret(_SUITE.decrypt(sealed.box, private_key, place.encode()).decode())
        except InvalidTag:
            raise SealBroken(f"a box of key {sealed.key_id} does not open at {place}") from None

    def _read(self, key_id: str) -> X25519PrivateKey:
        with self._database.reading() as session:
            key = session.get(SealingKey, key_id)
        if key is None:
            raise SealBroken(f"sealing key {key_id} has been destroyed")
        private_key = private_key_of(self.masters, key)
        if key.purpose == SECRETS:
            # Daily keys are not remembered here: once destroyed they must be gone everywhere.
            self._private_keys[key_id] = private_key
        return private_key


def private_key_of(masters: MasterKeys, key: SealingKey) -> X25519PrivateKey:
    """Unwrap or derive the private half of a key pair."""
    if key.wrapped_private_key is None:
        return X25519PrivateKey.from_private_bytes(masters.derive(SECRETS, key.master_id))
    nonce, box = key.wrapped_private_key[:12], key.wrapped_private_key[12:]
    wrapping = AESGCM(masters.derive(WRAP, key.master_id))
    try:
        return X25519PrivateKey.from_private_bytes(wrapping.decrypt(nonce, box, key.id.encode()))
    except InvalidTag:
        raise SealBroken(f"sealing key {key.id} does not unwrap") from None
