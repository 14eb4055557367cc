"""The command line: `simulator` serves a simulator, `call` plays call scripts through one that is running.

Everything heavy is imported inside the commands, so that other commands of the same program start fast.
"""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

DEFAULT_BIND = "127.0.0.1:8001"
# As `pace` among the options of a script.
PACE_MAX = 100.0


@click.command()
@click.option(
    "--bind",
    default=DEFAULT_BIND,
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; port 0 picks a free one.",
)
@click.option("--account-sid", help="Account sid of the REST API (default: the simulator's own).")
@click.option(
    "--auth-token",
    help="Token of the REST API, which also signs webhooks (default: the simulator's own).",
)
@click.option("--voice-url", help="Where incoming calls go, unless a number has its own address.")
@click.option("--fallback-url", help="Where calls go when the voice address fails.")
@click.option("--status-url", help="Where the end of a call is reported.")
@click.option(
    "--numbers", default="", metavar="E164,E164…", help="Numbers the account owns from the start."
)
@click.option(
    "--catalogue",
    "catalogues",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A .po file with prompt or text ids as contexts; may be given several times.",
)
@click.option("--api-url", help="The product's API, for scripts with `given:`.")
@click.option("--api-key", help="A merchant's key for that API.")
@click.option(
    "--clock-command",
    default="",
    help="Command that moves the product's test clock, such as 'ars clock advance'.",
)
@click.option(
    "--hints",
    "hints_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML file with test cards and suggested keys for the page.",
)
@click.option("--remote-control", is_flag=True, help="Let other machines use the control API.")
def simulator(
    bind: str, numbers: str, clock_command: str, hints_file: Path | None, **chosen: Any
) -> None:
    """Stand in for the voice and text provider: REST API, signed webhooks, calls, and a handset in the browser.

    Prints its address when it is ready and runs until it is stopped.
    """
    from phone_simulator.app import create_simulator, serve  # noqa: PLC0415
    from phone_simulator.hints import Hints, read_hints  # noqa: PLC0415
    from phone_simulator.options import SimulatorOptions  # noqa: PLC0415

    host, port = _bind(bind)
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        options = SimulatorOptions(
            numbers=tuple(number for number in numbers.replace(" ", "").split(",") if number),
            clock_command=tuple(shlex.split(clock_command)),
            hints=read_hints(hints_file) if hints_file else Hints(),
            **given,
        )
        serve(
            create_simulator(options),
            host,
            port,
            ready=lambda url: click.echo(f"Phone simulator on {url}"),
        )
    except (OSError, TypeError, ValueError) as error:
        _refuse(f"cannot serve on {bind}: {error}")


def _bind(written: str) -> tuple[str, int]:
    host, _, port = written.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{written!r} is not HOST:PORT", param_hint="--bind")
    return host.strip("[]") or "127.0.0.1", int(port)


def _in_a_folder(_ctx: click.Context, _param: click.Parameter, file: Path | None) -> Path | None:
    if file is not None and not file.parent.is_dir():
        raise click.BadParameter(f"there is no folder {file.parent}")
    return file


@click.command()
@click.argument(
    "scripts",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="SCRIPT.yaml|FOLDER…",
)
@click.option(
    "--simulator",
    "simulator_url",
    default=f"http://{DEFAULT_BIND}",
    show_default=True,
    help="The running simulator.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_in_a_folder,
    help="Write a JUnit XML report here.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the results as JSON instead of the conversations.",
)
@click.option(
    "--coverage",
    "groups",
    metavar="GROUPS",
    help="Which prompt groups must all have been heard, such as G,N,E,R,RX.",
)
@click.option(
    "--except",
    "excepted",
    metavar="PROMPTS",
    help="Prompts of these groups that need not be heard, such as E05,E11.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Scripts played at the same time.",
)
@click.option(
    "--callers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 500),
    help="Equal callers per script at once; {caller} in a script tells them apart.",
)
@click.option(
    "--ramp",
    default=0.0,
    show_default=True,
    type=float,
    help="Seconds over which those callers begin.",
)
@click.option("--realtime", is_flag=True, help="Let waits and speech take real time.")
@click.option(
    "--pace",
    type=click.FloatRange(0.1, PACE_MAX),
    help="Seconds of the call in one real second, with --realtime.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Fail on project rules about TwiML too, not only on the provider's errors.",
)
@click.option(
    "--patience", type=float, help="Real seconds to wait for a text, event or state (default 10)."
)
@click.option(
    "--api-url",
    help="The product's API for `given:` (default: what the simulator was started with).",
)
@click.option("--api-key", help="A merchant's key for that API.")
@click.option("--quiet", is_flag=True, help="Print only failures and the summary.")
def call(**chosen: Any) -> None:
    """Play call scripts through a running simulator and print the conversations, with keyed digits masked.

    Exit code 0: everything came out as written. 1: an expectation failed, or the simulator is not there.
    """
    from phone_simulator.scripts.client import Wish, play_all  # noqa: PLC0415

    wish = Wish(**chosen)
    try:
        sys.exit(0 if play_all(wish, click.echo) else 1)
    except ConnectionError as error:
        _refuse(str(error))


def _refuse(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)
