"""People's part in a programme as managers change it: the list, one of them, the waiting list, and pairing by hand."""

from typing import Any

import pytest

from services.portal.api import enrolments, managed_enrolments, offers, programmes
from services.portal.api.enrolments import Search
from services.portal.pages.texts import texts
from services.portal.pages.words_manager_enrolments import crowds, roles
from shared.errors import NotFound
from tests.unit.portal.pages.answers import PROGRAMME, a_programme, a_standing, an_enrolment, an_outlook
from tests.unit.portal.pages.enrolment_pages import HERE
from tests.unit.portal.pages.world import Company, a_full_company, refused

MENTOR = "e-mentor-2"
CROWD = 2_000


def html_of(answer: Any) -> str:
    return bytes(answer.body).decode()


async def change(company: Company, deed: Any, form: dict[str, str]) -> Any:
    page = company.page(f"{HERE}/{MENTOR}/{deed}", form)
    answer = await managed_enrolments.change(PROGRAMME, MENTOR, deed, page)
    return page.answered or html_of(answer)


@pytest.mark.parametrize(
    ("deed", "form", "asked"),
    [
        ("pause", {"until": "2026-12-01"}, ("POST", "/enrolments/e-mentor-2/pause", {"until": "2026-12-01"})),
        ("resume", {}, ("POST", "/enrolments/e-mentor-2/resume", None)),
        ("sit-out", {}, ("POST", "/enrolments/e-mentor-2/sit-out", None)),
        ("sit-in", {}, ("DELETE", "/enrolments/e-mentor-2/sit-out", None)),
        ("capacity", {"capacity": "3"}, ("PUT", "/enrolments/e-mentor-2/capacity", {"capacity": 3})),
        ("withdraw", {}, ("POST", "/enrolments/e-mentor-2/withdraw", None)),
    ],
)
async def test_a_manager_changes_somebodys_part(deed: str, form: dict[str, str], asked: Any) -> None:
    company = a_full_company()
    where, toast = await change(company, deed, form)
    assert company.matching.asked[-1] == asked
    assert where == f"{HERE}/{MENTOR}"
    assert toast


@pytest.mark.parametrize(
    ("deed", "form", "field", "words"),
    [
        ("pause", {"until": ""}, "until", "Wähle einen Tag."),
        ("capacity", {"capacity": "-1"}, "capacity", "Schreib eine ganze Zahl."),
        ("capacity", {"capacity": ""}, "capacity", "Schreib eine ganze Zahl."),
    ],
)
async def test_what_is_no_day_and_no_figure_is_said_beside_the_field(deed: str, form: dict[str, str], field: str, words: str) -> None:
    company = a_full_company(locale="de")
    html = await change(company, deed, form)
    assert words in html[html.index(f'id="{field}-error"') :][:300]
    assert all(method == "GET" for method, _path, _sent in company.matching.asked)


async def test_a_pause_that_is_too_long_is_refused_beside_its_field_in_german() -> None:
    company = a_full_company(locale="de")
    no = "A pause lasts at least a day, and at most 365 days or until the programme ends."
    company.matching.by_path[f"POST /enrolments/{MENTOR}/pause"] = refused(422, until=no)
    html = await change(company, "pause", {"until": "2030-01-01"})
    assert "Eine Pause dauert mindestens einen Tag und höchstens 365 Tage" in html
    assert 'value="2030-01-01"' in html


async def test_an_enrolment_of_another_programme_is_not_shown_here() -> None:
    company = a_full_company()
    company.matching.by_path["/enrolments/other"] = an_enrolment(1, "mentor") | {"programme_id": "another"}
    with pytest.raises(NotFound):
        await managed_enrolments.enrolment(PROGRAMME, "other", company.page())


async def test_the_waiting_list_says_place_reason_and_what_is_waited_for() -> None:
    html = html_of(await managed_enrolments.waiting(PROGRAMME, a_full_company().page()))
    first = html[html.index("number 1") : html.index("number 2")]
    assert "another said no, or left" in first
    assert "waits for you: there are free places" in first


