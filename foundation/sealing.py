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
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from foundation.clock import stopwatch
from foundation.database import Base, Database, Session
from foundation.errors import SealBroken, SettingsError
from foundation.ids import new_id

ANSWERS = "answers"
SECRETS = "secrets"
# A sealed answer lives ten minutes at most; an hour more forgives a worker that was away.
ANSWERS_KEY_LIFE = timedelta(days=1)
ANSWERS_KEY_GRACE = timedelta(hours=1)
# A web process notices a new key within this time, long before the old one is destroyed.
PUBLIC_KEY_MAX_AGE_S = 60.0
MASTER_KEY_BYTES = 32

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

    def to_json(self) -> dict[str, str]:
        """The form in which a journal keeps it."""
        return {"key": self.key_id, "box": base64.b64encode(self.box).decode()}

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> Sealed:
        """What `to_json` wrote."""
        return cls(kept["key"], base64.b64decode(kept["box"]))

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
            if not name or len(key) != MASTER_KEY_BYTES or name in keys:
                raise SettingsError(f"MASTER_KEYS: entry {number} is not id:base64(32 bytes).")
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

    def private_key(self, key: SealingKey) -> X25519PrivateKey:
        """Unwrap or derive the private half of a key pair."""
        if key.wrapped_private_key is None:
            return X25519PrivateKey.from_private_bytes(self.derive(SECRETS, key.master_id))
        nonce, box = key.wrapped_private_key[:12], key.wrapped_private_key[12:]
        wrapping = AESGCM(self.derive("wrap", key.master_id))
        try:
            return X25519PrivateKey.from_private_bytes(wrapping.decrypt(nonce, box, key.id.encode()))
        except InvalidTag:
            raise SealBroken(f"sealing key {key.id} does not unwrap") from None

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(self._keys)})"


class Sealer:
    """Closes boxes. Every process may have one; it holds public keys only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[str, tuple[SealingKey, X25519PublicKey]] = {}
        self._read_at = float("-inf")

    def seal(
        self, purpose: str, text: str, place: str, session: Session | None = None
    ) -> Sealed:
        """Close `text` so that it opens only at `place`.

        Within a transaction give its session: a second connection would wait for a full pool.
        """
        key, public_key = self._newest(purpose, session)
        return Sealed(key.id, _SUITE.encrypt(text.encode(), public_key, place.encode()))

    def _newest(
        self, purpose: str, session: Session | None
    ) -> tuple[SealingKey, X25519PublicKey]:
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
        private_key = self.masters.private_key(key)
        if key.purpose == SECRETS:
            # Daily keys are not remembered here: once destroyed they must be gone everywhere.
            self._private_keys[key_id] = private_key
        return private_key


def publish_keys(session: Session, masters: MasterKeys) -> None:
    """Make the keys that are due and destroy those that are over. Safe to repeat."""
    if session.get(SealingKey, _secrets_key_id(masters.newest)) is None:
        session.add(_secrets_key(masters, session.now))
    newest = session.scalar(
        sa.select(sa.func.max(SealingKey.created_at)).where(SealingKey.purpose == ANSWERS)
    )
    if newest is None or session.now - newest >= ANSWERS_KEY_LIFE:
        session.add(_answers_key(masters, session.now))
        return
    # A key is destroyed only when its successor has been there for long enough to be noticed by all.
    if session.now - newest >= ANSWERS_KEY_GRACE:
        session.execute(
            sa.delete(SealingKey).where(
                SealingKey.purpose == ANSWERS, SealingKey.created_at < newest
            )
        )


def reseal_secrets(session: Session, opener: Opener, sealer: Sealer) -> int:
    """Close every lasting secret anew under the newest master key; return how many changed.

    The newest key must have been published before, in a transaction of its own.
    """
    newest = _secrets_key_id(opener.masters.newest)
    changed = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, SealedColumn):
                changed += _reseal_column(session, opener, sealer, column, newest)
    return changed


def _reseal_column(
    session: Session, opener: Opener, sealer: Sealer, column: sa.Column[Any], newest: str
) -> int:
    table = column.table
    row_id = table.c.id
    rows = session.execute(sa.select(row_id, column).where(column.is_not(None))).all()
    changed = 0
    for identity, sealed in rows:
        if sealed.key_id == newest or not sealed.key_id.startswith(f"{SECRETS}_"):
            continue
        place = place_of(column, identity)
        renewed = sealer.seal(SECRETS, opener.open(sealed, place).reveal(), place)
        session.execute(
            sa.update(table).where(row_id == identity, column == sealed).values({column: renewed})
        )
        changed += 1
    return changed


def _secrets_key_id(master_id: str) -> str:
    return f"{SECRETS}_{master_id}"


def _secrets_key(masters: MasterKeys, now: datetime) -> SealingKey:
    private_key = X25519PrivateKey.from_private_bytes(masters.derive(SECRETS, masters.newest))
    return SealingKey(
        id=_secrets_key_id(masters.newest),
        purpose=SECRETS,
        public_key=private_key.public_key().public_bytes_raw(),
        wrapped_private_key=None,
        master_id=masters.newest,
        created_at=now,
    )


def _answers_key(masters: MasterKeys, now: datetime) -> SealingKey:
    private_key = X25519PrivateKey.generate()
    key_id = new_id(ANSWERS, now)
    nonce = secrets.token_bytes(12)
    wrapping = AESGCM(masters.derive("wrap", masters.newest))
    box = wrapping.encrypt(nonce, private_key.private_bytes_raw(), key_id.encode())
    return SealingKey(
        id=key_id,
        purpose=ANSWERS,
        public_key=private_key.public_key().public_bytes_raw(),
        wrapped_private_key=nonce + box,
        master_id=masters.newest,
        created_at=now,
    )
