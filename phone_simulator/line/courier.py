"""Delivers one signed webhook: cookies, redirects, retries within the time budget, and the error code if all fails."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from phone_simulator.clock import monotonic_s
from phone_simulator.ids import new_event_token
from phone_simulator.line.exchange import Exchange
from phone_simulator.line.overrides import Overrides, read_overrides
from phone_simulator.options import REQUEST_BUDGET_S
from phone_simulator.signature import sign
from phone_simulator.twiml.problems import Problem
from phone_simulator.wire import Limits, NoReply, Reply, send, wire_url

REDIRECTS_MAX = 10
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
STAGE_CODES = {
    "url": "11100", "host": "11210", "connect": "11205", "tls": "11220", "read": "11200", "total": "11200", "protocol": "11206",
}  # fmt: skip
STAGE_RETRIES = {"connect": "ct", "host": "ct", "tls": "ct", "read": "rt"}
# The form is resent on these two, the other redirects turn into GET.
KEEPS_METHOD = (307, 308)


@dataclass(frozen=True)
class Webhook:
    """What is to be sent; `extra` (Digits and the like) is never resent when the answer is a redirect."""

    purpose: str
    method: str
    url: str
    parameters: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict, repr=False)
    menu: bool = False
    token: str = field(default_factory=new_event_token)


@dataclass(frozen=True)
class Answer:
    status: int
    url: str
    content_type: str | None
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Failed:
    problem: Problem


@dataclass(frozen=True)
class Tampering:
    """How to get a request wrong on purpose; the normal request has none of it."""

    unsigned: bool = False
    wrong_token: bool = False
    tampered: bool = False
    wrong_scheme: bool = False


class CookieJar(dict[str, dict[str, str]]):
    """Cookies by host; one jar lasts for one call."""

    def header(self, url: str) -> dict[str, str]:
        kept = self.get(urlsplit(url).netloc, {})
        return (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items())} if kept else {}
        )

    def keep(self, url: str, reply: Reply) -> None:
        for name, value in reply.headers:
            if name.lower() == "set-cookie":
                self._keep_one(urlsplit(url).netloc, value)

    def _keep_one(self, host: str, header: str) -> None:
        try:
            morsels = SimpleCookie(header)
        except CookieError:
            return
        for name, morsel in morsels.items():
            if morsel["max-age"] == "0":
                self.get(host, {}).pop(name, None)
            else:
                self.setdefault(host, {})[name] = morsel.value


@dataclass(frozen=True)
class Courier:
    auth_token: str
    algorithm: str = "HMAC_SHA1"
    budget_s: float = REQUEST_BUDGET_S

    def deliver(
        self,
        webhook: Webhook,
        jar: CookieJar,
        record: Callable[[Exchange], None],
        tampering: Tampering | None = None,
    ) -> Answer | Failed:
        """Send, follow redirects without the keys, and give the last answer or why there is none."""
        deadline = monotonic_s() + self.budget_s
        for _ in range(REDIRECTS_MAX + 1):
            outcome = self._attempt(webhook, jar, record, tampering or Tampering(), deadline)
            if isinstance(outcome, Failed) or outcome.location is None:
                return outcome.problem_or(webhook) if isinstance(outcome, _Landed) else outcome
            method = webhook.method if outcome.reply.status in KEEPS_METHOD else "GET"
            webhook = replace(
                webhook, url=urljoin(webhook.url, outcome.location), method=method, extra={}
            )
        return Failed(Problem("11215", "too many HTTP redirects", url=webhook.url))

    def _attempt(
        self,
        webhook: Webhook,
        jar: CookieJar,
        record: Callable[[Exchange], None],
        tampering: Tampering,
        deadline: float,
    ) -> "_Landed | Failed":
        overrides, problems = read_overrides(webhook.url)
        if problems:
            return Failed(problems[0])
        deadline = min(deadline, monotonic_s() + overrides.total_ms / 1000)
        for left in range(overrides.retries, -1, -1):
            try:
                reply = self._send(webhook, jar, record, tampering, _limits(overrides, deadline))
            except NoReply as failure:
                if (
                    left
                    and overrides.retries_after(STAGE_RETRIES.get(failure.stage, ""))
                    and monotonic_s() < deadline
                ):
                    continue
                return Failed(Problem(STAGE_CODES[failure.stage], str(failure), url=webhook.url))
            if left and reply.status >= 400 and overrides.retries_after(f"{reply.status // 100}xx"):
                continue
            break
        return _Landed(reply, reply.header("Location") if 300 <= reply.status < 400 else None)

    def _send(
        self,
        webhook: Webhook,
        jar: CookieJar,
        record: Callable[[Exchange], None],
        tampering: Tampering,
        limits: Limits,
    ) -> Reply:
        parameters = {**webhook.parameters, **webhook.extra}
        url, form, body = _request(webhook, parameters)
        headers = {**self._headers(webhook, url, form, tampering), **jar.header(url)}
        if tampering.tampered:
            # Changed after signing, as somebody on the way would do it.
            body = urlencode({**parameters, "From": "+821099999999"}).encode()
        exchange = Exchange(webhook.purpose, webhook.method, url, parameters, webhook.menu)
        record(exchange)
        started = monotonic_s()
        try:
            reply = send(webhook.method, url, headers, body, limits)
        finally:
            exchange.seconds = monotonic_s() - started
        exchange.status, exchange.body, exchange.location = (
            reply.status,
            reply.body,
            reply.header("Location"),
        )
        jar.keep(url, reply)
        return reply

    def _headers(
        self, webhook: Webhook, url: str, form: dict[str, str], tampering: Tampering
    ) -> dict[str, str]:
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": webhook.token,
        }
        if webhook.method == "POST":
            headers["Content-Type"] = FORM
        if tampering.unsigned:
            return headers
        token = self.auth_token + "-wrong" if tampering.wrong_token else self.auth_token
        signed_url = _other_scheme(url) if tampering.wrong_scheme else url
        headers["X-Twilio-Signature"] = sign(token, signed_url, form, self.algorithm)
        if self.algorithm != "HMAC_SHA1":
            headers["X-Twilio-Webhooks-Signature-Settings"] = (
                f"key=simulator,algorithm={self.algorithm}"
            )
        return headers


@dataclass(frozen=True)
class _Landed:
    reply: Reply
    location: str | None

    def problem_or(self, webhook: Webhook) -> Answer | Failed:
        status = self.reply.status
        if 300 <= status < 400:
            return Failed(
                Problem("11216", f"redirect {status} without a Location", url=webhook.url)
            )
        if status >= 400:
            return Failed(Problem("11217", f"the server answered {status}", url=webhook.url))
        return Answer(
            status,
            webhook.url.partition("#")[0],
            self.reply.header("Content-Type"),
            self.reply.body,
        )


def _request(
    webhook: Webhook, parameters: dict[str, str]
) -> tuple[str, dict[str, str], bytes | None]:
    """URL, signed form and body; by GET the parameters go behind the address's own query and are signed with it."""
    url = wire_url(webhook.url)
    if webhook.method == "POST":
        return url, parameters, urlencode(parameters).encode()
    return url + ("&" if "?" in url else "?") + urlencode(parameters), {}, None


def _limits(overrides: Overrides, deadline: float) -> Limits:
    left = max(0.05, deadline - monotonic_s())
    return Limits(min(overrides.connect_ms / 1000, left), min(overrides.read_ms / 1000, left), left)


def _other_scheme(url: str) -> str:
    return (
        url.replace("http:", "https:", 1)
        if url.startswith("http:")
        else url.replace("https:", "http:", 1)
    )
