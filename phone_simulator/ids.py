"""Identifiers in the provider's shapes: two letters and 32 hexadecimal digits, or a UUID."""

import secrets


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def new_event_token() -> str:
    """One token for one event; every retry and duplicate of the event carries the same one."""
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def new_mobile() -> str:
    """A Korean mobile number as people write it, which no earlier run is likely to have used."""
    digits = f"{secrets.randbelow(10**7):07d}"
    return f"010-2{digits[:3]}-{digits[3:]}"


def new_suffix() -> str:
    """A short unlikely-to-repeat suffix for order ids, so that a script can be played twice."""
    return secrets.token_hex(4)
