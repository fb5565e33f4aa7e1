"""What went wrong, told as a page to a person and as problem details to a program."""

import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from services.portal.api.backends import BackendDown, BackendRefused
from services.portal.api.forms import DoneBefore, StaleForm
from services.portal.api.front_door import NotSignedIn, front_door
from services.portal.api.held_forms import held_fields, hold
from services.portal.api.page import go
from services.portal.api.provider import ProviderDown
from services.portal.api.viewing import viewer_of
from services.portal.api.visitor import visitor
from services.portal.domain.session import SignInRefused, UnknownAccount, UnknownSignIn
from services.portal.pages.render import Viewer, render
from services.portal.pages.sentences import said
from services.portal.pages.texts import texts
from shared.errors import Rejected, StaleAggregate
from shared.mongo import PyMongoError
from shared.problems import Problem, problem_of_any, respond

log = structlog.get_logger()

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look alike when read out
_REFERENCE_LENGTH: Final = 8


def _(text: str) -> str:
    """Mark a text for the catalogs; it is said in the reader's language later."""
    return text


@dataclass(frozen=True, kw_only=True)
class ErrorShown:
    """What an error page says: what happened, what to do, and what to tell the support."""

    title: str
    text: str
    action: tuple[str, str] | None = None
    reference: str | None = None
    part: str | None = None
    retry: int = 0


TITLES: Final = {
    400: _("This cannot be understood"),
    403: _("This is not yours to see"),
    404: _("There is nothing here"),
    405: _("There is nothing here"),
    409: _("This cannot be done now"),
    413: _("This is too large"),
    422: _("Something is not right yet"),
    503: _("This part of Tandem does not answer"),
}
TEXTS: Final = {
    400: _("Your browser has sent something that cannot be read. Go back, look at what you typed, and send it again."),
    403: _("Only the people it concerns can open it. If you think it concerns you, ask your programme manager."),
    404: _("The address may be mistyped, or what was here has gone. Nothing of yours is lost."),
    405: _("The address may be mistyped, or what was here has gone. Nothing of yours is lost."),
    409: _("Somebody else has changed it since you opened the page. Look at it again."),
    413: _("It is more than Tandem takes at a time. Send it in parts."),
    503: _("Nothing you saved is lost, and the rest of Tandem works. Try again in a moment."),
}
FAULT: Final = (
    _("Something went wrong here"),
    _("It is not your fault, and nothing was changed. Try again; if it happens again, tell your support."),
)
DOWN: Final = {
    "matching": _("The part of Tandem that finds partners does not answer"),
    "scheduling": _("The part of Tandem that finds times does not answer"),
    "goals": _("The part of Tandem that keeps charters and goals does not answer"),
    "notifications": _("The part of Tandem that keeps your inbox does not answer"),
}
AGAIN: Final = _("Try again")
# Refusals that say no more than their status does; any other one is a rule with a sentence of its own.
_GENERAL: Final = frozenset(f"{phrase.lower().replace(' ', '-')}" for phrase in (status.phrase for status in HTTPStatus)) | {
    "not-allowed",
    "stale",
    "too-large",
    "database-away",
    "service-away",
    "",
}
_REASONS: Final[dict[type[Exception], str]] = {UnknownAccount: "unknown", UnknownSignIn: "expired", ProviderDown: "provider"}


def install(app: FastAPI) -> None:
    """Have every exception answered in the form in which the request was made."""
    for kind in (Rejected, RequestValidationError, StaleAggregate, HTTPException, PyMongoError, Exception, BackendRefused, BackendDown):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(SignInRefused, _sign_in_refused)
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(DoneBefore, _done_before)
    app.add_exception_handler(StaleForm, _stale_form)


def wants_page(request: Request) -> bool:
    """Whether a person is looking: browsers say so in `Accept`, htmx in a header of its own."""
    return "text/html" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"


async def answer(request: Request, error: Exception) -> Response:
    """Any refusal or fault."""
    problem = _problem(error)
    if not wants_page(request):
        headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else None
        return respond(problem, headers)
    return await error_page(request, problem, part=error.service if isinstance(error, BackendDown) else None)


