"""What NICEPAY tells operators: days, months free of interest, whether all is well, its webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from billing_core.acquirers.gateway import Notice
from billing_core.acquirers.gateway_line import Answered, NotAnswered, Words
from billing_core.acquirers.nicepay_codes import DONE, issuer_of
from billing_core.acquirers.nicepay_wire import (
    SANDBOX_URL,
    NicepayLine,
    Said,
    disbelieved,
    in_path,
    refused,
)
from billing_core.acquirers.nicepay_words import Payment, read_moment, read_payment
from billing_core.acquirers.protocol import (
    Checked,
    Declined,
    InterestFree,
    Listed,
    NotFound,
    Unknown,
)
from foundation.clock import KST, kst_day
from foundation.money import WON_MAX, Money

PAGE = "500"
PAGES_MAX = 200
# Its client keys begin so, where they have such a beginning at all.
SANDBOX_KEYS, LIVE_KEYS = ("S1_", "S2_"), ("R1_", "R2_")
ATTEMPT, REFUND = "att_", "rf_"


class NicepayOffice:
    """The side of the adapter that customers never meet."""

    def __init__(self, line: NicepayLine) -> None:
        self._line = line

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        """Read the list of a day, and ask about each payment on it of which something was given back.

        The list tells a status and no amount for what was given back. Sales that are not ours, under
        the same contract, are left out.
        """
        rows = self._rows(day)
        if isinstance(rows, Unknown):
            return rows
        listed = []
        try:
            for tid, row in rows.items():
                one = self._listed(tid, row)
                if isinstance(one, Unknown):
                    return one
                if kst_day(one.approved_at) == day:
                    listed.append(one)
        except (KeyError, TypeError, ValueError):
            return disbelieved("the list of a day")
        return listed

    def list_interest_free(self) -> Sequence[InterestFree] | Unknown | None:
        """The offers of today; NICEPAY's sandbox has no such list."""
        if self._line.contract.base_url == SANDBOX_URL:
            return None
        said = self._line.get("/v1/card/interest-free", {"useAuth": "false"})
        if isinstance(said, Unknown):
            return said
        if said.code != DONE:
            return _not_learnt(said)
        try:
            return list(_offers(said.words))
        except (KeyError, TypeError, ValueError):
            return disbelieved("the months free of interest")

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether its signature, which covers transaction and amount, is NICEPAY's."""
        try:
            words = json.loads(body.decode())
        except (ValueError, RecursionError):
            return False
        return isinstance(words, dict) and self._line.is_signed(words)

    def check(self) -> Checked:
        """Ask for a token that nobody needs: it shows the way, the keys and NICEPAY's clock."""
        answer = self._line.knock()
        if isinstance(answer, NotAnswered):
            return Checked(
                network=f"NICEPAY does not answer ({answer.why}): let {self._line.contract.base_url}"
                " through the firewall, port 443, and see whether the host is right"
            )
        words = answer.words() or {}
        code = words.get("resultCode")
        return Checked(
            credentials=None if code == DONE else self._credentials_fault(str(code)),
            clock_ahead_s=self._clock_ahead_s(answer, words),
        )

    def payment_of(self, transaction_id: str) -> Payment | NotFound | Unknown:
        """What became of a payment, by NICEPAY's own id of it; refused ones are found so, too."""
        said = self._line.get(f"/v1/payments/{in_path(transaction_id)}", {}, transaction_id)
        if isinstance(said, Unknown):
            return said
        if said.code != DONE:
            return _not_learnt(said)
        payment = self.believed(said.words)
        if isinstance(payment, Payment) and payment.tid != transaction_id:
            return disbelieved("the id of a payment")
        return payment

    def believed(self, words: Words) -> Payment | Unknown:
        """A payment that is complete and signed."""
        payment = read_payment(words)
        if payment is None:
            return disbelieved("the form of a payment")
        if not self._line.is_signed(words):
            return disbelieved("the signature of a payment")
        return payment

    def _rows(self, day: date) -> dict[str, Words] | Unknown:
        """Our payments of a day by their ids; what is given back has rows of its own beside them."""
        rows: dict[str, Words] = {}
        query = {"date": f"{day:%Y%m%d}", "limit": PAGE}
        for _ in range(PAGES_MAX):
            said = self._line.get_unsigned("/v1/transactions", query)
            if isinstance(said, Unknown):
                return said
            if said.code != DONE:
                return _not_learnt(said)
            try:
                for row in said.words["transactions"]:
                    if str(row["orderId"]).startswith((ATTEMPT, REFUND)):
                        _keep_row(rows, row)
                pages = said.words["pagination"]
                if str(pages["hasMore"]).lower() != "true":
                    return rows
                query = {**query, "startingSequence": str(int(pages["nextSequence"]))}
            except (KeyError, TypeError, ValueError):
                return disbelieved("the list of a day")
        return disbelieved("a list without end")

    def _listed(self, tid: str, row: Words) -> Listed | Unknown:
        if row["transactionStatus"] == "paid":
            at = read_moment(row["transactionAt"])
            if at is None:
                return disbelieved("the moment of a payment on the list")
            return Listed(str(row["orderId"]), tid, Money(int(row["amount"])), Money(0), at)
        payment = self.payment_of(tid)
        if not isinstance(payment, Payment):
            return payment if isinstance(payment, Unknown) else disbelieved("a payment on the list")
        if payment.paid_at is None:
            return disbelieved("the moment of a payment on the list")
        total, left = payment.amount, payment.balance_amt
        return Listed(payment.order_id, tid, Money(total), Money(total - left), payment.paid_at)

    def _credentials_fault(self, code: str) -> str:
        contract = self._line.contract
        key, host = contract.client_key.get_secret_value(), contract.base_url
        is_sandbox = "sandbox" in host
        if code == "U315":
            return "NICEPAY does not let this address in (U315): allow it in the shop's IP security"
        if key.startswith(LIVE_KEYS if is_sandbox else SANDBOX_KEYS):
            theirs, ours = ("live", "sandbox") if is_sandbox else ("sandbox", "live")
            return (
                f"these are {theirs} keys, and {host} is NICEPAY's {ours} host: change one of them"
            )
        return (
            "NICEPAY does not take these keys: copy client key and secret key (Server 승인, Basic 인증)"
            f" from the shop's development page once more, and see that they belong to {host}"
        )

    def _clock_ahead_s(self, answer: Answered, words: Words) -> float | None:
        at: datetime | None = answer.at
        try:
            at = read_moment(words.get("now")) or at
        except ValueError:
            at = answer.at
        return (at - self._line.clock.now()).total_seconds() if at else None


