"""`python -m phone_simulator simulator` and `python -m phone_simulator call`, without the rest of the product."""

import click

from phone_simulator.commands import call, simulator

program = click.Group("phone_simulator", commands={"simulator": simulator, "call": call})

if __name__ == "__main__":
    program()
