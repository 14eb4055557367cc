"""The only place where card answers and acquirers' keys are opened."""

from __future__ import annotations

import sqlalchemy as sa

from billing_core.acquirers.protocol import CardSecrets
from billing_core.sealed_answers import CardEntry, SealedAnswer
from foundation.database import Database, Session
from foundation.errors import ArsError
from foundation.master_keys import MasterKeys
from foundation.sealing import SECRETS, Opener, Sealed, Sealer, Secret, place_of

# Two digits of a card's year always mean this century: no card lives for decades.
CENTURY = 2000


class AnswersGone(ArsError):
    """Answers about this card were destroyed: their call ended, or ten minutes have passed."""


def places_of(entry: CardEntry) -> tuple[str, ...]:
    """Every place at which something about the card is kept."""
    return (*entry.number, entry.expiry, entry.holder, entry.password)


def open_card(database: Database, opener: Opener, entry: CardEntry) -> CardSecrets:
    """Open everything about one card and join the pieces of its number.

    Not inside a transaction: opening may have to read a key, and transactions that each wait for a
    second connection end up waiting for each other.
    """
    boxes = _boxes(database, places_of(entry))

    def opened(place: str) -> str:
        if place not in boxes:
            raise AnswersGone("answers about this card were destroyed: ask for them again")
        return opener.open(boxes[place], place).reveal()

    month, year = _month_and_year(opened(entry.expiry))
    return CardSecrets(
        number=Secret("".join(map(opened, entry.number))),
        holder=Secret(opened(entry.holder)),
        password=Secret(opened(entry.password)),
        expiry_month=month,
        expiry_year=year,
    )


def destroy_card(session: Session, entry: CardEntry) -> None:
    """Destroy the answers about one card. Safe to repeat."""
    session.execute(sa.delete(SealedAnswer).where(SealedAnswer.id.in_(places_of(entry))))


def card_hashes(masters: MasterKeys, card: CardSecrets) -> tuple[str, ...]:
    """Keyed hashes of the card number under every master key, newest first."""
    return masters.keyed_hashes("card number", card.number.reveal())


def last4_of(card: CardSecrets) -> str:
    """The four digits that may be shown."""
    return card.number.reveal()[-4:]


def seal_acquirer_key(sealer: Sealer, key: Secret, column: object, row_id: str) -> Sealed:
    """Close an acquirer's key for its place in a table."""
    return sealer.seal(SECRETS, key.reveal(), place_of(column, row_id))


def open_acquirer_key(opener: Opener, sealed: Sealed, column: object, row_id: str) -> Secret:
    """Open an acquirer's key at its place in a table."""
    return opener.open(sealed, place_of(column, row_id))


def _boxes(database: Database, places: tuple[str, ...]) -> dict[str, Sealed]:
    query = sa.select(SealedAnswer).where(SealedAnswer.id.in_(places))
    with database.reading() as session:
        return {answer.id: answer.box for answer in session.scalars(query)}


def _month_and_year(mmyy: str) -> tuple[int, int]:
    # The message must not repeat what was keyed, as that of int() would.
    if len(mmyy) != len("MMYY") or not (mmyy.isascii() and mmyy.isdecimal()):
        raise ValueError("an expiry is kept as it is printed: MMYY")
    return int(mmyy[:2]), CENTURY + int(mmyy[2:])
