"""What a protégé reads of a request, what a mentor is asked, and what their buttons send."""

from typing import Any

import pytest

from services.matching.api.request_views import AskedOfMe, MyRequest
from services.portal.api import home, requests
from services.portal.api.requests import in_new_order
from tests.unit.portal.participant.sample import ASKED_OF_ME, DEBORAH, LINH, PAIR, PROGRAMME, REQUEST, RUI
from tests.unit.portal.participant.sample_page import SamplePage, full
from tests.unit.portal.participant.test_deeds import a_page, body, refused, sent


def test_the_samples_are_what_the_service_answers() -> None:
    for sample, view in ((REQUEST, MyRequest), (ASKED_OF_ME, AskedOfMe)):
        view.model_validate(sample)
        assert sample.keys() == view.model_fields.keys()


ENDED = {"deadline_at": None, "follows": None}
STATES: dict[str, tuple[dict[str, Any], str]] = {
    "asked": ({}, "Without an answer by then, we ask Linh."),
    "last-asked": ({"follows": "manager"}, "the managers of the programme help you"),
    "with_manager": ({"state": "with_manager", "follows": "all_managers"}, "You hear from the managers by Friday 23 October."),
    "escalated": ({"state": "escalated", "follows": "closed"}, "first in line for the next match"),
    "proposed": ({"state": "proposed", "follows": "manager", "proposal_id": "proposal-1"}, "/proposals/proposal-1"),
    "accepted": ({"state": "accepted", **ENDED, "partnership_id": PAIR}, f"/partnerships/{PAIR}"),
    **{
        reason: ({"state": "closed", **ENDED, "reason": reason}, said)
        for reason, said in {
            "withdrawn": "You have taken your request back",
            "partner_found": "You have found a partner in another way",
            "not_taking_part": "You do not take part in the programme any more",
            "programme_closed": "The programme takes nobody any more",
            "nobody_answered": "that is not your fault",
        }.items()
    },
    "by_manager": ({"state": "closed", **ENDED, "reason": "by_manager", "closing_words": "Come back in spring."}, "Come back in spring."),
}


def asking(**changes: Any) -> SamplePage:
    answers = full()
    answers["matching"]["/requests/request-1"] = {**REQUEST, **changes}
    return SamplePage(answers)


@pytest.mark.parametrize("name", STATES)
async def test_who_asks_reads_where_it_stands_and_what_follows(name: str) -> None:
    changes, said = STATES[name]
    shown = body(await requests.request(asking(**changes), "request-1"))
    assert said in shown
    assert ("Take the request back" in shown) == (changes.get("state") not in {"accepted", "closed"})


async def test_whoever_is_asked_is_named_with_the_day() -> None:
    shown = body(await requests.request(asking(), "request-1"))
    assert "Deborah is asked" in shown
    assert "Deborah has time to answer until Friday 23 October." in shown


@pytest.mark.parametrize(
    ("deed", "mentor_id", "order"),
    [
        ("up", RUI, [RUI, LINH]),
        ("down", LINH, [RUI, LINH]),
        ("up", LINH, [LINH, RUI]),
        ("out", LINH, [RUI]),
        ("?", LINH, [LINH, RUI]),
    ],
)
async def test_a_wish_goes_up_or_down_or_out(deed: str, mentor_id: str, order: list[str]) -> None:
    page = a_page(("deed", deed))
    answer = await requests.revise_wish(page, "request-1", mentor_id)
    assert sent(page, "matching") == [("PUT", "/requests/request-1/order", {"mentor_ids": order})]
    assert answer.headers["location"] == "/requests/request-1"


def test_whoever_has_been_asked_meanwhile_changes_no_order() -> None:
    assert in_new_order([LINH, RUI], DEBORAH, "up") == [LINH, RUI]


async def test_a_request_that_has_ended_meanwhile_says_so_in_place() -> None:
    page = a_page(refusing={"matching POST /requests/request-1/withdraw": refused(409, "x", slug="request-over")})
    answer = await requests.withdraw(page, "request-1")
    assert answer.status_code == 422
    assert "This request has ended." in body(answer)


async def test_a_request_is_taken_back() -> None:
    page = a_page()
    answer = await requests.withdraw(page, "request-1")
    assert sent(page, "matching") == [("POST", "/requests/request-1/withdraw", None)]
    assert answer.headers["location"] == "/requests/request-1"


async def test_a_mentor_reads_who_asks_until_when_and_why() -> None:
    shown = body(await requests.request(a_page(), "request-2"))
    assert "Linh would like you as a mentor" in shown
    assert "Thursday 22 October" in shown
    assert ASKED_OF_ME["words"] in shown
    assert "in the time zone of Linh: Monday 9:00\N{EN DASH}10:30 and Friday 13:00\N{EN DASH}14:00." in shown


async def test_one_click_accepts_and_leads_to_the_charter() -> None:
    page = a_page()
    page.matching.answers["POST /requests/request-2/accept"] = {"partnership_id": PAIR}  # type: ignore[attr-defined]  # a fake
    answer = await requests.accept(page, "request-2")
    assert answer.headers["location"] == f"/partnerships/{PAIR}/charter"


async def test_somebody_quicker_is_said_in_place_and_in_german() -> None:
    refusal = refused(409, "x", slug="no-place-left")
    page = a_page(refusing={"matching POST /requests/request-2/accept": refusal}, locale="de")
    assert "Jemand war schneller" in body(await requests.accept(page, "request-2"))


async def test_one_click_declines_without_a_reason() -> None:
    page = a_page()
    await requests.decline(page, "request-2")
    assert sent(page, "matching") == [("POST", "/requests/request-2/decline", {"reason": ""})]


async def test_a_reason_that_is_too_long_is_marked_and_kept() -> None:
    refusal = refused(422, "x", {"reason": "At most 1000 characters."})
    page = a_page(("reason", "I move in spring."), refusing={"matching POST /requests/request-2/decline": refusal}, locale="de")
    shown = body(await requests.decline(page, "request-2"))
    assert "Höchstens 1000 Zeichen." in shown
    assert ">I move in spring.</textarea>" in shown


@pytest.mark.parametrize("answer", ["accepted", "declined", "not_needed"])
async def test_an_answer_is_given_once(answer: str) -> None:
    page = a_page()
    page.matching.answers["/requests/request-2"] = {**ASKED_OF_ME, "my_answer": answer, "deadline_at": None}  # type: ignore[attr-defined]  # a fake
    assert "/requests/request-2/accept" not in body(await requests.request(page, "request-2"))


async def test_a_manager_is_led_to_their_own_page_of_it() -> None:
    page = a_page()
    page.matching.answers["/requests/request-3"] = {"role": "manager", "programme_id": PROGRAMME}  # type: ignore[attr-defined]  # a fake
    answer = await requests.request(page, "request-3")
    assert answer.headers["location"] == f"/manage/programmes/{PROGRAMME}/requests/request-3"


async def test_the_home_page_shows_what_one_is_asked_and_where_ones_own_request_stands() -> None:
    shown = body(await home.home(SamplePage(full())))
    assert shown.count("/requests/request-2") == 2
    assert "Linh would like you as a mentor" in shown
    assert shown.count("/requests/request-1") == 1
    assert "/requests/request-0" not in shown


async def test_whoever_waits_for_a_mentors_answer_is_not_told_to_wait_for_the_match() -> None:
    answers = full()
    answers["matching"] |= {"/partnerships/mine": [], "/proposals/mine": [], "/requests/asked-of-me": []}
    assert "Deborah is asked" in body(await home.home(SamplePage(answers)))
