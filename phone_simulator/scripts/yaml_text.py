"""Reads YAML the way people write telephone numbers: 0829 and +8210… stay text, and only true/false are booleans."""

import re
from typing import Any

import yaml


class ScriptLoader(yaml.SafeLoader):
    """YAML's own rules would read 0123 as octal, +82… as a number and 12:30 as base sixty."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as the base class has it


ScriptLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
)
ScriptLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:-?[1-9]\d*|0)$"), list("-0123456789")
)
ScriptLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?\d+\.\d+$"), list("-0123456789")
)
ScriptLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]
)


def read_yaml(text: str) -> Any:
    return yaml.load(text, Loader=ScriptLoader)  # noqa: S506 - ScriptLoader is a SafeLoader