def a_crowd(company: Company) -> None:
    for place in range(CROWD):
        company.rows[f"x{place}"] = company.rows["p1"] | {"_id": f"x{place}", "name": f"Bartholomäus von Ehrenfeld-Oberschöneweide {place}"}
    people = [an_enrolment(place, "protege") | {"person_id": f"x{place}", "enrolment_id": f"e{place}"} for place in range(CROWD)]
    company.matching.by_path[f"/programmes/{PROGRAMME}/enrolments"] = people
    queue = [a_standing(1 + place) | {"person_id": f"x{place}", "enrolment_id": f"e{place}"} for place in range(CROWD)]
    company.matching.by_path[f"/programmes/{PROGRAMME}/waiting-list"] = queue


async def test_two_thousand_people_come_in_pages_that_keep_the_filter() -> None:
    company = a_full_company()
    a_crowd(company)
    html = html_of(await enrolments.enrolments(PROGRAMME, company.page(), Search(role="protege", q="ehrenfeld", start=40)))
    assert html.count('class="row three') == enrolments.PER_PAGE
    assert f"{HERE}?role=protege&state=&q=ehrenfeld&start=80" in html
    html = html_of(await managed_enrolments.waiting(PROGRAMME, company.page(), q="ehrenfeld", start=1_960))
    assert html.count('class="row three') == managed_enrolments.PER_PAGE
    assert "2,000 of 2,000" in html


async def test_somebody_is_found_by_name_among_two_thousand() -> None:
    company = a_full_company()
    a_crowd(company)
    html = html_of(await managed_enrolments.waiting(PROGRAMME, company.page(), q="weide 1234"))
    assert html.count('class="row three') == 1
    assert "number 1,235" in html


async def test_a_partner_is_offered_best_first_and_both_are_asked() -> None:
    company = a_full_company()
    html = html_of(await offers.new_offer(PROGRAMME, company.page(), offers.Search(protege_id="p13", words="finance, talks")))
    asked = next(sent for _method, path, sent in company.matching.asked if path.endswith("mentor-suggestions"))
    assert asked == {"limit": 20, "words": ["finance", "talks"], "full": False, "after": 0, "protege_id": "p13"}
    assert html.index("89 points") < html.index("83 points")
    page = company.page("/x", {"protege_id": "p13", "mentor_id": "m1"})
    await offers.offer(PROGRAMME, page)
    assert company.matching.asked[-1] == ("POST", f"/programmes/{PROGRAMME}/offers", {"protege_id": "p13", "mentor_id": "m1"})


async def test_whose_partner_is_chosen_on_the_waiting_list() -> None:
    page = a_full_company().page()
    await offers.new_offer(PROGRAMME, page, offers.Search())
    assert page.answered == (f"/manage/programmes/{PROGRAMME}/waiting", None)


async def test_too_many_words_are_refused_beside_the_field() -> None:
    company = a_full_company(locale="de")
    no = refused(422, words="Look for at most 5 at a time.")
    company.matching.by_path[f"/programmes/{PROGRAMME}/mentor-suggestions"] = no
    html = html_of(await offers.new_offer(PROGRAMME, company.page(), offers.Search(protege_id="p13", words="a,b,c,d,e,f")))
    assert "Suche nach höchstens 5 auf einmal." in html[html.index('id="words-error"') :][:300]


async def test_before_a_match_the_overview_warns_of_a_rule_that_excludes_everybody() -> None:
    company = a_full_company()
    company.matching.by_path[f"/programmes/{PROGRAMME}/runs"] = []
    company.matching.by_path[f"/programmes/{PROGRAMME}/summary"] |= {"waiting_approval": 0}
    company.matching.by_path[f"/programmes/{PROGRAMME}/outlook"] = an_outlook(excludes_everybody=["shared_language"])
    html = html_of(await programmes.programme(PROGRAMME, company.page()))
    assert html.index("One rule alone leaves no pair at all.") < html.index("Match now")


async def test_a_programmes_own_words_for_its_people_are_shown() -> None:
    company = a_full_company(locale="de")
    assert "Mentees" in html_of(await programmes.programme(PROGRAMME, company.page()))
    assert "Mentees" in html_of(await enrolments.enrolments(PROGRAMME, company.page(), Search()))
    assert "Mentee · " in html_of(await managed_enrolments.enrolment(PROGRAMME, "e-protege-12", company.page()))


def test_where_a_programme_has_no_word_the_readers_usual_one_is_shown() -> None:
    called = a_programme()["called"]
    assert roles(texts("en"), called) == {"protege": "Mentee", "mentor": "Mentor", "peer": "Peer"}
    assert crowds(texts("de"), called)["mentor"] == "Mentor:innen"
