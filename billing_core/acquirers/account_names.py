"""The names of accounts at acquirers: "nicepay" is the installation's, "nicepay/mer_…" a merchant's.

Attempts, bill keys and payments remember the account they were made with, so that whatever follows
goes the same way, even when the merchant has moved to another acquirer since.
"""

from __future__ import annotations

# The acquirer that every installation has: complete, and without money.
SANDBOX = "sandbox"


def account_name(acquirer: str, merchant_id: str) -> str:
    """The name of a merchant's own account."""
    return f"{acquirer}/{merchant_id}"


def acquirer_of(account: str) -> str:
    """The acquirer's part of an account's name."""
    return account.partition("/")[0]
