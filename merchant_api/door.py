"""The door: every request of a merchant comes in here and leaves as an answer or a problem.

Who is it, may they call now, can the body be read, was it asked before; then the route does its
work in one transaction, together with the keeping of its answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import sqlalchemy as sa
import structlog
from flask import Response, request
from prometheus_client import Counter, Histogram
from werkzeug.exceptions import HTTPException

from billing_core.merchants import Merchant, key_hash
from foundation.clock import stopwatch
from foundation.database import DATABASE_AWAY, Database, Session
from foundation.errors import Conflict, NotFound, Refusal, StateChanged, Unavailable
from foundation.logs import places
from merchant_api import idempotency
from merchant_api.authentication import authenticated, key_of
from merchant_api.calls import Call
from merchant_api.fingerprints import fingerprint
from merchant_api.idempotency import ClaimLost
from merchant_api.idempotency_keys import Answer, Claim, Slot
from merchant_api.json_bodies import read_body
from merchant_api.limits import RateLimit
from merchant_api.problems import finish, http_problem, problem, request_id, status_of
from merchant_api.routes import Route
from merchant_api.validation import checked_body, checked_query

# Who loses a race for one object looks at it again; nobody loses this often by chance.
RACES_MAX = 3
DATABASE_RETRY_AFTER_S = 2
TOO_MANY_REQUESTS = 429

ANSWERED = Counter("ars_api_answers", "Answers to merchants.", ["operation", "status"])
TOOK = Histogram("ars_api_seconds", "How long merchants waited for an answer.", ["operation"])

log = structlog.get_logger()

Done = TypeVar("Done")


class Door:
    """Answers the requests of all routes of one application."""

    def __init__(self, database: Database, rate_limit: RateLimit) -> None:
        self._database = database
        self._rate_limit = rate_limit

    def serve(self, route: Route, object_id: str = "") -> Response:
        """Answer one request. Nothing that goes wrong leaves here as an exception."""
        started = stopwatch()
        response = self._answer(route, object_id)
        TOOK.labels(route.name).observe(stopwatch() - started)
        ANSWERED.labels(route.name, response.status_code).inc()
        log.info(
            "api.answered",
            operation=route.name,
            status=response.status_code,
            request=request_id(),
        )
        return response

    def _answer(self, route: Route, object_id: str) -> Response:
        try:
            return self._welcome(route, object_id)
        except Refusal as refusal:
            return problem(refusal)
        except HTTPException as error:
            return http_problem(error)
        except DATABASE_AWAY as error:
            log.warning("api.database_away", error=type(error).__name__, request=request_id())
            return problem(_database_away())
        except Exception as error:  # noqa: BLE001 (outermost frame)
            log.error(  # noqa: TRY400 (its message may hold what was sent, such as a card)
                "api.failed",
                operation=route.name,
                request=request_id(),
                error=type(error).__name__,
                at=places(error),
            )
            return problem(_our_fault())

    def _welcome(self, route: Route, object_id: str) -> Response:
        api_key = key_of(request)
        with self._database.reading() as session:
            merchant = authenticated(session, api_key)
        self._rate_limit.take(key_hash(api_key))
        if "\0" in object_id:
            # No database takes it, not even as the path under which an idempotency key is kept.
            raise NotFound("There is no such object. Check the id.")
        if route.method == "POST":
            return self._post(route, object_id, merchant, api_key)
        query = checked_query(route.query, request.args, self._database.clock.now())

        def work(session: Session) -> Answer:
            return _done(route, Call(session, merchant, object_id, query=query))

        if route.method == "GET":
            with self._database.reading() as session:
                return _response(work(session))
        return _response(self._transact(work))

    def _post(self, route: Route, object_id: str, merchant: Merchant, api_key: str) -> Response:
        raw = read_body(request)
        slot = Slot(
            merchant_id=merchant.id,
            method=request.method,
            path=request.path.rstrip("/"),
            key=idempotency.key_in(request.headers.get(idempotency.HEADER)),
            fingerprint=fingerprint(merchant.id, raw),
            api_key=api_key,
        )
        with self._database.transaction() as session:
            taken = idempotency.claim(session, slot)
        if isinstance(taken, Answer):
            return _replayed(taken)

        def work(session: Session) -> Answer:
            checked_query(route.query, request.args, session.now)
            body = checked_body(route.body, raw, session.now)
            answer = _done(route, Call(session, merchant, object_id, body=body))
            idempotency.keep(session, taken, answer)
            return answer

        return self._once(taken, work)

    def _once(self, taken: Claim, work: Callable[[Session], Answer]) -> Response:
        try:
            return _response(self._transact(work))
        except ClaimLost:
            raise
        except Refusal as refusal:
            return self._refused(taken, refusal)
        except BaseException:
            # If this fails as well, the claim is taken over when its time is up.
            with suppress(sa.exc.SQLAlchemyError), self._database.transaction() as session:
                idempotency.release(session, taken)
            raise

    def _refused(self, taken: Claim, refusal: Refusal) -> Response:
        response = problem(refusal)
        # What may pass by itself is not kept, or a repetition could never succeed.
        passes = status_of(refusal) >= TOO_MANY_REQUESTS
        with self._database.transaction() as session:
            if passes:
                idempotency.release(session, taken)
            else:
                body = response.get_data()
                answer = Answer(response.status_code, response.content_type or "", body)
                idempotency.keep(session, taken, answer)
        return response

    def _transact(self, work: Callable[[Session], Done]) -> Done:
        for _ in range(RACES_MAX):
            with suppress(StateChanged), self._database.transaction() as session:
                return work(session)
        raise Conflict("This object was changed at the same moment. Read it, then try again.")


def _done(route: Route, call: Call) -> Answer:
    body = json.dumps(route.do(call), ensure_ascii=False).encode()
    return Answer(route.status, "application/json", body, shows_secret=route.shows_secret)


def _response(answer: Answer) -> Response:
    return finish(Response(answer.body, status=answer.status, content_type=answer.content_type))


def _replayed(answer: Answer) -> Response:
    response = _response(answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _database_away() -> Unavailable:
    return Unavailable(
        "Our database cannot be reached at the moment. Repeat the request, a POST with the same "
        "Idempotency-Key: it is done once, even if it was done already.",
        retry_after_s=DATABASE_RETRY_AFTER_S,
    )


def _our_fault() -> Refusal:
    return Refusal(
        "This is a fault of ours, and it has been noted. Repeat the request, a POST with the same "
        "Idempotency-Key: it is done once, even if it was done already.",
        code="internal_error",
    )
