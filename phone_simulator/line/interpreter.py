"""Runs a call: fetch a document, play it to the caller, go where it says, until somebody ends it."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

from phone_simulator.clock import rfc2822, utc_now
from phone_simulator.line.caller import CallEnded, Exchanged
from phone_simulator.line.courier import Answer, CookieJar, Courier, Failed, Webhook
from phone_simulator.line.doing import Doing
from phone_simulator.line.exchange import Exchange
from phone_simulator.line.line import End, Goto, Line
from phone_simulator.line.pages import Page, read_page
from phone_simulator.line.parameters import ending_parameters, standard_parameters
from phone_simulator.line.speaking import pause_s
from phone_simulator.line.verbs import play_verb
from phone_simulator.twiml.document import Node
from phone_simulator.twiml.problems import Problem
from phone_simulator.twiml.speech import seconds_of_text

APOLOGY = "We are sorry, an application error has occurred. Goodbye."
STATUS_AFTER = {"rejected": "no-answer", "busy": "busy", "failed": "failed"}


@dataclass
class Interpreter:
    line: Line
    courier: Courier
    _jar: CookieJar = field(default_factory=CookieJar)
    _documents: int = 0
    _idle_documents: int = 0
    _last_document_at: float = -1.0
    _in_flight: "Future[Answer | Failed] | None" = None

    def run(self) -> None:
        call = self.line.call
        call.note(0.0, "dialled", to=call.to, **{"from": call.from_})
        step: Goto | End = (
            Goto("voice", call.voice_method, call.voice_url) if call.voice_url else End("failed")
        )
        while isinstance(step, Goto):
            step = self._turn(step)
        self._finish(step)

    def _turn(self, goto: Goto) -> Goto | End:
        looping = self._guard_against_loops(goto)
        if looping is not None:
            return looping
        answer = self._fetch(goto)
        if isinstance(answer, End):
            return answer
        page = read_page(answer) if isinstance(answer, Answer) else answer
        if isinstance(page, Failed):
            return self._fall_back(page.problem, goto)
        for problem in page.problems:
            self.line.report(problem)
        self.line.call.note(self.line.now, "document", url=page.url, verbs=page.verbs)
        return self._play(page)

    def _guard_against_loops(self, goto: Goto) -> End | None:
        moved = self.line.now > self._last_document_at
        self._idle_documents = 1 if moved else self._idle_documents + 1
        self._last_document_at = self.line.now
        self._documents += 1
        behaviour = self.line.behaviour
        if (
            self._documents <= behaviour.documents_max
            and self._idle_documents <= behaviour.idle_documents_max
        ):
            return None
        count = self._documents - 1 if moved else self._idle_documents - 1
        message = f"stopped after {count} documents" + ("" if moved else " that took no time")
        self.line.report(Problem("endless-loop", message, url=goto.url, grave=True))
        return End("loop")

    def _fetch(self, goto: Goto) -> Answer | Failed | End:
        line = self.line
        parameters = standard_parameters(line.call, "first" if goto.purpose == "voice" else "later")
        webhook = Webhook(goto.purpose, goto.method, goto.url, parameters, goto.extra, goto.menu)
        if line.sabotage.hang_up_in_flight:
            return self._abandon(webhook)
        before = len(line.call.exchanges)
        answer = line.sabotage.deliver(self.courier, webhook, self._jar, line.record)
        self._report_findings()
        fresh = line.call.exchanges[before:]
        ended = self._spend_time(fresh)
        if fresh:
            line.notice(Exchanged(fresh[-1], line.now))
        return ended or answer

    def _spend_time(self, exchanges: list[Exchange]) -> End | None:
        """A round trip takes real time in realtime mode, and else what the behaviour says."""
        behaviour = self.line.behaviour
        seconds = (
            sum(e.seconds for e in exchanges) if behaviour.realtime else behaviour.round_trip_s
        )
        return self.line.rest(seconds) if seconds > 0 else None

    def _report_findings(self) -> None:
        findings, self.line.sabotage.findings = self.line.sabotage.findings, []
        for finding in findings:
            self.line.report(finding)

    def _abandon(self, webhook: Webhook) -> End:
        """The caller hangs up while the product is still thinking about this webhook."""
        sent = Event()

        def record(exchange: Exchange) -> None:
            exchange.fault = "hang_up_in_flight"
            self.line.record(exchange)
            sent.set()

        self.line.sabotage.hang_up_in_flight = False
        threads = ThreadPoolExecutor(1)
        self._in_flight = threads.submit(self.courier.deliver, webhook, self._jar, record)
        threads.shutdown(wait=False)
        sent.wait(self.line.behaviour.request_budget_s)
        return End("caller")

    def _fall_back(self, problem: Problem, goto: Goto) -> Goto | End:
        call = self.line.call
        self.line.report(problem)
        if call.fallback_url and goto.purpose != "fallback":
            call.fallback_used = True
            extra = {"ErrorCode": problem.code, "ErrorUrl": goto.url.partition("#")[0]}
            return Goto("fallback", call.fallback_method, call.fallback_url, extra)
        self._answer()
        prompt = self.line.begin(APOLOGY, "en-US", seconds_of_text(APOLOGY), nested=False)
        ended = self.line.rest(prompt.seconds)
        return ended or End("error")

    def _play(self, page: Page) -> Goto | End:
        verbs = page.root.elements
        if verbs and verbs[0].name == "Reject" and self.line.call.answered_at is None:
            return End("busy" if verbs[0].attributes.get("reason") == "busy" else "rejected")
        for index, verb in enumerate(verbs):
            # A Pause in the first place lets the phone ring on; any other verb answers.
            if verb.name != "Pause":
                self._answer()
            outcome = play_verb(self.line, verb, page.url)
            if outcome is not None:
                return outcome
            self._hold(verb, verbs[index + 1 : index + 2])
        return End("us")

    def _answer(self) -> None:
        if self.line.call.answered_at is None:
            self.line.call.answered_at = self.line.now
            self.line.call.status = "in-progress"
            self.line.call.does(Doing("waiting"))

    def _hold(self, verb: Node, following: list[Node]) -> None:
        """Give the product's worker some real time where it makes the caller wait for it."""
        if verb.name == "Pause":
            self._answer()
            if following and following[0].name == "Redirect" and not self.line.behaviour.realtime:
                self.line.call.stop.wait(self.line.behaviour.hold_scale * pause_s(verb))

    def _finish(self, end: End) -> None:
        line, call = self.line, self.line.call
        answered = call.answered_at is not None
        call.status = STATUS_AFTER.get(end.by, "completed" if answered else "no-answer")
        call.ended_at, call.ended_by = line.now, end.by
        if end.flush is not None:
            goto = end.flush
            parameters = standard_parameters(call)
            self._send_aside(
                Webhook("late_action", goto.method, goto.url, parameters, goto.extra, goto.menu)
            )
        if call.status_url:
            parameters = ending_parameters(call, rfc2822(utc_now()))
            self._send_aside(Webhook("status", call.status_method, call.status_url, parameters))
        if self._in_flight is not None:
            self._in_flight.result()
        call.does(Doing("over"))
        call.note(line.now, "ended", by=end.by, status=call.status)
        line.notice(CallEnded(end.by, line.now, call.fallback_used))

    def _send_aside(self, webhook: Webhook) -> None:
        """Send a request whose answer no caller hears; only its failure matters."""
        answer = self.line.sabotage.deliver(self.courier, webhook, self._jar, self.line.record)
        self._report_findings()
        if isinstance(answer, Failed):
            self.line.report(answer.problem)
