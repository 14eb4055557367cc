"""TossPayments' side for operators: its lists, its webhooks, and whether all is well with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from pydantic import Field, SecretStr

from billing_core.acquirers import tosspayments_answers as answers
from billing_core.acquirers.gateway import Contract, Wire
from billing_core.acquirers.gateway_line import Answered, Words
from billing_core.acquirers.protocol import Checked, InterestFree, Listed, NotFound, Unknown
from billing_core.acquirers.tosspayments_codes import ABSENT, INQUIRIES
from billing_core.acquirers.tosspayments_wire import Refused, TossLine, read, read_rows
from foundation.clock import kst_day
from foundation.ids import new_id

NAME = "tosspayments"
ADDRESS = "https://api.tosspayments.com"
PAGE, PAGES_MAX = 1000, 500
LOCAL = "%Y-%m-%dT%H:%M:%S"

KEY_UNKNOWN = (
    "TossPayments does not know this secret key. Copy it again from the developers' centre, under "
    "API keys, and see that it is the secret key and not the client key."
)
KEY_UNREADABLE = (
    "TossPayments cannot read the secret key. See that it was copied whole and without blanks."
)
KEY_FORBIDDEN = (
    "TossPayments does not allow this key to ask. See that it belongs to the shop under contract, "
    "and that the shop is not suspended."
)
LIVE_ELSEWHERE = (
    "The secret key is a live one, but TOSSPAYMENTS_BASE_URL is another address than TossPayments' "
    "own. Leave the address out, or use a test key there: a live key goes to nobody else."
)
NO_ISSUE = (
    "TOSSPAYMENTS_ISSUE_BY_CARD is off, so no card can be registered; registered ones are charged. "
    "Set it to 1 if the contract with TossPayments allows issuing by card number."
)
CREDENTIALS = {
    "UNAUTHORIZED_KEY": KEY_UNKNOWN,
    "INVALID_API_KEY": KEY_UNKNOWN,
    "INCORRECT_BASIC_AUTH_FORMAT": KEY_UNREADABLE,
    "FORBIDDEN_REQUEST": KEY_FORBIDDEN,
}


class TossPaymentsContract(Contract):
    """What TossPayments gave a merchant."""

    base_url: str = ADDRESS
    secret_key: SecretStr = Field(description="The secret key, `test_sk_…` or `live_sk_…`.")
    issue_by_card: bool = Field(
        default=False,
        description="`1` where the contract with Toss allows issuing by card number.",
    )
    test_code: str | None = Field(
        default=None,
        pattern=r"^[A-Z][A-Z0-9_]{1,79}$",
        description="With a test key only: the error with which every request shall be answered.",
    )


class TossOffice:
    """Knows the way to TossPayments, and answers to operators."""

    def __init__(self, contract: TossPaymentsContract, wire: Wire) -> None:
        self._secret_key = contract.secret_key
        self._may_issue = contract.issue_by_card
        self._is_elsewhere = contract.base_url.rstrip("/") != ADDRESS
        self._clock = wire.clock
        secret_key = contract.secret_key.get_secret_value()
        self._line = TossLine(wire.line(contract.base_url), secret_key, contract.test_code)

    def find_payment(self, transaction_id: str) -> Words | NotFound | Unknown:
        """The payment under TossPayments' own id, in its words."""
        return self._payment(transaction_id)

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        """List the approvals of a day. Those of the last seconds may be missing."""
        rows = self._rows(day)
        if isinstance(rows, Unknown):
            return rows
        by_payment: dict[str, list[Words]] = {}
        for row in rows:
            by_payment.setdefault(str(row.get("paymentKey")), []).append(row)
        listed = []
        for payment_key, own in by_payment.items():
            one = self._listed(payment_key, own)
            if isinstance(one, Unknown):
                return one
            if one is not None and kst_day(one.approved_at) == day:
                listed.append(one)
        return listed

    def list_interest_free(self) -> Sequence[InterestFree] | Unknown | None:
        """The months that issuers offer free of interest today."""
        said = read(self._line.get({}, "promotions", "card"))
        if isinstance(said, Refused):
            INQUIRIES.outcome(said.code)
            return Unknown(said.code)
        return said if isinstance(said, Unknown) else answers.promotions(said)

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Always: nothing is signed, so a notice is a reason to inquire and the inquiry decides."""
        return True

    def check(self) -> Checked:
        """Ask for an order that does not exist, and say what that taught."""
        now = self._clock.now()
        answer = self._line.get({}, "payments", "orders", new_id("check", now))
        at = answer.at if isinstance(answer, Answered) else None
        return self._learnt(read(answer), (at - now).total_seconds() if at else None)

    def _payment(self, *path: str) -> Words | NotFound | Unknown:
        said = read(self._line.get({}, "payments", *path))
        if not isinstance(said, Refused):
            return said
        if said.code in ABSENT:
            return NotFound()
        INQUIRIES.outcome(said.code)
        return Unknown(said.code)

    def _rows(self, day: date) -> list[Words] | Unknown:
        # Later days are asked for too, since a later cancel belongs to the day of its approval.
        last = max(day, kst_day(self._clock.now()))
        query = {
            "startDate": datetime.combine(day, time()).strftime(LOCAL),
            "endDate": datetime.combine(last, time(23, 59, 59)).strftime(LOCAL),
            "limit": str(PAGE),
        }
        rows: list[Words] = []
        for _ in range(PAGES_MAX):
            page = read_rows(self._line.get(query, "transactions"))
            if isinstance(page, Refused):
                INQUIRIES.outcome(page.code)
                return Unknown(page.code)
            if isinstance(page, Unknown):
                return page
            rows += page
            if len(page) < PAGE:
                return rows
            query["startingAfter"] = str(page[-1].get("transactionKey"))
        return Unknown("a list without end")

    def _listed(self, payment_key: str, rows: Sequence[Words]) -> Listed | Unknown | None:
        # A row tells one approval or one cancel; only the payment itself tells what is left.
        if len(rows) == 1 and rows[0].get("status") == "DONE":
            return answers.listed_row(rows[0]) or Unknown("a row that cannot be read")
        said = self.find_payment(payment_key)
        if isinstance(said, NotFound | Unknown):
            return Unknown("a payment of the list that is not told")
        return answers.listed(said)

    def _learnt(self, said: Words | Refused | Unknown, ahead_s: float | None) -> Checked:
        match said:
            case Refused(code) if code in ABSENT:
                return Checked(credentials=self._contract_fault(), clock_ahead_s=ahead_s)
            case Refused(code) if code in CREDENTIALS:
                return Checked(credentials=CREDENTIALS[code], clock_ahead_s=ahead_s)
            case Refused(why) | Unknown(why):
                pass
            case _:
                why = "an order that cannot exist was found"
        return Checked(
            network=f"TossPayments gave no usable answer ({why}). See that its address is right "
            "and that this machine may reach it, then look at its status page.",
            clock_ahead_s=ahead_s,
        )

    def _contract_fault(self) -> str | None:
        # What is set here and no answer tells.
        if self._is_elsewhere and self._secret_key.get_secret_value().startswith("live_"):
            return LIVE_ELSEWHERE
        return None if self._may_issue else NO_ISSUE
