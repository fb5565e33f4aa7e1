"""Every page of a protégé and a mentor in both languages: with everything, with nothing, and when a service is silent."""

import re
from html.parser import HTMLParser

import pytest

from services.portal.api.page import BackendRefused
from tests.unit.portal.participant.sample import DEBORAH, INES
from tests.unit.portal.participant.sample_page import SamplePage, empty, full, just_paired
from tests.unit.portal.participant.walk import ALWAYS, EVERYTHING, OF_A_PAIR

LOCALES = ["en", "de"]
FORBIDDEN = re.compile(r"<[^>]+\s(style|on[a-z]+)=|<style|<script(?![^>]*\bsrc=)")


class Shape(HTMLParser):
    """Ids, labels and headings of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.meant: list[str] = []
        self.headings = 0
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("for", "aria-labelledby", "aria-describedby"):
            self.meant += given.get(name, "").split()
        self.headings += tag == "h1"
        self.language = given.get("lang", "") if tag == "html" else self.language


async def drawn(page: SamplePage, name: str) -> str:
    answer = await EVERYTHING[name](page)
    assert answer.status_code in {200, 303, 422}
    return bytes(answer.body).decode()


def must_be_sound(html: str, locale: str) -> None:
    shape = Shape()
    shape.feed(html)
    assert shape.language == locale
    assert shape.headings == 1
    assert len(shape.ids) == len(set(shape.ids)), sorted(one for one in shape.ids if shape.ids.count(one) > 1)
    assert set(shape.meant) <= set(shape.ids)
    assert not FORBIDDEN.search(html)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("who", [INES, DEBORAH])
@pytest.mark.parametrize("name", EVERYTHING)
async def test_every_page_can_be_drawn_with_everything(name: str, who: str, locale: str) -> None:
    page = SamplePage(full(), who=who, locale=locale)
    html = await drawn(page, name)
    if page.answered is None:
        must_be_sound(html, locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ALWAYS)
async def test_every_page_can_be_drawn_on_the_first_day(name: str, locale: str) -> None:
    must_be_sound(await drawn(SamplePage(empty(), locale=locale), name), locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", sorted({*ALWAYS, *OF_A_PAIR} - {"partnerships"}))
async def test_every_page_can_be_drawn_for_a_new_pair(name: str, locale: str) -> None:
    must_be_sound(await drawn(SamplePage(just_paired(), locale=locale), name), locale)


@pytest.mark.parametrize("silent", ["scheduling", "goals", "notifications"])
@pytest.mark.parametrize(
    "name", ["home", "partnerships", "meetings", "me", "stored", "inbox", "proposals", "programmes", "partnership", "times"]
)
async def test_a_page_stands_when_another_service_is_silent(name: str, silent: str) -> None:
    must_be_sound(await drawn(SamplePage(full(), silent=[silent]), name), "en")


@pytest.mark.parametrize("name", ["home", "partnerships", "proposals", "programmes", "stored"])
async def test_a_list_says_so_in_place_when_matching_is_silent(name: str) -> None:
    html = await drawn(SamplePage(full(), silent=["matching"]), name)
    assert "does not answer right now" in html


async def test_one_partnership_opens_at_once() -> None:
    answer = await ALWAYS["partnerships"](SamplePage(just_paired()))
    assert answer.headers["location"] == "/partnerships/pair-1"


async def test_what_is_not_there_is_not_shown() -> None:
    with pytest.raises(BackendRefused):
        await EVERYTHING["goal"](SamplePage(empty()))


async def test_a_mentor_reads_a_shared_goal_and_cannot_change_it() -> None:
    answers = full()
    answers["goals"]["/goals/goal-1"] = {**answers["goals"]["/goals/goal-1"], "may_change": False, "hints": []}
    html = await drawn(SamplePage(answers, who=DEBORAH), "goal")
    assert "Run the spring capacity review" in html
    for path in ("/steps", "/progress", "/share", "/close", "/edit"):
        assert f"/goals/goal-1{path}" not in html


async def test_times_stand_in_the_readers_zone_with_the_partners_beside() -> None:
    html = await drawn(SamplePage(full()), "meeting")
    assert "14:30" in html
    assert "9:30" in html
    assert "13:30</time>" not in html


async def test_the_newest_feedback_stays_private() -> None:
    html = await drawn(SamplePage(full()), "meeting-said")
    assert "Ask about the budget first." in html
    assert "Only you can read it." in html


async def test_a_programme_manager_without_a_partner_lands_on_their_own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def manager_home(page: SamplePage) -> object:
        asked.append(page)
        return await ALWAYS["goals"](page)

    monkeypatch.setattr("services.portal.api.home.manager_home", manager_home)
    await ALWAYS["home"](SamplePage(empty(), manages=True))
    await ALWAYS["home"](SamplePage(just_paired(), manages=True))
    assert len(asked) == 1
