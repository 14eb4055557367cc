"""Have a merchant's cards checked and charged by an acquirer, under the merchant's own contract.

What was registered before stays where it was: a bill key is charged by the account that issued it.
"""

from __future__ import annotations

from billing_core.acquirers.account_names import account_name
from billing_core.acquirers.accounts import MerchantAccount, seal_contract
from billing_core.acquirers.gateway import Contract
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.errors import NotFound
from foundation.sealing import Sealer


def use_acquirer(
    session: Session, sealer: Sealer, *, merchant_id: str, acquirer: str, contract: Contract | None
) -> str:
    """Return the account that checks the merchant's cards from now on.

    Without a contract it is the installation's own at that acquirer. A contract given again
    replaces the merchant's former one there. Raises NotFound where there is no such merchant.
    """
    merchant = session.get(Merchant, merchant_id, with_for_update=True)
    if merchant is None:
        raise NotFound(f"There is no merchant {merchant_id}. Its id begins with mer_.")
    account = acquirer
    if contract is not None:
        account = account_name(acquirer, merchant_id)
        _keep(session, sealer, account, merchant_id, contract)
    merchant.acquirer_account = account
    session.flush()
    return account


def _keep(
    session: Session, sealer: Sealer, account: str, merchant_id: str, contract: Contract
) -> None:
    box = seal_contract(sealer, contract, account, session)
    known = session.get(MerchantAccount, account, with_for_update=True)
    if known is not None:
        known.contract, known.changed_at = box, session.now
        return
    session.add(
        MerchantAccount(
            id=account,
            merchant_id=merchant_id,
            contract=box,
            created_at=session.now,
            changed_at=session.now,
        )
    )
