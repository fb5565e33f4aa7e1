"""What every page stands on: who looks, the services behind it, and the way an answer goes back."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from services.portal.api import forms
from services.portal.api.backends import Backend, BackendDown, BackendRefused, Part
from services.portal.api.front_door import NotSignedIn, Visit, front_door
from services.portal.api.viewing import viewer_of_visit
from services.portal.domain.person import Person
from services.portal.pages.render import render, render_block

__all__ = ["Backend", "BackendDown", "BackendRefused", "Page", "Part", "PersonCard", "Signed"]

T = TypeVar("T")

_TOAST: Final = "__Host-tandem-toast"
_TOAST_SECONDS: Final = 60
_LONGEST_TOAST: Final = 500
_UNKNOWN: Final = {"en": "Unknown person", "de": "Unbekannte Person"}


@dataclass(frozen=True, kw_only=True)
class PersonCard:
    """The little a page says about somebody. `known` is false when nobody with this id is in Tandem."""

    person_id: str
    name: str
    email: str = ""
    department: str = ""
    location: str = ""
    zone: str = "UTC"
    level: int = 0
    languages: tuple[str, ...] = ()
    active: bool = False
    known: bool = False


class Page:
    """A signed-in person looking at a page, for the length of one request."""

    def __init__(self, request: Request, visit: Visit, *, inbox_count: int, manages: bool, form: FormData | None) -> None:
        self.request = request
        self.visit = visit
        self.form = form if form is not None else FormData()
        self.partial = request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"
        self.door = front_door(request)
        self._answered: tuple[str, str | None] | None = None
        self.viewer = viewer_of_visit(visit, inbox_count=inbox_count, manages=manages)
        self.matching = self.door.backend("matching", visit)
        self.scheduling = self.door.backend("scheduling", visit)
        self.goals = self.door.backend("goals", visit)
        self.notifications = self.door.backend("notifications", visit)

    @property
    def person(self) -> Person:
        """The signed-in person with all that the portal keeps of them."""
        return self.visit.person

    async def people(self, ids: Iterable[str | None]) -> dict[str, PersonCard]:
        """A card for each id; an id nobody has gets a card that says so."""
        wanted = {person_id for person_id in ids if person_id}
        found = await self.door.people.cards(wanted)
        cards = {document["_id"]: _card(document) for document in found}
        unknown = _UNKNOWN.get(self.viewer.locale, _UNKNOWN["en"])
        return {person_id: cards.get(person_id) or PersonCard(person_id=person_id, name=unknown) for person_id in wanted}

    async def programme_name(self, programme_id: str) -> str:
        """A programme's name, kept for a minute; empty when it cannot be told."""
        return await self.door.surroundings.programme_name(self.visit, programme_id)

    async def part(self, awaitable: Awaitable[T]) -> Part[T]:
        """What the awaitable brings, or, when its service does not answer, a part that says so."""
        try:
            return Part(value=await awaitable)
        except BackendDown as down:
            return Part(problem=down.service)

    async def parts(self, **awaitables: Awaitable[Any]) -> dict[str, Part[Any]]:
        """Several parts of a page, asked for at the same time."""
        answers = await asyncio.gather(*(self.part(awaitable) for awaitable in awaitables.values()))
        return dict(zip(awaitables, answers, strict=True))

    def render(self, template: str, *, status: int = 200, block: str | None = None, **values: Any) -> Response:
        """The page, or only its `block` when htmx asks for a part. The toast of the last action is shown on a whole page, once."""
        if self.partial and block is not None:
            return HTMLResponse(render_block(template, block, self.viewer, **values), status_code=status)
        toast = None if self.partial else _toast_of(self.request)
        response = HTMLResponse(render(template, self.viewer, toast=toast, partial=self.partial, **values), status_code=status)
        if toast is not None:
            response.delete_cookie(_TOAST, path="/", secure=True, httponly=True, samesite="lax")
        return response

    def go(self, path: str, *, toast: str | None = None) -> Response:
        """On to another page of ours (303); `toast` is said there, once."""
        self._answered = (path, toast)
        return go(path, toast=toast)

    @property
    def answered(self) -> tuple[str, str | None] | None:
        """Where `go` sent the person, and with what words: the answer a double submit gets too."""
        return self._answered


def go(path: str, *, toast: str | None = None) -> Response:
    """A redirect that makes the browser ask with GET, with a word for the next page."""
    response = RedirectResponse(path, status_code=303)
    if toast:
        word = base64.urlsafe_b64encode(toast[:_LONGEST_TOAST].encode()).decode()
        response.set_cookie(_TOAST, word, max_age=_TOAST_SECONDS, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def signed_page(request: Request) -> AsyncIterator[Page]:
    """The page for a signed-in person. A form is checked before anything is done with it, and done once."""
    door = front_door(request)
    visit = await door.visit(request)
    if request.method in forms.SAFE_METHODS:
        if visit is None:
            raise NotSignedIn
        inbox_count, manages = await door.surroundings.of(visit)
        yield Page(request, visit, inbox_count=inbox_count, manages=manages, form=None)
        return
    forms.must_be_ours(request, door.settings.origin)
    form = await forms.typed(request)
    try:
        if visit is None:
            raise NotSignedIn(form)
        forms.must_be_fresh(request, visit.session, form)
        async with forms.once(door.submissions, request, visit.session, form) as submission:
            inbox_count, manages = await door.surroundings.of(visit)
            page = Page(request, visit, inbox_count=inbox_count, manages=manages, form=form)
            try:
                yield page
            finally:
                door.surroundings.forget(visit.person.id)
            submission.answered = page.answered
    finally:
        await form.close()  # lets go of uploaded files


Signed = Annotated[Page, Depends(signed_page, scope="function")]


def _card(document: Mapping[str, Any]) -> PersonCard:
    return PersonCard(
        person_id=document["_id"],
        name=document["name"],
        email=document["email"],
        department=document["department"],
        location=document["location"],
        zone=document["zone"],
        level=document["level"],
        languages=tuple(document["languages"]),
        active=document["active"],
        known=True,
    )


def _toast_of(request: Request) -> str | None:
    word = request.cookies.get(_TOAST)
    if not word:
        return None
    try:
        return base64.urlsafe_b64decode(word.encode()).decode()[:_LONGEST_TOAST]
    except (binascii.Error, ValueError):
        return None
