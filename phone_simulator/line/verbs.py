"""Plays one verb of a document and says where to go next, if anywhere."""

from urllib.parse import urljoin

from phone_simulator.ids import new_sid
from phone_simulator.line.gather import gather
from phone_simulator.line.line import End, Goto, Line
from phone_simulator.line.speaking import sound_of
from phone_simulator.twiml.document import Node
from phone_simulator.twiml.problems import Problem
from phone_simulator.twiml.schema import knows

TRANSFER_S = 20.0
# A busy tone, or the network's word that there is no way to this number, comes at once.
REFUSED_S = 2.0
RINGS_S = 30


def play_verb(line: Line, verb: Node, document_url: str) -> Goto | End | None:
    match verb.name:
        case "Say" | "Play" | "Pause":
            return speak(line, verb)
        case "Gather":
            return gather(line, verb, document_url)
        case "Redirect":
            return _redirect(line, verb, document_url)
        case "Hangup":
            return End("us")
        case "Reject":
            # Once answered, a call can no longer be rejected; the checks have reported it.
            return None
        case "Dial":
            return _dial(line, verb, document_url)
    if knows(verb.name) or verb.name in (
        "Connect",
        "Echo",
        "Queue",
        "Refer",
        "Sms",
        "Start",
        "Stop",
    ):
        message = f"<{verb.name}> is not supported by this simulator"
        line.report(Problem("unsupported-verb", message, line=verb.line, grave=True))
    return None


def speak(line: Line, verb: Node) -> End | None:
    """Play a top-level verb: keys pressed meanwhile are not listened to."""
    for sound in sound_of(line, verb):
        prompt = (
            line.begin(sound.text, sound.language, sound.seconds, nested=False)
            if sound.text
            else None
        )
        ended = line.rest(sound.seconds)
        if prompt is not None:
            line.finish(prompt, cut=ended is not None)
        if ended is not None:
            return ended
    return None


def _redirect(line: Line, verb: Node, document_url: str) -> Goto | End:
    target = verb.text.strip()
    if not target:
        line.report(Problem("11100", "empty <Redirect>", line=verb.line))
        return End("error")
    method = "GET" if verb.attributes.get("method") == "GET" else "POST"
    return Goto("redirect", method, urljoin(document_url, target))


def _dial(line: Line, verb: Node, document_url: str) -> Goto | End | None:
    """A transfer: the person at the other end is not simulated, only whether they answer, and for how long they talk."""
    number, result = verb.text.strip(), line.behaviour.transfer
    line.call.note(line.now, "transfer", to=number, result=result)
    ended = line.rest(_transfer_s(verb, result))
    if ended is not None:
        return ended
    if "action" not in verb.attributes:
        return None
    extra = {"DialCallSid": new_sid("CA"), "DialCallStatus": result}
    if result == "answered":
        extra |= {"DialCallStatus": "completed", "DialCallDuration": str(int(TRANSFER_S))}
    method = "GET" if verb.attributes.get("method") == "GET" else "POST"
    return Goto("action", method, urljoin(document_url, verb.attributes["action"]), extra)


def _transfer_s(verb: Node, result: str) -> float:
    if result == "answered":
        return TRANSFER_S
    timeout = verb.attributes.get("timeout", "")
    rings_s = int(timeout) if timeout.isdigit() and int(timeout) > 0 else RINGS_S
    return rings_s if result == "no-answer" else REFUSED_S
