"""Do what a script asked for, in the transaction of its turn."""

from __future__ import annotations

import hashlib
from typing import Any, assert_never

from billing_core import registrations
from billing_core.actions.record_consent import record_consent
from billing_core.actions.refuse_charge import refuse_charge
from billing_core.actions.refuse_registration import refuse_registration
from billing_core.actions.remind_later import remind_later
from billing_core.actions.repeat_newest_text import repeat_newest_text
from billing_core.actions.tell_merchant import tell_merchant
from billing_core.charges import Charge, is_charge
from billing_core.registrations import Registration
from foundation.database import Session
from ivr.calls import HeldWork, OpenCall
from ivr.words import Language, Words, render
from ivr.work import (
    Deed,
    RecordConsent,
    RefuseRequest,
    RemindLater,
    RequestAnew,
    RequestCallBack,
    SendTextAgain,
    StageWork,
)

# Twelve digits of a hash tell any two wordings of one prompt apart.
VERSION_LENGTH = 12


def do_deed(
    session: Session, call: OpenCall, deed: Deed, position: int, language: Language
) -> None:
    """Do one deed; `position` is that of the turn it leads to."""
    match deed:
        case RecordConsent():
            _record(session, call, deed, language)
        case RefuseRequest(reason):
            _refuse(session, _request(session, call), reason)
        case RequestCallBack():
            tell_merchant(session, _request(session, call), "customer.callback_requested")
        case RequestAnew():
            tell_merchant(session, _request(session, call), "customer.new_request_wanted")
        case SendTextAgain():
            # The request is locked before its text, here as in every sweep that sends texts.
            repeat_newest_text(session, _request(session, call).id)
        case RemindLater():
            _remind(session, _request(session, call))
        case StageWork():
            session.add(HeldWork(call_sid=call.sid, position=position, staged_at=session.now))
            key = f"{call.sid}:{position}"
            session.stage("urgent_do_held_work", call.sid, str(position), key=key)
        case _:
            assert_never(deed)


def version_of(words: tuple[Words, ...]) -> str:
    """Which wording was spoken: the prompts' ids and a hash of their unfilled text."""
    text = "\n".join(sentence.ko for sentence in words)
    digest = hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]
    return "+".join(sentence.id for sentence in words) + f"@{digest}"


def _record(session: Session, call: OpenCall, deed: RecordConsent, language: Language) -> None:
    record_consent(
        session,
        merchant_id=call.merchant_id,
        request_id=call.request_id,
        subject=deed.subject,
        words=" ".join(render(sentence, language) for sentence in deed.words),
        version=version_of(deed.words),
        language=language,
        key=deed.key,
        facts=dict(deed.facts)
        or {
            "merchant": call.facts.merchant,
            "item": call.facts.item,
            "consent": call.facts.consent,
            "amount": call.facts.amount,
            "billing_day": call.facts.billing_day,
        },
        call_sid=call.sid,
        caller=call.caller,
        dialled=call.dialled,
    )


def _refuse(session: Session, request: Registration | Charge, reason: str) -> None:
    """A request that was taken back in the meantime needs no refusal any more."""
    if isinstance(request, Charge):
        refuse_charge(session, request, reason)
    elif request.status == registrations.Status.AWAITING_CUSTOMER:
        refuse_registration(session, request, reason or "The caller did not agree.")


def _remind(session: Session, request: Registration | Charge) -> None:
    if isinstance(request, Charge):
        remind_later(session, request)


def _request(session: Session, call: OpenCall) -> Registration | Charge:
    kind: Any = Charge if is_charge(call.request_id) else Registration
    found: Registration | Charge = session.get_one(
        kind, call.request_id, with_for_update=True, populate_existing=True
    )
    return found
