"""Parses TwiML as strictly as the provider does, keeping line and column of every element."""

import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field

from phone_simulator.twiml.problems import Problem

DOCUMENT_BYTES_MAX = 64 * 1024


@dataclass
class Node:
    """An element; names are case-sensitive, children are nodes and text in document order."""

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list["Node | str"] = field(default_factory=list)

    @property
    def elements(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    @property
    def text(self) -> str:
        """All text below this element, tags left out."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.elements:
            yield from child.walk()


class Unreadable(Exception):
    """The answer is not TwiML; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse(body: bytes) -> Node:
    if len(body) > DOCUMENT_BYTES_MAX:
        raise Unreadable(Problem("11750", f"TwiML response body too large: {len(body)} bytes"))
    if not body.strip():
        raise Unreadable(Problem("11770", "empty response body"))
    root = _tree(body)
    if root.name != "Response":
        raise Unreadable(
            Problem("12102", f"the root element is <{root.name}>, not <Response>", line=root.line)
        )
    return root


def _tree(body: bytes) -> Node:
    if body.startswith(b"\xef\xbb\xbf") or (
        body[:1].isspace() and body.lstrip().startswith(b"<?xml")
    ):
        raise Unreadable(
            Problem("12100", "document parse failure: content before the XML declaration", line=1)
        )
    builder = _Builder()
    try:
        builder.parser.Parse(body, True)
    except xml.parsers.expat.ExpatError as error:
        reason = xml.parsers.expat.errors.messages[error.code]
        problem = Problem(
            "12100", f"document parse failure: {reason}", line=error.lineno, column=error.offset
        )
        raise Unreadable(problem) from error
    assert builder.root is not None
    return builder.root


class _Builder:
    """Collects expat's events into nodes."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self.parser = xml.parsers.expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        # A DOCTYPE could define entities; the provider has no use for one, and neither has an attacker here.
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        node = Node(
            name, attributes, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber
        )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].children.append(text)

    def _doctype(self, *_: object) -> None:
        raise Unreadable(Problem("12100", "document parse failure: a DOCTYPE is not accepted"))
