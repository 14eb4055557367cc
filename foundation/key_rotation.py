"""Making sealing keys, destroying them, and closing lasting secrets anew under a newer master key."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.database import Base, Session
from foundation.errors import Conflict, SettingsError
from foundation.ids import new_id
from foundation.master_keys import MasterKeys
from foundation.sealing import (
    ANSWERS,
    ANSWERS_KEY_LIFE,
    SECRETS,
    WRAP,
    Opener,
    SealedColumn,
    Sealer,
    SealingKey,
    place_of,
)

# A sealed answer lives ten minutes at most; an hour forgives a worker that was away.
ANSWERS_KEY_GRACE = timedelta(hours=1)


def publish_keys(session: Session, masters: MasterKeys) -> None:
    """Make the keys that are due and destroy those that are over. Safe to repeat.

    Raises SettingsError for a master key that only bears the id of one of this database.
    """
    require_same_masters(session, masters)
    _publish_secrets_key(session, masters)
    newest = session.scalar(
        sa.select(SealingKey)
        .where(SealingKey.purpose == ANSWERS)
        .order_by(SealingKey.created_at.desc())
        .limit(1)
    )
    # Where a master key was lost, callers must not key into boxes that nobody opens until tomorrow.
    if newest is None or newest.master_id not in masters.ids or _is_over(newest, session.now):
        session.add(_answers_key(masters, session.now))
        return
    # A key is destroyed only when its successor has been there for long enough to be noticed by all.
    if session.now - newest.created_at >= ANSWERS_KEY_GRACE:
        session.execute(
            sa.delete(SealingKey).where(
                SealingKey.purpose == ANSWERS, SealingKey.created_at < newest.created_at
            )
        )


def require_same_masters(session: Session, masters: MasterKeys) -> None:
    """Refuse another key under a known id, as one generated anew: what is sealed then opens never.

    Raises SettingsError that names the id.
    """
    for key in session.scalars(sa.select(SealingKey).where(SealingKey.purpose == SECRETS)):
        known = key.master_id in masters.ids
        if known and _secrets_half(masters, key.master_id) != key.public_key:
            raise SettingsError(
                f"MASTER_KEYS: the key {key.master_id} is not the one that this database knows under "
                "that id. Give that one; where it is lost, a new one of `ars keys new` under another id."
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
        if renewed.key_id != newest:
            raise Conflict(
                "A worker has other MASTER_KEYS, or another order of them. Restart all with the same, "
                "then do this again."
            )
        session.execute(
            sa.update(table).where(row_id == identity, column == sealed).values({column: renewed})
        )
        changed += 1
    return changed


def _secrets_key_id(master_id: str) -> str:
    return f"{SECRETS}_{master_id}"


def _publish_secrets_key(session: Session, masters: MasterKeys) -> None:
    kept = session.get(SealingKey, _secrets_key_id(masters.newest))
    if kept is None:
        session.add(_secrets_key(masters, session.now))
        return
    newest = session.scalar(
        sa.select(sa.func.max(SealingKey.created_at)).where(SealingKey.purpose == SECRETS)
    )
    if newest is not None and kept.created_at < newest:
        # The operator went back to this one. Whoever closes boxes takes the newest.
        kept.created_at = session.now


def _is_over(key: SealingKey, now: datetime) -> bool:
    return now - key.created_at >= ANSWERS_KEY_LIFE


def _secrets_half(masters: MasterKeys, master_id: str) -> bytes:
    private_key = X25519PrivateKey.from_private_bytes(masters.derive(SECRETS, master_id))
    return private_key.public_key().public_bytes_raw()


def _secrets_key(masters: MasterKeys, now: datetime) -> SealingKey:
    return SealingKey(
        id=_secrets_key_id(masters.newest),
        purpose=SECRETS,
        public_key=_secrets_half(masters, masters.newest),
        wrapped_private_key=None,
        master_id=masters.newest,
        created_at=now,
    )


def _answers_key(masters: MasterKeys, now: datetime) -> SealingKey:
    private_key = X25519PrivateKey.generate()
    key_id = new_id(ANSWERS, now)
    nonce = secrets.token_bytes(12)
    wrapping = AESGCM(masters.derive(WRAP, masters.newest))
    box = wrapping.encrypt(nonce, private_key.private_bytes_raw(), key_id.encode())
    return SealingKey(
        id=key_id,
        purpose=ANSWERS,
        public_key=private_key.public_key().public_bytes_raw(),
        wrapped_private_key=nonce + box,
        master_id=masters.newest,
        created_at=now,
    )
