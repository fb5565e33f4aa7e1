"""Forms: sent from our own pages, with the token of the session, and done once however often they are sent."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from services.portal.domain.session import Session
from services.portal.store.submissions import Submissions
from shared.errors import NotAllowed, Rejected

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD: Final = "form_token"
HEADER: Final = "x-form-token"
_MOST_FIELDS: Final = 500
_MOST_FILES: Final = 5
_LOOKS: Final = 50
_PAUSE: Final = 0.1
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class ForeignForm(NotAllowed):
    """This was not sent from a page of Tandem."""


class StaleForm(Rejected):
    """This form is from an earlier visit. Nothing was changed; send it again."""

    def __init__(self, form: FormData) -> None:
        super().__init__()
        self.form = form


class StillAtIt(Rejected):
    """The same form was sent a moment ago and is still being worked on."""


class DoneBefore(Exception):  # noqa: N818 - not a fault: the answer is known already
    """The very same form has been answered: with this redirect."""

    def __init__(self, path: str, toast: str | None) -> None:
        super().__init__(path)
        self.path = path
        self.toast = toast


@dataclass
class Submission:
    """One form being worked on. `answered` is where its sender was sent, if the work is done."""

    answered: tuple[str, str | None] | None = None


def new_token(session: Session) -> str:
    """A token for the forms of one page: a random part, and the proof that it was given out in this session."""
    number = secrets.token_urlsafe(16)
    return f"{number}.{_proof(session, number)}"


def must_be_ours(request: Request, origin: str) -> None:
    """Refuse what another site makes the browser send. A sibling on the same site is another site."""
    site = request.headers.get("sec-fetch-site")
    ours = site == "same-origin" if site is not None else request.headers.get("origin") == origin
    if not ours:
        raise ForeignForm


async def typed(request: Request) -> FormData:
    """What was typed; nothing when what was sent is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORM_TYPES:
        return FormData()
    return await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS)


def must_be_fresh(request: Request, session: Session, form: FormData) -> None:
    """Refuse a form that was not given out in this session. Raises StaleForm with what was typed."""
    number, _, proof = str(form.get(FIELD) or request.headers.get(HEADER, "")).partition(".")
    if not number or not hmac.compare_digest(proof.encode(), _proof(session, number).encode()):
        raise StaleForm(form)


@asynccontextmanager
async def once(submissions: Submissions, request: Request, session: Session, form: FormData) -> AsyncIterator[Submission]:
    """Let a form be worked on, unless it is the one that was sent last with this token: then DoneBefore says how it ended.

    A form that ends without a redirect (an error is shown) may be sent again. A token sent as a header belongs to a page,
    not to one form, so the same request with it is a new wish.
    """
    token = form.get(FIELD)
    submission = Submission()
    if not isinstance(token, str):
        yield submission
        return
    key = _digest(session.id, token)
    print_of_it = await _fingerprint(request, form)
    if not await submissions.begin(key, print_of_it):
        await _wait_for_the_first(submissions, key, print_of_it)
    try:
        yield submission
    finally:
        if submission.answered is None:
            await submissions.forget(key)
        else:
            await submissions.end(key, *submission.answered)


async def _wait_for_the_first(submissions: Submissions, key: str, print_of_it: str) -> None:
    for _ in range(_LOOKS):
        found = await submissions.find(key)
        if found is None:
            if await submissions.begin(key, print_of_it):
                return
        elif found.get("path") is not None:
            raise DoneBefore(found["path"], found["toast"])
        await asyncio.sleep(_PAUSE)
    raise StillAtIt


async def _fingerprint(request: Request, form: FormData) -> str:
    parts = [request.method, request.url.path]
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            parts += [name, value.filename or "", hashlib.sha256(await value.read()).hexdigest()]
            await value.seek(0)
        else:
            parts += [name, value]
    return _digest(*parts)


def _proof(session: Session, number: str) -> str:
    return hmac.new(session.form_secret.encode(), number.encode(), hashlib.sha256).hexdigest()


def _digest(*parts: str) -> str:
    # The lengths keep "ab", "c" apart from "a", "bc".
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
