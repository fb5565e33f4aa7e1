"""What the pages of a protégé and a mentor have in common: who is meant, what was refused, which clock."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from services.portal.api.page import BackendDown, BackendRefused, Page, Part, PersonCard
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant import complaint, refusal

T = TypeVar("T")

NOT_FOUND = 404
ANSWERED_IN_PLACE = frozenset({409, 413, 415, 422})
"""Refusals that are said on the page they came from. Any other has a page of its own."""


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A person as these pages draw them."""

    id: str
    name: str
    zone: str
    department: str
    location: str

    @property
    def first(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[T]):
    """What came of asking a service to do something. When it said no, `form` says why, beside the fields."""

    form: Form
    answer: T | None = None
    next: Sequence[Mapping[str, Any]] = ()
    """Times to offer in the place of one that is gone."""

    @property
    def refused(self) -> bool:
        return self.form.wrong


def speech_of(page: Page) -> Speech:
    return Speech.of(page.viewer)


def someone(card: PersonCard) -> Someone:
    return Someone(id=card.person_id, name=card.name, zone=card.zone, department=card.department, location=card.location)


async def someones(page: Page, ids: Iterable[str | None]) -> dict[str, Someone]:
    """The people with these ids, and the viewer."""
    cards = await page.people({*ids, page.viewer.person_id})
    return {person_id: someone(card) for person_id, card in cards.items()}


def partner_id(partnership: Mapping[str, Any], viewer_id: str) -> str:
    """The other one of the two."""
    return str(partnership["mentor_id"] if partnership["protege_id"] == viewer_id else partnership["protege_id"])


def role_of(partnership: Mapping[str, Any], viewer_id: str) -> str:
    return "protege" if partnership["protege_id"] == viewer_id else "mentor"


def typed(page: Page) -> Form:
    """What was typed, as text; fields given more than once as lists."""
    values: dict[str, Any] = {}
    for name in page.form:
        texts = [text for text in page.form.getlist(name) if isinstance(text, str)]
        values[name] = texts[0] if len(texts) == 1 else texts
    return Form(values)


async def attempt(page: Page, doing: Awaitable[T], form: Form | None = None) -> Outcome[T]:
    """Do it, or keep what was typed together with the service's reason for saying no."""
    form = form if form is not None else typed(page)
    try:
        return Outcome(form=form, answer=await doing)
    except BackendRefused as refused:
        if refused.problem.status not in ANSWERED_IN_PLACE:
            raise
        said = refusal(refused.problem.slug, speech_of(page)) or refused.problem.detail or refused.problem.title
        errors = {field_of(name): complaint(message, speech_of(page)) for name, message in refused.fields.items() if name}
        return Outcome(form=form.refused(errors, said), next=refused.problem.next)


async def soon(asked: Awaitable[T]) -> T:
    """What a service knows of a partnership. One it has not heard of yet, seconds after the start, is a part that is missing for now."""
    try:
        return await asked
    except BackendRefused as refused:
        if refused.problem.status == NOT_FOUND:
            raise BackendDown("soon") from refused
        raise


def status_of(page: Page, *, wrong: bool) -> int:
    """422 for a page that says what was wrong; a part of a page is taken in by htmx only when it is 200."""
    return 422 if wrong and not page.partial else 200


def field_of(name: str) -> str:
    """The field of our form a service means: of a nested name the last part, of an answer the question's field."""
    answers = "answers."
    return f"answer-{name.removeprefix(answers)}" if name.startswith(answers) else name.rpartition(".")[2]


def lists(text: str) -> list[str]:
    """Words with commas between them, or one a line, as a list without empty ones and repeats."""
    found = [word.strip() for line in text.splitlines() for word in line.split(",")]
    return list(dict.fromkeys(word for word in found if word))


def whole(text: str) -> int | None:
    """A whole number as somebody types it, or `None`."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() else None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instants(texts: Iterable[str]) -> list[datetime]:
    """The times a form names; what is no time is left out."""
    found = []
    for text in texts:
        with suppress(ValueError):
            at = instant(text)
            found.append(at if at.tzinfo else at.replace(tzinfo=UTC))
    return found


def value(part: Part[T], otherwise: T) -> T:
    """What a part brought, or a stand-in when its service does not answer."""
    return otherwise if part.value is None else part.value


async def programme_link(page: Page, programme_id: str) -> dict[str, str] | None:
    """The programme at the top of a page. A page is not worth failing for it."""
    name = await page.programme_name(programme_id)
    return {"name": name, "href": f"/programmes/{programme_id}"} if name else None
