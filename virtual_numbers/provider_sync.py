"""Compare the pool with the provider's numbers, and set what differs where both have the number.

Numbers are never bought or released here: that is a contract, and a person makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields

from foundation.phone_number import PhoneNumber
from virtual_numbers.numbers import VirtualNumber
from virtual_numbers.provider import Provider, ProviderNumber, Webhooks


@dataclass(frozen=True)
class OnlyHere:
    """The pool lends a number that the provider does not have: its callers reach nobody."""

    number: PhoneNumber


@dataclass(frozen=True)
class OnlyThere:
    """The provider has a number that the pool does not know."""

    number: PhoneNumber


@dataclass(frozen=True)
class FieldDiffers:
    """Both have the number, and one of its settings is not what it should be."""

    number: PhoneNumber
    sid: str
    field: str
    found: str
    wanted: str


Difference = OnlyHere | OnlyThere | FieldDiffers


def compare(
    pool: Iterable[VirtualNumber], provider_numbers: Iterable[ProviderNumber], wanted: Webhooks
) -> list[Difference]:
    """What differs, in the order of the numbers. Retired ones still answer their last callers."""
    here = {number.e164: number for number in pool}
    there = {number.number: number for number in provider_numbers}
    differences: list[Difference] = []
    for e164 in sorted(here.keys() | there.keys()):
        if e164 not in there:
            differences += [OnlyHere(e164)] if here[e164].is_active else []
        elif e164 not in here:
            differences.append(OnlyThere(e164))
        else:
            differences += _fields_that_differ(there[e164], wanted)
    return differences


def numbers_to_set(differences: Iterable[Difference]) -> dict[str, PhoneNumber]:
    """The numbers whose settings `apply` will write, by the provider's id."""
    return {each.sid: each.number for each in differences if isinstance(each, FieldDiffers)}


def apply(
    provider: Provider,
    differences: Iterable[Difference],
    wanted: Webhooks,
    *,
    after_each: Callable[[PhoneNumber], object] = lambda _number: None,
) -> int:
    """Set the webhooks of every number whose settings differ; return how many numbers that was."""
    to_set = numbers_to_set(differences)
    for sid, number in to_set.items():
        provider.set_webhooks(sid, wanted)
        after_each(number)
    return len(to_set)


def _fields_that_differ(there: ProviderNumber, wanted: Webhooks) -> Iterator[FieldDiffers]:
    for field in fields(Webhooks):
        found, should_be = getattr(there.webhooks, field.name), getattr(wanted, field.name)
        if should_be is not None and found != should_be:
            yield FieldDiffers(there.number, there.sid, field.name, found, should_be)
