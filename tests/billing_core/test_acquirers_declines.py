"""The vocabulary of refusals is whole, and says nothing that a thief could use."""

from __future__ import annotations

from billing_core.acquirers.declines import DECLINES, Advice, DeclineCode, failure_of

SAME_WORDS = (
    DeclineCode.CARD_NUMBER_INVALID,
    DeclineCode.EXPIRY_INVALID,
    DeclineCode.PASSWORD_INVALID,
    DeclineCode.IDENTITY_INVALID,
    DeclineCode.LOST_OR_STOLEN,
    DeclineCode.CARD_SUSPENDED,
)


def test_every_reason_has_its_row() -> None:
    assert set(DECLINES) == set(DeclineCode)


def test_what_a_thief_could_learn_from_sounds_the_same() -> None:
    assert len({DECLINES[code].korean for code in SAME_WORDS}) == 1
    assert len({DECLINES[code].english for code in SAME_WORDS}) == 1


def test_nobody_is_told_that_a_card_was_lost_or_stolen_or_which_detail_was_wrong() -> None:
    said = " ".join(f"{each.korean} {each.english.lower()}" for each in DECLINES.values())

    for word in (
        "분실",
        "도난",
        "정지",
        "비밀번호",
        "생년월일",
        "lost",
        "stolen",
        "password",
        "birth",
    ):
        assert word not in said


def test_password_birth_date_and_a_locked_card_count_as_wrong_passwords() -> None:
    counted = {code for code, decline in DECLINES.items() if decline.counted_as_password}

    assert counted == {
        DeclineCode.PASSWORD_INVALID,
        DeclineCode.IDENTITY_INVALID,
        DeclineCode.AUTH_COUNT_EXCEEDED,
    }


def test_what_is_not_the_cards_fault_is_no_refused_card() -> None:
    free = {code for code, decline in DECLINES.items() if not decline.counted_as_refusal}

    assert free == {
        DeclineCode.ISSUER_UNAVAILABLE,
        DeclineCode.MERCHANT_CONFIG,
        DeclineCode.MERCHANT_LIMIT,
        DeclineCode.CANCEL_REFUSED,
        DeclineCode.ENTRY_LOST,
    }


def test_merchants_get_code_message_and_advice() -> None:
    assert failure_of(DeclineCode.LOST_OR_STOLEN) == {
        "code": "lost_or_stolen",
        "message": DECLINES[DeclineCode.LOST_OR_STOLEN].korean,
        "advice": Advice.NEVER,
    }


def test_only_a_registered_card_is_said_to_have_expired() -> None:
    keyed, registered = (
        failure_of(DeclineCode.EXPIRY_INVALID, is_registered=known) for known in (False, True)
    )

    assert (keyed["advice"], registered["advice"]) == (Advice.FIX_REQUEST, Advice.CHANGE_CARD)
    assert keyed["message"] == DECLINES[DeclineCode.EXPIRY_INVALID].korean
    assert "유효기간이 지났습니다" in registered["message"]
    other = DeclineCode.INSUFFICIENT_FUNDS
    assert failure_of(other, is_registered=True) == failure_of(other)