async def error_page(request: Request, problem: Problem, *, part: str | None = None) -> Response:
    """The problem as a page in the reader's language."""
    viewer = await viewer_of(request)
    shown = _shown(request, viewer, problem, part)
    if shown.reference is not None:
        route = getattr(request.scope.get("route"), "path", None)
        log.warning("an error page was shown", reference=shown.reference, status=problem.status, route=route, part=part)
    return _page(request, "error.html", viewer, status=problem.status, error=shown)


def _problem(error: Exception) -> Problem:
    match error:
        case BackendRefused():
            told = error.problem
            return Problem(type=f"/problems/{told.slug}", title=told.title, status=told.status, detail=told.detail)
        case BackendDown():
            return Problem(type="/problems/service-away", title="Service away", status=503, detail=f"{error.service} does not answer.")
        case _:
            return problem_of_any(error)


def _shown(request: Request, viewer: Viewer, problem: Problem, part: str | None) -> ErrorShown:
    say = texts(viewer.locale).gettext
    again = (say(AGAIN), request.url.path) if request.method == "GET" else None
    if part is not None:
        return ErrorShown(title=say(DOWN[part]), text=say(TEXTS[503]), action=again, reference=_reference(), part=part)
    if problem.status not in TITLES:
        title, text = FAULT
        return ErrorShown(title=say(title), text=say(text), action=again, reference=_reference())
    general = problem.status in TEXTS and problem.type.rpartition("/")[2] in _GENERAL
    text = say(TEXTS[problem.status]) if general else said(problem.detail or problem.title, texts(viewer.locale))
    reference = _reference() if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return ErrorShown(title=say(TITLES[problem.status]), text=text, action=again if reference else None, reference=reference)


async def _sign_in_refused(request: Request, error: Exception) -> Response:
    """Why nobody could be signed in, kindly, with the way to try again."""
    reason = _REASONS.get(type(error), "refused")
    log.info("a sign-in was refused", problem=error)
    status = error.status if isinstance(error, SignInRefused) else 400
    if not wants_page(request):
        return respond(problem_of_any(error))
    return _page(request, "signed_out.html", visitor(request), status=status, reason=reason, email=None)


async def _not_signed_in(request: Request, error: Exception) -> Response:
    """To the sign-in and back here. What was typed into a form waits there."""
    if not wants_page(request):
        return respond(Problem(type="/problems/sign-in-needed", title="Sign in", status=401, detail="Nobody is signed in."))
    form = error.form if isinstance(error, NotSignedIn) else None
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    response: Response
    if form is None:
        response = RedirectResponse(f"/sign-in?{urlencode({'return_to': back})}", status_code=303)
    else:
        held = await hold(front_door(request), request, form)
        response = RedirectResponse(f"/sign-in?{urlencode({'return_to': '/held-form' if held else '/'})}", status_code=303)
        if held:
            response.set_cookie("__Host-tandem-held", held, max_age=900, path="/", secure=True, httponly=True, samesite="lax")
    if request.headers.get("hx-request") == "true":
        # A redirect would be followed inside the page, into another origin.
        response.headers["HX-Redirect"] = response.headers["Location"]
        del response.headers["Location"]
        response.status_code = 200
    return response


async def _done_before(_request: Request, error: Exception) -> Response:
    """The same form, sent twice: the same way on."""
    assert isinstance(error, DoneBefore)  # noqa: S101 - registered for nothing else
    return go(error.path, toast=error.toast)


async def _stale_form(request: Request, error: Exception) -> Response:
    """What was typed, with a button that sends it with today's token."""
    assert isinstance(error, StaleForm)  # noqa: S101 - registered for nothing else
    if not wants_page(request):
        return respond(problem_of_any(error))
    viewer = await viewer_of(request)
    return _page(request, "front/stale_form.html", viewer, status=409, path=request.url.path, fields=held_fields(error.form))


def _page(request: Request, template: str, viewer: Viewer, *, status: int, **values: object) -> Response:
    partial = request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"
    return HTMLResponse(render(template, viewer, partial=partial, **values), status_code=status)


def _reference() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_REFERENCE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"
