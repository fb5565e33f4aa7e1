"""Looking for a mentor: what is asked of the service, what the page says, and how a choice travels in the address."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from services.matching.api.search import Filters, Suggestion
from services.portal.api import enrolment, home, mentors
from services.portal.api.backends import Backend
from services.portal.api.mentors import Search, may_search
from services.portal.api.requests import in_new_order
from shared.http import Client
from tests.unit.portal.participant.sample import DEBORAH, IN_SEARCHED, INES, KENJI, LINH, RUI, SEARCHED, SOFIE, SUGGESTIONS
from tests.unit.portal.participant.sample_page import SamplePage, empty, full
from tests.unit.portal.participant.test_deeds import a_page, body, refused, sent

HERE = "programme-3"
PATH = f"/programmes/{HERE}/mentor-suggestions"


def queries(page: SamplePage) -> list[dict[str, Any]]:
    """What the service was asked to look for."""
    return [query for _method, path, query in page.matching.asked if path == PATH]  # type: ignore[attr-defined]  # a fake


def test_the_sample_is_what_the_service_answers() -> None:
    for one in SUGGESTIONS["mentors"]:  # type: ignore[attr-defined]  # a list
        assert Suggestion.model_validate(one).model_dump() == one


async def test_every_filter_reaches_the_service_under_a_name_it_knows() -> None:
    page = a_page()
    search = Search(topic="budgets, saying no", department="Finance", location="Lisbon", language="pt", level="near", hours=2, full="yes")
    await mentors.mentors(page, HERE, search)
    (asked,) = [query for query in queries(page) if "words" in query]
    assert asked.keys() <= Filters.model_fields.keys()
    assert asked["words"] == ["budgets", "saying no"]
    assert (asked["least_level"], asked["most_level"]) == (4, 6)
    assert (asked["shared_hours"], asked["full"], asked["language"]) == (2, True, ["pt"])


async def test_several_words_are_sent_one_by_one() -> None:
    asked: list[dict[str, Any]] = []

    class Recorder:
        async def request(self, _method: str, _url: str, *, params: Any, **_more: Any) -> Any:
            asked.append(params)
            raise StopAsyncIteration

    async def bearer() -> str:
        return "t"

    client: Client = Recorder()  # type: ignore[assignment]  # as much of a client as is used
    with pytest.raises(StopAsyncIteration):
        await Backend("matching", url="http://matching", client=client, bearer=bearer).get("/x", words=["a", "b"], full=False, after=None)
    assert asked == [{"words": ["a", "b"], "full": "false"}]


async def test_mentors_are_shown_with_what_speaks_for_them_and_without_points() -> None:
    shown = body(await mentors.mentors(a_page(), HERE, Search()))
    assert "42 mentors" in shown
    assert "difficult talks, budgets, moving countries" in shown
    assert "Deborah is 2 career levels further on." in shown
    assert "No place is free now" in shown
    assert "8120" not in shown
    assert "8,120" not in shown


async def test_a_choice_is_a_link_and_keeps_what_one_looked_for() -> None:
    search = Search(topic="budgets", chosen=[SOFIE])
    shown = body(await mentors.mentors(a_page(), HERE, search))
    assert f'href="?topic=budgets&amp;chosen={SOFIE}&amp;chosen={DEBORAH}#hit-{DEBORAH}"' in shown
    assert f'<input type="hidden" name="chosen" value="{SOFIE}">' in shown


async def test_whoever_has_chosen_five_chooses_nobody_else() -> None:
    five = [SOFIE, RUI, LINH, INES, KENJI]
    assert f"#hit-{DEBORAH}" in body(await mentors.mentors(a_page(), HERE, Search(chosen=five[:4])))
    assert "#hit-" not in body(await mentors.mentors(a_page(), HERE, Search(chosen=five)))


@pytest.mark.parametrize(("deed", "order"), [("up", [RUI, SOFIE]), ("down", [SOFIE, RUI]), ("out", [SOFIE])])
def test_the_order_of_a_choice_changes_by_a_link(deed: str, order: list[str]) -> None:
    chosen = [SOFIE, RUI]
    href = Search(topic="a b").href("choice", chosen=in_new_order(chosen, RUI, deed))
    assert href.endswith("#choice")
    assert parse_qs(href[1:].partition("#")[0]) == {"topic": ["a b"], "chosen": order}


async def test_asking_sends_the_choice_in_order_and_leads_to_the_request() -> None:
    page = a_page(("mentor_id", SOFIE), ("mentor_id", DEBORAH), ("words", "May I?"))
    page.matching.answers[f"POST /programmes/{HERE}/requests"] = {"request_id": "request-9"}  # type: ignore[attr-defined]  # a fake
    answer = await mentors.ask(page, HERE)
    assert sent(page, "matching") == [("POST", f"/programmes/{HERE}/requests", {"mentor_ids": [SOFIE, DEBORAH], "words": "May I?"})]
    assert answer.headers["location"] == "/requests/request-9"


async def test_a_refused_request_keeps_choice_and_words_and_says_why_in_german() -> None:
    refusal = refused(409, "x", slug="no-place-left")
    page = a_page(("mentor_id", SOFIE), ("words", "May I?"), refusing={f"matching POST /programmes/{HERE}/requests": refusal}, locale="de")
    answer = await mentors.ask(page, HERE)
    shown = body(answer)
    assert answer.status_code == 422
    assert "Jemand war schneller" in shown
    assert ">May I?</textarea>" in shown
    assert f'name="mentor_id" value="{SOFIE}"' in shown


async def test_too_many_words_are_said_beside_the_field_with_what_was_typed() -> None:
    page = a_page(refusing={f"matching {PATH}": refused(422, "x", {"words": "Look for at most 5 at a time."})}, locale="de")
    shown = body(await mentors.mentors(page, HERE, Search(topic="a, b, c, d, e, f")))
    assert "Suche nach höchstens 5 auf einmal." in shown
    assert 'value="a, b, c, d, e, f"' in shown
    assert 'id="topic-error"' in shown


async def test_nobody_found_offers_to_show_everybody() -> None:
    page = a_page()
    page.matching.answers[PATH] = {"total": 0, "mentors": []}  # type: ignore[attr-defined]  # a fake
    assert "Nobody is like that" in body(await mentors.mentors(page, HERE, Search(topic="falconry", chosen=[SOFIE])))
    assert "Nobody can be asked right now" in body(await mentors.mentors(page, HERE, Search()))


async def test_one_request_at_a_time() -> None:
    shown = body(await mentors.mentors(a_page(), "programme-1", Search(chosen=[SOFIE])))
    assert "You have a request under way." in shown
    assert "#hit-" not in shown
    assert 'name="words"' not in shown


@pytest.mark.parametrize(
    ("programme", "enrolment"),
    [
        ({"self_service": {"offered": False}}, {}),
        ({"state": "closed"}, {}),
        ({}, {"state": "paused"}),
        ({}, {"role": "mentor"}),
        ({}, {"free_places": 0}),
        ({}, {"programme_id": "another"}),
    ],
)
def test_who_cannot_ask_does_not_search(programme: dict[str, Any], enrolment: dict[str, Any]) -> None:
    assert may_search(SEARCHED, [IN_SEARCHED])
    assert not may_search({**SEARCHED, **programme}, [{**IN_SEARCHED, **enrolment}])


async def test_whoever_cannot_ask_is_led_to_the_programme() -> None:
    answer = await mentors.mentors(a_page(), "programme-2", Search())
    assert answer.headers["location"] == "/programmes/programme-2"


async def test_the_way_there_is_on_the_programmes_and_on_the_home_page_of_whoever_waits() -> None:
    href = f"/programmes/{HERE}/mentors"
    assert href in body(await enrolment.programmes(a_page()))
    assert href in body(await enrolment.enrolling(a_page(), HERE))
    answers = empty()
    answers["matching"] |= {"/programmes": [SEARCHED], "/enrolments/mine": [IN_SEARCHED]}
    assert href in body(await home.home(SamplePage(answers)))


async def test_a_search_that_does_not_answer_says_so_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = full()
    page = SamplePage(answers)
    get = page.matching.get

    async def silent_search(path: str, **query: Any) -> Any:
        page.matching.silent = path == PATH  # type: ignore[attr-defined]  # a fake
        return await get(path, **query)

    monkeypatch.setattr(page.matching, "get", silent_search)
    assert "The mentors cannot be shown." in body(await mentors.mentors(page, HERE, Search()))
