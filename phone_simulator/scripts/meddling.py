"""The steps that meddle: they use the product's API and arm faults."""

from phone_simulator.line.sabotage import WebhookFault
from phone_simulator.scripts.checks import inbox_of
from phone_simulator.scripts.script import Step
from phone_simulator.scripts.scripted_caller import ScriptedCaller
from phone_simulator.scripts.steps import Failure
from phone_simulator.switchboard import ProviderFault, Switchboard, TextFault


def api(caller: ScriptedCaller, step: Step) -> None:
    stage = caller.stage
    answer = stage.ask_product(
        step.get("method", "POST"),
        str(stage.fill(step.get("path"), caller.script.caller)),
        stage.fill(step.get("body"), caller.script.caller),
    )
    wanted = step.get("expect_status")
    if answer.status != wanted if wanted is not None else answer.status >= 400:
        raise Failure(
            f"{step.get('method', 'POST')} {step.get('path')} answered {answer.status}: {answer.body}"[
                :300
            ]
        )
    if step.get("save_as"):
        stage.names[step.get("save_as")] = answer.body


def fault(caller: ScriptedCaller, step: Step) -> None:
    """Arm what the step names; one step may arm several."""
    board, times = caller.stage.board, step.get("times", 1)
    if "webhook" in step.options:
        known = {
            name: step.get(name)
            for name in ("copies", "after", "seconds", "instead", "same_answer", "purpose")
            if name in step.options
        }
        caller.sabotage.faults.append(WebhookFault(step.get("webhook"), times=times, **known))
    if "drop_every" in step.options:
        caller.sabotage.drop_every = step.get("drop_every")
    _arm_texts(caller, board, step, times)
    if "provider" in step.options:
        board.provider_faults.append(
            ProviderFault(step.get("provider"), times, step.get("resource", "Messages"))
        )
    if "merchant" in step.options:
        board.merchant.refusals += [step.get("merchant")] * times


def _arm_texts(caller: ScriptedCaller, board: Switchboard, step: Step, times: int) -> None:
    receipts = tuple(step.get("receipts", ()))
    if "text" in step.options or receipts:
        kind = "receipts" if receipts else step.get("text")
        board.text_faults.append(TextFault(kind, inbox_of(caller, step), times, receipts))


def note(_caller: ScriptedCaller, _step: Step) -> None:
    """Words for the reader of the script."""
