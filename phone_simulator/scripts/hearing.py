"""Whether what was said is what was expected: by id, by words, by pattern, by amount."""

import re

from phone_simulator.catalogue import normalised
from phone_simulator.line.caller import Prompt
from phone_simulator.scripts.script import Step

DIGITS = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]
SMALL_UNITS = ["", "십", "백", "천"]
LARGE_UNITS = ["", "만", "억", "조"]
# What may not stand right before an amount, because it would belong to it.
NUMERALS = "일이삼사오육칠팔구십백천만억조0-9."


def is_meant(step: Step, prompt: Prompt) -> bool:
    """Whether this is the prompt the step waits for; its words are checked afterwards if an id was given."""
    wanted = step.get("prompt")
    if wanted is not None:
        return wanted in prompt.ids
    return not faults_in(step, prompt.text)


def faults_in(step: Step, text: str) -> list[str]:
    """What the step wants of the words and does not find."""
    faults = []
    if "contains" in step.options and normalised(str(step.get("contains"))) not in normalised(text):
        faults.append(f"does not contain “{step.get('contains')}”")
    if (
        "matches" in step.options
        and re.search(step.get("matches"), re.sub(r"\s+", " ", text)) is None
    ):
        faults.append(f"does not match /{step.get('matches')}/")
    if "amount" in step.options and not names_amount(text, step.get("amount")):
        faults.append(f"does not name {step.get('amount'):,} won")
    return faults


def names_amount(text: str, amount: int) -> bool:
    """Find an amount written 39,500 or 39500, or spoken 삼만 구천오백; neighbours may not be part of a longer number."""
    # A full stop before a space ends a sentence; without one it would belong to the number.
    packed = re.sub(r"[\s,]", "", re.sub(r"\.\s", ";", text))
    numeral = "|".join(map(re.escape, _spoken_forms(amount)))
    figures = re.search(rf"(?<![{NUMERALS}]){amount}(?!\d)", packed)
    return (
        figures is not None
        or re.search(rf"(?<![{NUMERALS}])(?:{numeral})(?=원|won)", packed) is not None
    )


def _spoken_forms(amount: int) -> set[str]:
    """Ten thousand is 만 or 일만, and figures may be mixed with words, 3만9500; all are right."""
    spoken = korean_number(amount)
    mixed = f"{amount // 10_000}만{amount % 10_000 or ''}" if amount >= 10_000 else str(amount)
    return {spoken, mixed, "일" + spoken} if spoken.startswith("만") else {spoken, mixed}


def korean_number(number: int) -> str:
    if number == 0:
        return "영"
    groups = []
    for unit in LARGE_UNITS:
        number, group = divmod(number, 10_000)
        if group:
            # 만 alone stands for one ten-thousand; 억 and 조 keep their 일.
            groups.append(
                "만" if group == 1 and unit == "만" else _below_ten_thousand(group) + unit
            )
    return "".join(reversed(groups))


def _below_ten_thousand(number: int) -> str:
    parts = []
    for place, unit in enumerate(SMALL_UNITS):
        digit = number // 10**place % 10
        if digit:
            parts.append(("" if digit == 1 and unit else DIGITS[digit]) + unit)
    return "".join(reversed(parts))
