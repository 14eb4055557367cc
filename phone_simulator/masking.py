"""What may be shown of keys and numbers: a menu key, or a class and a count; never a card number."""

import re

# Phone numbers have at most 12 digits in the national form, card numbers 13 to 19.
CARD_LIKE = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
DOTS_MAX = 12


def masked_keys(keys: str, *, menu: bool) -> str:
    """Show a single menu key as it is, and of everything else only how many there were."""
    if menu and len(keys) == 1:
        return keys
    digits = sum(key.isdigit() for key in keys)
    signs = "".join(key for key in keys if not key.isdigit())
    count = f"{digits} digit{'' if digits == 1 else 's'}"
    if digits == 0:
        return signs
    return f"{'•' * min(digits, DOTS_MAX)}  {count}" + (f" and {signs}" if signs else "")


def without_card_numbers(text: str) -> str:
    return CARD_LIKE.sub(lambda found: "•" * DOTS_MAX + found.group()[-4:], text)


def shown_parameters(parameters: dict[str, str], *, menu: bool) -> dict[str, str]:
    """A webhook's parameters as they may be printed."""
    return {
        name: masked_keys(value, menu=menu)
        if name == "Digits" and value
        else without_card_numbers(value)
        for name, value in parameters.items()
    }