def read_notice(words: Words) -> Notice | None:
    """What a webhook is about. The dummy that comes when an address is registered is about nothing."""
    order_id = words.get("orderId")
    if not isinstance(order_id, str) or not order_id.startswith(ATTEMPT):
        return None
    marks = (str(words.get(name) or "") for name in ("tid", "status", "cancelledTid"))
    return Notice(order_id, "/".join(marks))


def _not_learnt(said: Said) -> Unknown:
    """An inquiry that was refused told nothing about what it asked for."""
    answer = refused(said)
    return Unknown(f"code {said.code}") if isinstance(answer, Declined) else answer


def _keep_row(rows: dict[str, Words], row: Words) -> None:
    """A payment's row that is not merely "paid" wins, for then it is asked about."""
    tid = str(row["originalTid"])
    if tid not in rows or row["transactionStatus"] != "paid":
        rows[tid] = row


def _offers(words: Words) -> Iterator[InterestFree]:
    for card in words.get("interestFree") or ():
        issuer = issuer_of(str(card["cardCode"]))
        if issuer is None:
            continue
        for offer in card["freeInstallment"]:
            yield _offer(issuer.code, offer)


def _offer(issuer_code: str, offer: Mapping[str, Any]) -> InterestFree:
    last = read_moment(offer["eventToDate"])
    if last is None:
        raise ValueError("an offer without an end")
    most = int(offer["maxAmt"])
    return InterestFree(
        issuer_code=issuer_code,
        months=tuple(int(month) for month in str(offer["installment"]).split(":")),
        amount_min=Money(int(offer["minAmt"])),
        # Fourteen nines are NICEPAY's way to say that there is no bound.
        amount_max=Money(most) if 0 < most <= WON_MAX else None,
        last_day=last.astimezone(KST).date(),
    )
