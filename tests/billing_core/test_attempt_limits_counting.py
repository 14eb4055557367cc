"""Whatever happened before, the limits decide as somebody counting by hand would."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing_core.acquirers.declines import DECLINES, DeclineCode
from billing_core.attempt_limits import (
    REFUSED_CHECKS_MAX,
    WRONG_EXPIRIES_MAX,
    WRONG_PASSWORDS_MAX,
    Limit,
    limit_reached,
)
from billing_core.issue_attempts import IssueAttempt, Status
from foundation.clock import kst_day
from foundation.database import Database
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from tests.billing_core.card_desk import GOOD_CARD, HandClock

PHONE = PhoneNumber.parse("010-1234-5678")

outcomes = st.sampled_from([Status.SENDING, Status.UNKNOWN, Status.ISSUED, *DeclineCode])


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    past=st.lists(st.tuples(outcomes, st.sampled_from("ab"), st.booleans(), st.booleans())),
    card=st.sampled_from("ab"),
)
def test_the_decision_is_what_counting_by_hand_says(
    database: Database,
    past: list[tuple[Status | DeclineCode, str, bool, bool]],
    card: str,
) -> None:
    database.clock = HandClock()
    with database.transaction() as session:
        session.execute(sa.delete(IssueAttempt))
        for number, (outcome, whose, is_today, is_mine) in enumerate(past):
            session.add(attempt(database, number, outcome, whose, is_today, is_mine))
        session.flush()
        found = limit_reached(session, card_hashes=[card, "old"], phone=PHONE)

    today = [(outcome, whose, is_mine) for outcome, whose, is_today, is_mine in past if is_today]
    wrong = [one for one, whose, _ in today if whose == card and _counts(one, "password")]
    refused = [one for one, _, is_mine in today if is_mine and _counts(one, "refusal")]
    guessed = [one for one, whose, _ in today if whose == card and _may_be_a_guess(one)]
    expected = (
        Limit.CARD
        if len(wrong) >= WRONG_PASSWORDS_MAX or len(guessed) >= WRONG_EXPIRIES_MAX
        else Limit.CUSTOMER
        if len(refused) >= REFUSED_CHECKS_MAX
        else None
    )
    assert found == expected


def attempt(
    database: Database,
    number: int,
    outcome: Status | DeclineCode,
    card_hash: str,
    is_today: bool,
    is_mine: bool,
) -> IssueAttempt:
    now = database.clock.now()
    return IssueAttempt(
        id=new_id("iss", now),
        request_id=f"reg_{number}",
        merchant_id=f"mer_{number}",
        phone=PHONE if is_mine else PhoneNumber.parse("010-2222-3333"),
        cause=f"work:{number}",
        acquirer="refuser",
        status=Status.DECLINED if isinstance(outcome, DeclineCode) else outcome,
        card_hash=card_hash,
        kst_day=kst_day(now if is_today else now - timedelta(days=1)),
        last4=GOOD_CARD[-4:],
        card_expiry="2029-08",
        decline_code=outcome if isinstance(outcome, DeclineCode) else None,
        sent_at=now,
    )


def _counts(outcome: Status | DeclineCode, what: str) -> bool:
    if isinstance(outcome, DeclineCode):
        return bool(getattr(DECLINES[outcome], f"counted_as_{what}"))
    return outcome != Status.ISSUED


def _may_be_a_guess(outcome: Status | DeclineCode) -> bool:
    return outcome in (DeclineCode.EXPIRY_INVALID, Status.SENDING, Status.UNKNOWN)
