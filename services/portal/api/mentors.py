"""Finding a mentor oneself: search, choose up to five, put them in order, ask."""

from collections.abc import Awaitable, Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.portal.api.page import Page, PersonCard, Signed
from services.portal.api.participant import Outcome, attempt, lists, someone, speech_of, typed
from services.portal.api.requests import OPEN, in_new_order
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form

router = APIRouter(prefix="/programmes/{programme_id}/mentors")

MOST_CHOSEN = 5
PER_PAGE = 20
MOST_SUGGESTED = 50
"""Of those who fit best, so many lend their places, departments and languages to the filters."""
LEVELS_NEAR = 2


class Search(BaseModel):
    """What one looks for, and whom one has chosen so far. It is all in the address, so it works without scripts and can be kept."""

    model_config = ConfigDict(frozen=True)

    topic: str = ""
    department: str = ""
    location: str = ""
    language: str = ""
    level: str = ""
    hours: int = Field(default=0, ge=0, le=168)
    full: str = ""
    start: int = Field(default=0, ge=0, le=10_000)
    chosen: list[str] = []

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return any((self.topic, self.department, self.location, self.language, self.level, self.hours, self.full))

    def asked(self, my_level: int) -> dict[str, Any]:
        """The filters as the service reads them."""
        near = {"least_level": my_level, "most_level": my_level + LEVELS_NEAR}
        return {
            "words": lists(self.topic),
            "department": lists(self.department),
            "location": lists(self.location),
            "language": lists(self.language),
            **{"near": near, "far": {"least_level": my_level + LEVELS_NEAR + 1}}.get(self.level, {}),
            "shared_hours": self.hours or None,
            "full": self.full == "yes",
        }

    def href(self, at: str = "", **changes: Any) -> str:
        """The address of the same search with something changed, at a place on the page."""
        told = {name: found for name, found in self.model_copy(update=changes).model_dump().items() if found}
        return f"?{urlencode(told, doseq=True)}{at and '#'}{at}"


@router.get("")
async def mentors(page: Signed, programme_id: str, search: Annotated[Search, Query()]) -> Response:
    """The mentors one can ask, those who fit best in front, and whom one has chosen."""
    return await _page(page, programme_id, search, Form())


@router.post("")
async def ask(page: Signed, programme_id: str) -> Response:
    """Ask those one has chosen, one after the other."""
    form = typed(page)
    chosen = form.chosen("mentor_id")
    body = {"mentor_ids": chosen, "words": form.value("words")}
    outcome = await attempt(page, page.matching.post(f"/programmes/{programme_id}/requests", body), form)
    if outcome.refused or outcome.answer is None:
        return await _page(page, programme_id, Search(chosen=chosen), outcome.form)
    return page.go(f"/requests/{outcome.answer['request_id']}", toast=speech_of(page).gettext("Your request is on its way."))


async def _page(page: Page, programme_id: str, search: Search, form: Form) -> Response:
    programme = await page.matching.get(f"/programmes/{programme_id}")
    if not may_search(programme, await page.matching.get("/enrolments/mine")):
        return page.go(f"/programmes/{programme_id}")
    parts = await page.parts(
        mine=page.matching.get("/requests/mine"),
        found=attempt(page, _suggestions(page, programme_id, PER_PAGE, after=search.start, **search.asked(page.person.level))),
        best=attempt(page, _suggestions(page, programme_id, MOST_SUGGESTED)),
    )
    found: Outcome[Any] = parts["found"].value or Outcome(form=Form())
    hits, best = _mentors(found), _mentors(parts["best"].value)
    chosen = list(dict.fromkeys(search.chosen))[:MOST_CHOSEN]
    cards = await page.people([*chosen, *(one["mentor_id"] for one in [*hits, *best])])
    return page.render(
        "participant/mentors.html",
        status=422 if form.wrong else 200,
        found=programme,
        title=words.looking_for(programme, speech_of(page)),
        most=MOST_CHOSEN,
        search=search,
        filters=Form(search.model_dump(), {"topic": found.form.error("words")} if found.form.error("words") else {}, found.form.message),
        hits=[_hit(page, hit, cards, chosen, search) for hit in hits],
        total=(found.answer or {}).get("total", 0),
        per_page=PER_PAGE,
        chosen=[_choice(cards[mentor_id], chosen, search) for mentor_id in chosen],
        under_way=next((one for one in parts["mine"].value or [] if one["programme_id"] == programme_id and one["state"] in OPEN), None),
        anew=Search(chosen=chosen).href(),
        departments=sorted({one["department"] for one in best if one["department"]}),
        places=sorted({one["location"] for one in best if one["location"]}),
        languages=_languages(page, best, cards),
        my_level=page.person.level,
        form=form,
        silent=parts["found"].problem is not None,
        programme={"name": programme["name"], "href": f"/programmes/{programme_id}"},
    )


def may_search(programme: Mapping[str, Any], enrolments: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the reader can look for somebody there: as a protégé or peer who takes part and has a place, where people may ask."""
    takes_part = any(
        one["programme_id"] == programme["programme_id"]
        and one["role"] != "mentor"
        and one["state"] == "approved"
        and one["free_places"] > 0
        for one in enrolments
    )
    return bool(takes_part and programme["state"] == "open" and programme["self_service"]["offered"])


def _suggestions(page: Page, programme_id: str, limit: int, **wanted: Any) -> Awaitable[Any]:
    return page.matching.get(f"/programmes/{programme_id}/mentor-suggestions", limit=limit, **wanted)


def _mentors(found: Outcome[Any] | None) -> list[Mapping[str, Any]]:
    return found.answer["mentors"] if found and found.answer else []


def _hit(page: Page, hit: Mapping[str, Any], cards: Mapping[str, PersonCard], chosen: list[str], search: Search) -> dict[str, Any]:
    """A mentor in the list, with what speaks for the two and the way to choose them."""
    mentor = cards[hit["mentor_id"]]
    return {
        **hit,
        "mentor": mentor,
        "reasons": words.reasons(hit["reasons"], "protege", someone(mentor).first, speech_of(page)),
        "chosen": mentor.person_id in chosen,
        "choose": search.href(f"hit-{mentor.person_id}", chosen=[*chosen, mentor.person_id]),
    }


def _choice(mentor: PersonCard, chosen: list[str], search: Search) -> dict[str, Any]:
    """Somebody one has chosen, and the ways to put them elsewhere in the order."""
    ways = {deed: search.href("choice", chosen=in_new_order(chosen, mentor.person_id, deed)) for deed in ("up", "down", "out")}
    return {"mentor": mentor, **ways}


def _languages(page: Page, best: list[Mapping[str, Any]], cards: Mapping[str, PersonCard]) -> list[tuple[str, str]]:
    """What the mentors who fit best speak, by code and in words."""
    codes = {code for one in best for code in cards[one["mentor_id"]].languages}
    return sorted(((code, speech_of(page).tongue(code)) for code in codes), key=lambda language: language[1])
