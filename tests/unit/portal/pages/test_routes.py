"""What the managers' pages ask the services for, and what they make of the answers."""

from typing import Any

import pytest

from services.portal.api import (
    administration,
    health,
    home_manager,
    managed_enrolments,
    programme_settings,
    programmes,
    undelivered,
)
from services.portal.api.managing import NotYourProgramme
from services.portal.api.match_runs import cards, changing, draft, starting
from services.portal.api.match_runs.showing import Look
from services.portal.pages.sentences import PATTERNS, SENTENCES, said
from services.portal.pages.texts import texts
from tests.unit.portal.pages.answers import PROGRAMME, a_programme
from tests.unit.portal.pages.run_answers import a_run, run_answers, with_reasons
from tests.unit.portal.pages.world import a_full_company, refused


def html_of(answer: Any) -> str:
    return bytes(answer.body).decode()


def toast_of(page: Any) -> str:
    assert page.answered is not None
    return str(page.answered[1])


@pytest.mark.parametrize(
    "opening", [programmes.programme, programme_settings.basics, managed_enrolments.waiting, health.partnerships, starting.runs]
)
async def test_nobody_else_sees_a_programme(opening: Any) -> None:
    company = a_full_company()
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(manager_ids=["somebody-else"])
    with pytest.raises(NotYourProgramme):
        await opening(PROGRAMME, company.page())


async def test_publishing_says_how_many_people_it_reaches() -> None:
    html = html_of(await draft.run("run-3", a_full_company().page("/manage/runs/run-3")))
    assert "Publish to 20 people" in html
    assert "protégés: 12, mentors: 8" in html


async def test_a_published_match_can_be_taken_back_until_somebody_has_answered() -> None:
    company = a_full_company()
    company.matching.by_path |= run_answers(a_run("published"))
    assert "Take the publishing back" in html_of(await draft.run("run-3", company.page()))
    company.matching.by_path |= run_answers(a_run("published", answered=True))
    assert "Take the publishing back" not in html_of(await draft.run("run-3", company.page()))


async def test_a_refused_change_to_a_draft_is_said_and_leads_back_to_the_pair() -> None:
    company = a_full_company()
    company.matching.by_path["POST /runs/run-3/forbid"] = refused(409, "This pair is locked. Unlock it first.")
    page = company.page("/manage/runs/run-3/forbid", {"protege_id": "p1", "mentor_id": "m1"})
    await changing.change("run-3", "forbid", page)
    assert toast_of(page) == "This pair is locked. Unlock it first."
    assert '<h2 id="pair">Amara and Rui</h2>' in html_of(await draft.run("run-3", company.page(), Look(who="p1")))


async def test_the_points_of_a_pair_are_shown_so_that_they_add_up() -> None:
    company = a_full_company()
    pair = with_reasons(a_run()["pairs"][4])
    points = cards.explained(company.page(), pair, a_programme(), {})
    assert sum(criterion.points for criterion in points.criteria) == points.total == round(pair["points"] / 100)


def test_the_next_thing_to_do_is_the_first_that_is_due() -> None:
    summary = {"waiting_approval": 0, "proteges": 3, "mentors": 2, "waiting": ["p1"], "proposals_open": 0}
    summary |= {"partnerships_running": 1, "partnerships_ended": 0}
    opened = a_programme()
    assert programmes.next_thing(a_programme(state="draft"), summary, None) == "open"
    assert programmes.next_thing(opened, {**summary, "waiting_approval": 2}, None) == "approve"
    assert programmes.next_thing(opened, {**summary, "mentors": 0}, None) == "enrol"
    assert programmes.next_thing(opened, summary, {"state": "running"}) == "progress"
    assert programmes.next_thing(opened, summary, {"state": "draft"}) == "draft"
    assert programmes.next_thing(opened, summary, {"state": "published"}) == "match"
    assert programmes.next_thing(opened, {**summary, "waiting": []}, {"state": "published"}) == "watch"


async def test_the_funnel_counts_people_and_says_nothing_of_nobody() -> None:
    company = a_full_company()
    pairs = [
        {"protege_id": "a", "met": 2, "goals": 1, "state": "well"},
        {"protege_id": "a", "met": 0, "goals": 0, "state": "ended"},
        {"protege_id": "b", "met": 1, "goals": 1, "state": "ended"},
    ]
    places = home_manager.funnel_places(company.page(), pairs, {"proteges": 5})
    assert [place.people for place in places] == [5, 2, 2, 2, 1]
    assert [bool(place.missing) for place in places] == [False, True, False, False, True]


async def test_the_next_step_begins_a_letter_to_the_right_people() -> None:
    company = a_full_company()
    html = html_of(await health.partnerships(PROGRAMME, company.page()))
    assert "mailto:p1@example.com,m1@example.com?subject=Your%20next%20meeting" in html


async def test_what_a_pair_writes_is_on_no_page_of_a_manager() -> None:
    company = a_full_company()
    await health.partnerships(PROGRAMME, company.page())
    asked = {path for _method, path, _sent in company.goals.asked}
    assert asked == {f"/programmes/{PROGRAMME}/health", f"/programmes/{PROGRAMME}/time"}


async def test_time_given_back_is_shown_to_managers_as_a_sum() -> None:
    html = html_of(await health.partnerships(PROGRAMME, a_full_company().page()))
    assert "they have met 124 times and spent 88 hours" in html
    assert "They gave back 385 minutes by ending early." in html


async def test_a_dead_letter_is_given_up_only_for_a_reason() -> None:
    company = a_full_company(roles=frozenset({"administrator"}))
    html = html_of(await administration.discard("matching", company.page("/x", {"letter_id": "one", "reason": " "})))
    assert "Write why, for whoever asks later." in html
    assert [method for method, _path, _sent in company.matching.asked if method == "POST"] == []
    page = company.page("/x", {"letter_id": "one", "reason": "a test event"})
    await administration.discard("matching", page)
    assert company.matching.asked[-1] == ("POST", "/dead-letters/one/discard", {"reason": "a test event"})


async def test_what_was_given_up_is_sent_again_by_the_service_that_gave_it_up() -> None:
    company = a_full_company(roles=frozenset({"administrator"}))
    html = html_of(await undelivered.undelivered(company.page()))
    assert "the calendar server said 507" in html
    assert "KeyError" in html
    await undelivered.retry("scheduling", company.page("/x", {"delivery_id": "calendar/1"}))
    assert company.scheduling.asked[-1][:2] == ("POST", "/deliveries/calendar/1/retry")
    with pytest.raises(administration.OnlyForAdministrators):
        await undelivered.undelivered(a_full_company().page())


async def test_only_administrators_see_how_tandem_runs() -> None:
    with pytest.raises(administration.OnlyForAdministrators):
        await administration.overview(a_full_company().page())


def test_what_services_say_is_said_in_german() -> None:
    german = texts("de")
    assert said("This person is in line 4 already.", german) == "Diese Person steht schon in Zeile 4."
    assert said("Nobody has foreseen this.", german) == "Nobody has foreseen this."
    assert all(said(sentence, german) != sentence for sentence in SENTENCES)
    assert all(said(pattern.replace("%(num)s", "7"), german) != pattern.replace("%(num)s", "7") for pattern in PATTERNS)
