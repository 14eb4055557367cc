"""The page about call scripts knows every step, fault and option, and its example can be played."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from phone_simulator.line.sabotage import KINDS
from phone_simulator.options import Behaviour
from phone_simulator.scripts.forms import ENDS, FORMS
from phone_simulator.scripts.reading import CALL_FIELDS, read_script
from phone_simulator.switchboard import PROVIDER_FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "call-scripts.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word",
    sorted(
        {
            *FORMS,
            *KINDS,
            *ENDS,
            *PROVIDER_FAULTS,
            *(
                name
                for form in FORMS.values()
                for name in form.options
                if name not in ("on", "by", "type", "words")
            ),
            *(field.name for field in fields(Behaviour)),
            *(CALL_FIELDS - {"lang", "merchant"}),
        }
    ),
)
def test_the_page_knows(word: str) -> None:
    assert re.search(rf"\b{word}\b", PAGE)


def test_the_example_of_the_page_is_a_script() -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    assert example is not None
    assert read_script(example.group(1), "example").calls[0].steps[-1].kind == "expect_event"
