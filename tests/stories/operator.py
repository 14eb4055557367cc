"""The operator of the stories: commands, as they refuse and answer, without a process of their own."""

from __future__ import annotations

import click
from click.testing import CliRunner, Result

import billing_core.acquirer_commands
import billing_core.commands
import billing_core.issuer_plan_commands
from app import Parts
from foundation.command_line import OneLine


@click.group(cls=OneLine)
def commands() -> None:
    """The command line, which leaves this process's log as it is."""


commands.add_command(billing_core.acquirer_commands.acquirer)
commands.add_command(billing_core.commands.merchant)
commands.add_command(billing_core.commands.reconcile)
commands.add_command(billing_core.issuer_plan_commands.issuer_plans)


def types(parts: Parts, *words: str, given: str | None = None) -> Result:
    """Type `ars` and these words; what is given stands on standard input."""
    return CliRunner().invoke(commands, words, obj=parts, input=given)
