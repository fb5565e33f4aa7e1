"""What the pages of programme managers and administrators have in common: the programme at hand, forms, and a service's no."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from babel.support import NullTranslations

from services.portal.api.page import BackendRefused, Page, PersonCard
from services.portal.pages.form import Form
from services.portal.pages.sentences import said
from services.portal.pages.texts import texts
from services.portal.pages.words_manager import refusal
from shared.errors import NotAllowed

T = TypeVar("T")

ANSWERED_IN_PLACE = frozenset({409, 413, 415, 422})
"""Refusals that are said on the page they came from. Any other has a page of its own."""


class NotYourProgramme(NotAllowed):
    """Only a manager of this programme may see this."""


@dataclass(frozen=True, kw_only=True)
class Attempt(Generic[T]):
    """What came of asking a service for something. When it said no, `form` says why."""

    form: Form
    answer: T | None = None
    slug: str = ""
    """Which rule said no."""

    @property
    def refused(self) -> bool:
        return self.form.wrong

    @property
    def refusal(self) -> str:
        """The no as one sentence, for pages without fields; empty if there was none."""
        return self.form.message or " ".join(self.form.errors.values())


def words_of(page: Page) -> NullTranslations:
    return texts(page.viewer.locale)


def typed(page: Page) -> Form:
    """What was typed; a field given more than once is a list."""
    values: dict[str, Any] = {}
    for name in page.form:
        given = [text for text in page.form.getlist(name) if isinstance(text, str)]
        values[name] = given[0] if len(given) == 1 else given
    return Form(values)


async def attempt(page: Page, doing: Awaitable[T], form: Form | None = None) -> Attempt[T]:
    """Do it, or keep what was typed together with the reason for the no."""
    form = form if form is not None else typed(page)
    try:
        return Attempt(form=form, answer=await doing)
    except BackendRefused as refused:
        problem = refused.problem
        if problem.status not in ANSWERED_IN_PLACE:
            raise
        words = words_of(page)
        why = refusal(problem.slug, words) or said(problem.detail or problem.title, words)
        errors = {name: said(message, words) for name, message in refused.fields.items() if name}
        return Attempt(form=form.refused(errors, why), slug=problem.slug)


async def programme_at(page: Page, programme_id: str) -> dict[str, Any]:
    """The programme a page is about, with its managers' say. Raises NotYourProgramme for anybody else."""
    programme: dict[str, Any] = await page.matching.get(f"/programmes/{programme_id}")
    if page.viewer.person_id not in programme["manager_ids"]:
        raise NotYourProgramme
    return {**programme, "href": f"/manage/programmes/{programme_id}"}


def card_of(people: Mapping[str, PersonCard], person_id: str) -> PersonCard:
    """The person's card; somebody nobody knows is still somebody."""
    return people.get(person_id) or PersonCard(person_id=person_id, name="?")


async def named(
    page: Page, rows: Sequence[Mapping[str, Any]], wanted: str, people_of: Callable[[Mapping[str, Any]], Iterable[str]]
) -> list[Mapping[str, Any]]:
    """The rows about somebody who is called like this; all of them when nobody is looked for."""
    looked_for = wanted.strip().casefold()
    if not looked_for:
        return list(rows)
    people = await page.people(person_id for row in rows for person_id in people_of(row))
    return [row for row in rows if any(looked_for in card_of(people, person_id).name.casefold() for person_id in people_of(row))]


def whole(text: str) -> int | None:
    """A whole number as somebody types it."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() else None


def lines(text: str) -> list[str]:
    """Entries with a comma, a semicolon or a line break between them, without empty ones."""
    return [part.strip() for part in text.replace(";", "\n").replace(",", "\n").splitlines() if part.strip()]
