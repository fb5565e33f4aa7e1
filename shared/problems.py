"""Refusals over HTTP: RFC 9457 problem details, made in this one place."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Invalid, Rejected, StaleAggregate
from shared.mongo import PyMongoError

MEDIA_TYPE = "application/problem+json"
LARGEST_BODY = 12_000_000

log = structlog.get_logger()


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(BaseModel):
    """Problem details for HTTP APIs (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class ExtendedProblem(Problem):
    """A problem with members of its own (RFC 9457, section 3.2)."""

    model_config = ConfigDict(extra="allow")


class TooLarge(Rejected):
    """What was sent is larger than this takes."""

    status = 413


class SignInNeeded(Rejected):
    """Whoever asks must say who they are."""

    status = 401


def problem_of(error: Rejected) -> Problem:
    """The refusal in the standard's form."""
    errors = [FieldProblem(field=error.field, message=str(error))] if error.field else []
    told = Problem(type=f"/problems/{error.slug()}", title=error.title(), status=error.status, detail=str(error), errors=errors)
    return ExtendedProblem(**dict(told), **error.more) if error.more else told


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem as a response."""
    return JSONResponse(problem.model_dump(), problem.status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def problems(*refusals: type[Rejected]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: which refusals its reader must expect."""
    by_status: dict[int | str, list[str]] = {}
    for refusal in refusals:
        by_status.setdefault(refusal.status, []).append(f"{refusal.slug()}: {refusal.title()}")
    return {status: {"model": Problem, "description": "\n\n".join(lines)} for status, lines in by_status.items()}


def problem_of_any(error: Exception) -> Problem:
    """The problem that an exception amounts to. Nothing of an unforeseen one's text reaches who asked."""
    match error:
        case Rejected():
            return problem_of(error)
        case RequestValidationError():
            return _problem_of_fields(error)
        case StaleAggregate():
            return _plain(409, "stale", "Somebody else has changed this meanwhile. Look again and repeat.")
        case HTTPException():
            return _plain(error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "-"), str(error.detail))
        case PyMongoError():
            log.error("the database did not answer", problem=error)
            return _plain(503, "database-away", "The database does not answer. Nothing was changed; try again in a moment.")
        case _:
            log.error("a request failed", problem=error)
            return _plain(500, "fault", "Something went wrong here. Nothing was changed.")


def _plain(status: int, slug: str, detail: str) -> Problem:
    return Problem(type=f"/problems/{slug}", title=HTTPStatus(status).phrase, status=status, detail=detail)


def _problem_of_fields(error: RequestValidationError) -> Problem:
    """What pydantic found, by field. What was typed is not repeated: it may be private."""
    errors = [
        FieldProblem(
            field=".".join(str(part) for part in found["loc"] if part not in {"body", "query", "path"}) or "body", message=found["msg"]
        )
        for found in error.errors()
    ]
    return Problem(type=f"/problems/{Invalid.slug()}", title=Invalid.title(), status=422, detail=errors[0].message, errors=errors)


async def _answer(_request: Request, error: Exception) -> JSONResponse:
    problem = problem_of_any(error)
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else {}
    return respond(problem, {**headers, **(getattr(error, "headers", None) or {})})


def install(app: FastAPI) -> None:
    """Have every exception answered as a problem."""
    for kind in (Rejected, RequestValidationError, StaleAggregate, HTTPException, PyMongoError, Exception):
        app.add_exception_handler(kind, _answer)


class BodyLimit:
    """Middleware: stops reading a body that is larger than anything this takes."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._largest:
            await respond(problem_of(TooLarge(f"At most {self._largest // 1_000_000} MB.")))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._largest:
                raise HTTPException(TooLarge.status, TooLarge.title())
            return message

        await self._app(scope, counted, send)


class BrokenOff(Exception):  # noqa: N818 - what happened to an answer
    """An answer could not be finished."""


class Shield:
    """Middleware: answers an unforeseen fault here, before it reaches the server, which would log its values with the traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
            if started:
                log.error("an answer broke off", problem=error)
                raise BrokenOff from None
            handler = scope["app"].exception_handlers[Exception]
            response = await handler(Request(scope, receive), error)
            await response(scope, receive, send)
