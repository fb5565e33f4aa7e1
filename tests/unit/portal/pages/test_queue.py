"""The manager's queue: what waits, how to act on it, and the sentence beside the field when it cannot be done."""

from typing import Any

import pytest

from services.portal.api import home_manager, managed_requests, queue
from tests.unit.portal.pages.answers import PROGRAMME, a_request, tasks
from tests.unit.portal.pages.world import a_full_company, refused

REQUEST = "request-with_manager"
HERE = f"/manage/programmes/{PROGRAMME}/requests/{REQUEST}"


def html_of(answer: Any) -> str:
    return bytes(answer.body).decode()


@pytest.mark.parametrize(
    ("act", "deed", "form"),
    [
        (managed_requests.propose, "propose", {"mentor_id": "m2"}),
        (managed_requests.pair, "pair", {"mentor_id": "m2"}),
        (managed_requests.close, "close", {"words": "Please enrol again in spring."}),
    ],
)
async def test_a_request_is_helped_on_and_its_page_says_what_was_done(act: Any, deed: str, form: dict[str, str]) -> None:
    company = a_full_company()
    company.matching.by_path[f"POST /requests/{REQUEST}/{deed}"] = {}
    page = company.page(HERE, form)
    await act(PROGRAMME, REQUEST, page)
    assert company.matching.asked[-1] == ("POST", f"/requests/{REQUEST}/{deed}", form)
    assert page.answered is not None
    assert page.answered[0] == HERE
    assert page.answered[1]


@pytest.mark.parametrize("act", [managed_requests.propose, managed_requests.pair])
async def test_a_mentor_without_a_place_is_refused_on_the_page_of_the_request(act: Any) -> None:
    company = a_full_company()
    no = "The mentor has no place left: somebody else was quicker."
    for deed in ("propose", "pair"):
        company.matching.by_path[f"POST /requests/{REQUEST}/{deed}"] = refused(409, no)
    answer = await act(PROGRAMME, REQUEST, company.page(HERE, {"mentor_id": "m2"}))
    assert answer.status_code == 422
    assert no in html_of(answer)


async def test_closing_without_words_says_so_beside_the_field() -> None:
    company = a_full_company(locale="de")
    company.matching.by_path[f"POST /requests/{REQUEST}/close"] = refused(
        422, words="Tell why, in a few kind words: the protégé reads them."
    )
    html = html_of(await managed_requests.close(PROGRAMME, REQUEST, company.page(HERE, {"words": " "})))
    assert 'aria-describedby="words-hint words-error"' in html or 'id="words-error"' in html
    assert "Schreib in ein paar freundlichen Worten, warum" in html


async def test_only_a_request_that_waits_for_managers_offers_them_anything_to_do() -> None:
    company = a_full_company()
    for state, offers in (("with_manager", True), ("escalated", True), ("asked", False), ("closed", False)):
        html = html_of(await managed_requests.request(PROGRAMME, f"request-{state}", company.page()))
        assert ("/close" in html) is offers


async def test_whoever_asked_sees_the_request_on_their_own_page() -> None:
    company = a_full_company()
    company.matching.by_path["/requests/mine"] = {**a_request(), "role": "asker"}
    page = company.page()
    await managed_requests.request(PROGRAMME, "mine", page)
    assert page.answered == ("/requests/mine", None)


async def test_a_long_list_of_requests_has_pages_and_keeps_its_filter() -> None:
    company = a_full_company()
    company.matching.by_path[f"/programmes/{PROGRAMME}/requests"] = [a_request("asked", request_id=f"r{place}") for place in range(95)]
    html = html_of(await managed_requests.requests(PROGRAMME, company.page(), state="asked", start=40))
    assert f"/manage/programmes/{PROGRAMME}/requests?state=asked&amp;start=80" in html
    assert f"/manage/programmes/{PROGRAMME}/requests?state=asked&amp;start=0" in html


async def test_each_task_leads_to_where_one_acts() -> None:
    company = a_full_company()
    html = html_of(await queue.tasks(company.page(), queue.Search()))
    assert f'href="/manage/programmes/{PROGRAMME}/requests/request-escalated"' in html
    assert f'href="/manage/programmes/{PROGRAMME}/enrolments?state=requested"' in html
    assert "mailto:p1@example.com,m1@example.com?subject=" in html


async def test_the_home_page_counts_those_who_want_to_take_part_and_shows_the_other_tasks() -> None:
    company = a_full_company()
    html = html_of(await home_manager.manager_home(company.page()))
    assert "All that waits: 4" in html
    assert html.count("/requests/request-") == 2
    assert home_manager.alone(tasks()) == tasks()[:3]


async def test_somebody_is_found_by_name_among_two_thousand() -> None:
    company = a_full_company()
    crowd = range(2_000)
    for place in crowd:
        company.rows[f"x{place}"] = company.rows["p1"] | {"_id": f"x{place}", "name": f"Wilhelmina von Hohenstein-Papenbrock {place}"}
    company.matching.by_path["/tasks/mine"] = [tasks()[1] | {"person_ids": [f"x{place}"]} for place in crowd]
    company.matching.by_path[f"/programmes/{PROGRAMME}/requests"] = [
        a_request("asked", protege_id=f"x{place}", request_id=f"r{place}") for place in crowd
    ]
    for html in (
        html_of(await queue.tasks(company.page(), queue.Search(q="brock 1234"))),
        html_of(await managed_requests.requests(PROGRAMME, company.page(), q="brock 1234")),
    ):
        assert html.count('class="row three') == 1
        assert "Hohenstein-Papenbrock 1234" in html


async def test_of_more_tasks_than_are_asked_for_those_that_are_due_first_are_shown_and_that_is_said() -> None:
    company = a_full_company()
    assert "that are due first are shown" not in html_of(await queue.tasks(company.page(), queue.Search()))
    company.matching.by_path["/tasks/mine"] = tasks() * 250
    assert "The 1,000 that are due first are shown." in html_of(await queue.tasks(company.page(), queue.Search()))
    assert ("GET", "/tasks/mine", {"limit": 1_000}) in company.matching.asked
