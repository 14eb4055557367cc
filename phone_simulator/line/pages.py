"""Turns the answer to a webhook into a document, by the provider's rules about content types."""

from dataclasses import dataclass, field

from phone_simulator.line.courier import Answer, Failed
from phone_simulator.line.speaking import AUDIO_TYPES
from phone_simulator.twiml.checks import find_problems
from phone_simulator.twiml.document import Node, Unreadable, parse
from phone_simulator.twiml.problems import Problem

XML_TYPES = ("text/xml", "application/xml", "text/html")


@dataclass(frozen=True)
class Page:
    url: str
    root: Node
    problems: list[Problem] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        return [_described(verb) for verb in self.root.elements]


def read_page(answer: Answer) -> Page | Failed:
    kind = (answer.content_type or "").partition(";")[0].strip().lower()
    if kind in XML_TYPES:
        return _twiml(answer)
    if kind == "text/plain":
        page = _twiml(answer)
        return page if isinstance(page, Page) else _read_aloud(answer)
    if kind in AUDIO_TYPES:
        return Page(answer.url, _response(Node("Play", {}, 1, 0, [answer.url])))
    message = f"invalid Content-Type {kind!r}" if kind else "the answer has no Content-Type"
    return Failed(Problem("12300", message, url=answer.url))


def _twiml(answer: Answer) -> Page | Failed:
    try:
        root = parse(answer.body)
    except Unreadable as error:
        found = error.problem
        return Failed(Problem(found.code, found.message, answer.url, found.line, found.column))
    problems = [
        Problem(found.code, found.message, answer.url, found.line, found.column, found.grave)
        for found in find_problems(root)
    ]
    return Page(answer.url, root, problems)


def _read_aloud(answer: Answer) -> Page:
    text = answer.body.decode("utf-8", "replace")
    return Page(answer.url, _response(Node("Say", {}, 1, 0, [text])))


def _response(verb: Node) -> Node:
    return Node("Response", {}, 1, 0, [verb])


def _described(verb: Node) -> str:
    nested = [child.name for child in verb.elements] if verb.name == "Gather" else []
    return verb.name + (f"({', '.join(nested)})" if nested else "")
