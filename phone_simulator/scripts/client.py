"""The other end of a run: sends scripts to a running simulator and shows what came back."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phone_simulator.clock import monotonic_s
from phone_simulator.scripts.coverage import coverage_of
from phone_simulator.scripts.junit import junit_xml
from phone_simulator.scripts.reading import read_script
from phone_simulator.scripts.script import ScriptError
from phone_simulator.wire import Limits, NoReply, send

# A run lasts as long as its longest call in real time.
RUN_LIMITS = Limits(connect_s=5.0, read_s=4 * 3600.0, total_s=4 * 3600.0)
Say = Callable[[str], Any]


@dataclass(frozen=True)
class Wish:
    """What the command line asked for."""

    scripts: tuple[Path, ...]
    simulator_url: str
    junit: Path | None = None
    as_json: bool = False
    groups: str | None = None
    excepted: str | None = None
    workers: int = 1
    callers: int = 1
    ramp: float = 0.0
    realtime: bool = False
    pace: float | None = None
    strict: bool = False
    patience: float | None = None
    api_url: str | None = None
    api_key: str | None = None
    quiet: bool = False


def play_all(wish: Wish, say: Say) -> bool:
    """Play every script; True when all came out as written. Raises ConnectionError without a simulator."""
    files = _files(wish.scripts)
    if not files:
        raise ConnectionError(
            "no call scripts found: no .yaml file in " + ", ".join(map(str, wish.scripts))
        )
    started = monotonic_s()
    # Known before the first call, so that a simulator that is not there is noticed at once.
    prompts = _ask(wish, "GET", "/simulator/prompts", None)["prompts"]
    results = []
    for result in _play_in_order(wish, files):
        results.append(result)
        if not wish.as_json:
            _show(result, say, quiet=wish.quiet)
    ids = [prompt["id"] for prompt in prompts]
    coverage = coverage_of(results, ids, wish.groups, wish.excepted)
    ok = all(result["ok"] for result in results) and coverage.is_complete
    if wish.junit:
        wish.junit.write_text(junit_xml(results), encoding="utf-8")
    if wish.as_json:
        say(
            json.dumps(
                {"ok": ok, "runs": results, "coverage": coverage.as_json()},
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        _summarise(results, coverage.sentence, monotonic_s() - started, say)
    return ok


def _files(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")]) if path.is_dir() else [path]
    return found


def _play_in_order(wish: Wish, files: list[Path]) -> Iterator[dict[str, Any]]:
    """Scripts that move the clock come last and alone, because they move it under everybody's feet."""
    runs = [(file, caller) for file in files for caller in range(wish.callers)]
    movers = {file for file in files if _moves_clock(file)}
    with ThreadPoolExecutor(max(wish.workers, wish.callers)) as threads:
        still = [run for run in runs if run[0] not in movers]
        yield from threads.map(lambda run: _play(wish, *run), still)
    yield from (_play(wish, *run) for run in runs if run[0] in movers)


def _moves_clock(file: Path) -> bool:
    try:
        script = read_script(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError, ScriptError):
        # What cannot be read fails in its turn, with its reason.
        return False
    return any(call.moves_clock for call in script.calls)


def _play(wish: Wish, file: Path, caller: int) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return _unplayable(file, f"{file}: {error}")
    body = {
        "script": text, "name": str(file), "realtime": wish.realtime, "pace": wish.pace, "strict": wish.strict, "caller": caller,
        "api_url": wish.api_url, "api_key": wish.api_key, "patience_s": wish.patience,
        "start_after_s": wish.ramp * caller / max(1, wish.callers - 1),
    }  # fmt: skip
    answer = _ask(wish, "POST", "/simulator/runs", body)
    return _unplayable(file, str(answer["error"])) if "error" in answer else answer


def _unplayable(file: Path, message: str) -> dict[str, Any]:
    call = {
        "name": file.stem,
        "ok": False,
        "failures": [message],
        "warnings": [],
        "steps": [],
        "transcript": [],
        "heard": [],
    }
    return {"file": str(file), "ok": False, "seconds": 0.0, "calls": [{**call, "calls": []}]}


def _ask(wish: Wish, method: str, path: str, body: Any) -> dict[str, Any]:
    raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    try:
        reply = send(
            method,
            wish.simulator_url.rstrip("/") + path,
            {"Content-Type": "application/json"},
            raw,
            RUN_LIMITS,
        )
    except NoReply as failure:
        raise ConnectionError(f"no simulator at {wish.simulator_url}: {failure}") from failure
    try:
        answer = json.loads(reply.body)
    except ValueError as error:
        raise ConnectionError(
            f"{wish.simulator_url} is no simulator: it answered {reply.status}"
        ) from error
    if not isinstance(answer, dict):
        raise ConnectionError(f"{wish.simulator_url} is no simulator")
    return answer


def _show(result: dict[str, Any], say: Say, *, quiet: bool) -> None:
    for call in result["calls"]:
        if not quiet or not call["ok"]:
            say(f"\n── {call['name']} ({result['file']})")
            for line in call["transcript"]:
                say("  " + line.replace("\n", "\n  "))
        for warning in call["warnings"]:
            say(f"  ! {warning}")
        for failure in call["failures"]:
            say(f"  ✗ {failure}")
        if call["ok"] and not quiet:
            say("  ✓ as written")


def _summarise(results: list[dict[str, Any]], coverage: str, seconds: float, say: Say) -> None:
    calls = [call for result in results for call in result["calls"]]
    failed = sum(not call["ok"] for call in calls)
    say(
        f"\n{len(calls)} call{'' if len(calls) == 1 else 's'}, {failed or 'none'} failed, {seconds:.1f} s."
    )
    if coverage:
        say(coverage)
