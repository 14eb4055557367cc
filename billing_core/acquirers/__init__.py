"""Acquirers check cards and keep bill keys. Their vocabularies stop at this folder's border.

`protocol` says what every acquirer does, `declines` and `issuers` in which words. Only this folder
reads what a secret says; everybody else carries secrets unread.
"""
