"""With which card, in how many payments: what is chosen is what is agreed to and what is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from billing_core.acquirers.issuers import BY_CODE
from billing_core.instalments import Offer, offered
from billing_core.sealed_answers import CardEntry
from ivr.answers import CONSENT_WAIT_S, READY_WAIT_S, MonthsOfPlan
from ivr.call import Call
from ivr.dialogues.enter_card import PROMISES, TAKE_YOUR_TIME, enter_card
from ivr.dialogues.greeting import say_keys
from ivr.dialogues.say_no import say_no
from ivr.dialogues.what_is_asked import the_amount
from ivr.spoken import amount, card_company, digits, months
from ivr.steps import in_order
from ivr.turns import Line
from ivr.words import Spoken, Words, listed
from ivr.words import words as _
from ivr.work import RecordConsent


@dataclass(frozen=True)
class Payment:
    """What the caller agreed to: a card, by what may be shown of it, and a plan."""

    last4: str
    issuer: str
    months: int = 0
    is_interest_free: bool = False
    # The issuer pays all interest but that of the first months; to be sent as an ordinary plan.
    is_partly_free: bool = False
    entry: CardEntry | None = None
    replaces: bool = False


async def pay_with_registered_card(call: Call, question: Words) -> Payment:
    """The registered card: at once, or in the months the caller chooses."""
    payment = Payment(call.facts.last4, call.facts.issuer)
    if at_once(call):
        record(call, payment, (the_amount(call), question))
        return payment
    say_keys(call)
    return await choose_months(call, payment, registered_offer(call))


async def pay_with_another_card(call: Call) -> Payment:
    """Another card, for this payment alone or for those to come as well."""
    say_keys(call)
    await in_order(partial(get_other_card_ready, call))
    call.say(*PROMISES)
    entry, shown = await enter_card(call)
    replaces = await is_to_be_kept(call)
    issuer = BY_CODE.get(shown.issuer or "")
    payment = Payment(shown.last4, issuer.spoken if issuer else "", entry=entry, replaces=replaces)
    return await choose_months(call, payment, offer_of(call, shown.issuer or ""))


async def is_to_be_kept(call: Call) -> bool:
    """Whether the card is for coming payments too: the caller says, where there are to be any."""
    if call.facts.card == "none":
        # The merchant has revoked the bill key, so there is none to take the place of.
        return False
    kept = await call.choose(
        _(
            "C21",
            "이 카드를 앞으로 자동결제 카드로 쓰시려면 1번, 이번 한 번만 쓰시려면 2번을 눌러 주세요.",
        ),
        "12",
        optional=True,
    )
    return kept == "1"


async def consent_once_more(call: Call, payment: Payment) -> Payment:
    """The same registered card in one payment, agreed to anew because the plan has changed."""
    if payment.entry is not None:
        # Its digits are gone, so the card must be keyed again.
        return await pay_with_another_card(call)
    return await agree(call, Payment(payment.last4, payment.issuer))


async def choose_months(call: Call, payment: Payment, offer: Offer) -> Payment:
    """One question for all plans; the month number is keyed as it is."""
    if not offer:
        return await agree(call, payment)
    kept, _place = await call.ask(PlanField(offer.months, offer=offer))
    chosen = int(kept["months"])
    payment = replace(
        payment,
        months=chosen,
        is_interest_free=chosen in offer.interest_free,
        is_partly_free=chosen in offer.partly_free,
    )
    if chosen:
        call.say(what_a_month_costs(call, payment), barge_in=False)
    return await agree(call, payment)


async def agree(call: Call, payment: Payment) -> Payment:
    """The legal moment: merchant, amount, card and plan in one sentence, then 1.

    Keys pressed before the sentence was spoken to its end are lost on purpose.
    """
    sentence = final_sentence(call, payment)
    question = _("C40q", "동의하시면 1번, 그만두시려면 2번을 눌러 주세요.")
    unbroken = (Line(sentence, barge_in=False),)
    if await call.choose(question, "12", first=unbroken, wait_s=CONSENT_WAIT_S) == "2":
        return await say_no(call)
    record(call, payment, (sentence, question))
    return payment


def record(call: Call, payment: Payment, words: tuple[Words, ...]) -> None:
    """Bind what was spoken to what will be sent."""
    call.do(
        RecordConsent(
            "charge",
            words,
            "1",
            {
                "merchant": call.facts.merchant,
                "item": call.facts.item,
                "amount": call.facts.money.won,
                "card": {"issuer": payment.issuer, "last4": payment.last4},
                "months": payment.months,
                "interest_free": payment.is_interest_free,
                "partly_interest_free": payment.is_partly_free,
            },
        )
    )


def at_once(call: Call) -> bool:
    """Whether the registered card can only be charged in one payment."""
    return not registered_offer(call)


def registered_offer(call: Call) -> Offer:
    """The plans of the registered card."""
    facts = call.facts
    return offer_of(call, facts.issuer_code, card_type=facts.card_type, owner=facts.owner)


def offer_of(
    call: Call, issuer_code: str, card_type: str | None = None, owner: str | None = None
) -> Offer:
    """The plans of a card, by what is known of it."""
    facts = call.facts
    return offered(
        facts.money,
        max_months=facts.max_months,
        interest_free=(*facts.interest_free, *facts.issuer_plans.get(issuer_code, ())),
        partly_free=facts.partly_free.get(issuer_code, ()),
        card_type=card_type,
        owner=owner,
    )


async def get_other_card_ready(call: Call) -> None:
    """A minute to find the other card."""
    await call.wait_for_key(
        _(
            "C20",
            "다른 카드로 결제하겠습니다. 카드를 준비해 주세요. 준비되셨으면 1번을 눌러 주세요.",
        ),
        reminder=TAKE_YOUR_TIME,
        wait_s=READY_WAIT_S,
    )


def what_a_month_costs(call: Call, payment: Payment) -> Words:
    """The monthly sum, rounded up to ten won as issuers do."""
    monthly = -(-call.facts.money.won // payment.months // 10) * 10
    return _(
        "C14s",
        "{months} {plan_name}, 한 달에 약 {monthly} 원입니다.",
        months=months(payment.months),
        plan_name=name_of_plan(payment),
        monthly=amount(monthly),
    )


def name_of_plan(payment: Payment) -> Spoken:
    """Who pays the interest. A plan that is only partly free is never called free."""
    if payment.is_interest_free:
        return Spoken("무이자 할부", "interest-free")
    if payment.is_partly_free:
        return Spoken(
            "부분 무이자 할부, 처음 몇 달 수수료 별도",
            "partly interest-free, the fee of the first months not included",
        )
    return Spoken("일반 할부, 수수료 별도", "regular, your card company's fee not included")


def final_sentence(call: Call, payment: Payment) -> Words:
    """What is agreed to; the issuer is left out where the first digits do not tell it."""
    common = {
        "merchant": call.facts.merchant_spoken,
        "amount": amount(call.facts.money.won),
        "last4": digits(payment.last4),
        "plan": spoken_plan(payment),
    }
    if not payment.issuer:
        return _(
            "C40u",
            "{merchant}, {amount} 원을 끝 네 자리 {last4}번 카드로, {plan} 결제합니다.",
            **common,
        )
    return _(
        "C40",
        "{merchant}, {amount} 원을 끝 네 자리 {last4}번 {card_company} 카드로, {plan} 결제합니다.",
        card_company=card_company(payment.issuer),
        **common,
    )


def spoken_plan(payment: Payment) -> Spoken:
    """The plan with its particle: "한 번에", "삼 개월 무이자 할부로"."""
    if not payment.months:
        return Spoken("한 번에", "in one payment")
    said = months(payment.months)
    if payment.is_interest_free:
        return Spoken(f"{said.ko} 무이자 할부로", f"in {said.en} without interest")
    if payment.is_partly_free:
        return Spoken(f"{said.ko} 부분 무이자 할부로", f"in {said.en}, partly without interest")
    return Spoken(f"{said.ko} 할부로", f"in {said.en}")


@dataclass(frozen=True)
class PlanField(MonthsOfPlan):
    """The months with their sentences."""

    offer: Offer = Offer()

    def question(self) -> tuple[Words, ...]:
        longest = months(max(self.offer.months))
        without_interest = self._without_interest()
        if not without_interest:
            return (
                _(
                    "C13",
                    "할부는 이 개월부터 {max_months}까지 됩니다. 할부 수수료는 카드사에서 따로 붙습니다. "
                    "개월 수 두 자리를 누르시고, 한 번에 결제하시려면 공공이나 우물정자를 눌러 주세요.",
                    max_months=longest,
                ),
            )
        return (
            _(
                "C11",
                "할부는 이 개월부터 {max_months}까지 되고, {free_months}입니다. "
                "개월 수 두 자리를 누르시고, 한 번에 결제하시려면 공공이나 우물정자를 눌러 주세요.",
                max_months=longest,
                free_months=listed(without_interest),
            ),
        )

    def _without_interest(self) -> list[Spoken]:
        """The months that cost no interest, and those that cost a part of it."""
        said = []
        if self.offer.interest_free:
            free = listed(map(months, self.offer.interest_free))
            said.append(Spoken(f"{free.ko}은 무이자", f"without interest for {free.en}"))
        if self.offer.partly_free:
            partly = listed(map(months, self.offer.partly_free))
            said.append(
                Spoken(f"{partly.ko}은 부분 무이자", f"partly without interest for {partly.en}")
            )
        return said

    def trouble(self, _got: str) -> Words:
        return _(
            "C15",
            "선택하신 개월 수는 되지 않습니다. 가능한 개월 수는 {allowed_months}입니다. 다시 눌러 주세요.",
            allowed_months=listed(months(month) for month in self.offer.months),
        )
