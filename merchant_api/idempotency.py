"""Idempotency at the door: one key, one execution, the same bytes for every repetition.

A key passes three short steps. It is claimed in a transaction of its own, so that a second request
sees at once that the first is running. The answer is kept in the very transaction that does the
work, so that there is no moment in which one exists without the other. Or it is released, when the
fault was ours. A request that died midway did nothing: its claim is taken over after 90 seconds,
and should it live after all, it finds its claim gone and its whole transaction ends.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from foundation.database import Session
from foundation.errors import Conflict, InvalidRequest, Refusal
from foundation.ids import new_token
from merchant_api.idempotency_keys import Answer, Claim, IdempotencyKey, Slot
from merchant_api.kept_secrets import close, open_again

HEADER = "Idempotency-Key"
# No request of ours runs so long: whoever holds a key longer has died.
IN_USE_MAX = timedelta(seconds=90)
CLAIM_TRIES = 3
RETRY_AFTER_S = 1

_PRINTABLE = re.compile(r"[ -~]{1,255}")


class ClaimLost(Conflict):
    """Another request has taken over; what this one did must not stay."""

    code = "idempotency_key_in_use"


def key_in(header: str | None) -> str:
    """The key a client sent. Raises Refusal when there is none or it cannot be one."""
    if header is None:
        raise Refusal(
            f"Every POST carries the header {HEADER}: a new random value for each new request, and "
            "the same value when you repeat a request.",
            code="idempotency_key_missing",
        )
    if not _PRINTABLE.fullmatch(header):
        raise Refusal(
            f"{HEADER} has 1 to 255 printable ASCII characters.", code="idempotency_key_invalid"
        )
    return header


def claim(session: Session, slot: Slot) -> Claim | Answer:
    """Take the slot, or return the answer that was given. Raises Conflict while it is being made.

    Nobody looks before the insert: repetitions are rare, and every request would pay for the look.
    """
    for _ in range(CLAIM_TRIES):
        taken = Claim(slot, new_token())
        if _inserted(session, taken):
            return taken
        row = session.get(IdempotencyKey, _identity(slot), with_for_update=True)
        # Between our insert and our look the other one may have released it.
        if row is not None:
            answer = _read(session, row, slot)
            if answer is not None:
                return answer
            row.token, row.claimed_at = taken.token, session.now
            return taken
    raise _in_use()


def keep(session: Session, taken: Claim, answer: Answer) -> None:
    """Keep the answer, in the transaction that did the work. Raises ClaimLost when overtaken."""
    slot = taken.slot
    body, opens_with = answer.body, None
    if answer.shows_secret:
        body, opens_with = close(answer.body, slot.api_key, taken.token)
    _update_own(
        session,
        taken,
        status=answer.status,
        content_type=answer.content_type,
        body=body,
        opens_with=opens_with,
    )


def release(session: Session, taken: Claim) -> None:
    """Give the slot back, so that a repetition is executed anew."""
    session.execute(sa.delete(IdempotencyKey).where(*_own(taken)))


def _identity(slot: Slot) -> tuple[str, str, str, str]:
    return (slot.merchant_id, slot.method, slot.path, slot.key)


def _read(session: Session, row: IdempotencyKey, slot: Slot) -> Answer | None:
    if row.fingerprint != slot.fingerprint:
        raise InvalidRequest(
            f"This {HEADER} was used with another body. A new request needs a new key.",
            code="idempotency_key_reused",
        )
    if row.status is not None:
        return Answer(row.status, row.content_type or "", _body(row, slot))
    if session.now - row.claimed_at < IN_USE_MAX:
        raise _in_use()
    return None


def _body(row: IdempotencyKey, slot: Slot) -> bytes:
    body = row.body or b""
    if row.opens_with is None:
        return body
    opened = open_again(body, row.opens_with, slot.api_key, row.token)
    if opened is None:
        raise InvalidRequest(
            "The answer to this request shows a secret, and only the API key that first asked "
            "can see it again.",
            code="idempotency_key_reused",
        )
    return opened


def _in_use() -> Conflict:
    return Conflict(
        "The first request with this key is still running. Repeat this one in a second.",
        code="idempotency_key_in_use",
        retry_after_s=RETRY_AFTER_S,
    )


def _inserted(session: Session, taken: Claim) -> bool:
    slot = taken.slot
    row = {
        "merchant_id": slot.merchant_id,
        "method": slot.method,
        "path": slot.path,
        "key": slot.key,
        "fingerprint": slot.fingerprint,
        "token": taken.token,
        "claimed_at": session.now,
        "created_at": session.now,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # Without a savepoint, which would cost two more trips to the database.
    claiming = insert(IdempotencyKey).values(row).on_conflict_do_nothing()
    return session.scalar(claiming.returning(IdempotencyKey.token)) is not None


def _update_own(session: Session, taken: Claim, **values: Any) -> None:
    result: Any = session.execute(
        sa.update(IdempotencyKey)
        .where(*_own(taken))
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        raise ClaimLost(
            "This request took so long that another one with the same key took over. Repeat it to "
            "get its answer.",
            retry_after_s=RETRY_AFTER_S,
        )


def _own(taken: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    slot = taken.slot
    return (
        IdempotencyKey.merchant_id == slot.merchant_id,
        IdempotencyKey.method == slot.method,
        IdempotencyKey.path == slot.path,
        IdempotencyKey.key == slot.key,
        IdempotencyKey.token == taken.token,
        IdempotencyKey.status.is_(None),
    )
