"""The page on which several meetings are planned at once."""

from typing import Any

import pytest

from services.portal.api import partnerships, plans
from tests.unit.portal.participant.sample import DEBORAH, ENDED, INES, PAIR, PAUSED, SUGGESTION
from tests.unit.portal.participant.test_deeds import a_page, body, refused, sent


async def test_a_plan_is_shown_with_what_stands_and_what_moves_and_sent_as_it_is() -> None:
    shown = body(await plans.plan(a_page(), PAIR))
    assert "Not all can stay where they are" in shown, "a time was lost, or it does not keep to the gap: the page says neither"
    assert "One meeting that stands would move" in shown
    assert shown.count('name="starts"') == shown.count('name="meeting_ids"') == 3
    assert "Book all at once" in shown
    starts = [session["starts_at"] for session in SUGGESTION["sessions"]]
    fields = [("starts", start) for start in starts] + [("meeting_ids", one) for one in ("meeting-7", "meeting-10", "")]
    page = a_page(*fields, ("minutes", "45"), ("least_days", "28"), ("most_days", "35"))
    page.scheduling.answers[f"POST /partnerships/{PAIR}/plan"] = {"meeting_ids": [], "unchecked": []}  # type: ignore[attr-defined]  # a fake
    answer = await plans.propose(page, PAIR)
    assert sent(page, "scheduling") == [
        (
            "POST",
            f"/partnerships/{PAIR}/plan",
            {
                "starts": starts,
                "meeting_ids": ["meeting-7", "meeting-10", None],
                "minutes": 45,
                "least_days": 28,
                "most_days": 35,
                "book": False,
            },
        )
    ]
    assert answer.headers["location"] == f"/partnerships/{PAIR}/plan"


async def test_who_is_asked_agrees_to_all_or_to_none_and_who_asks_can_take_it_back() -> None:
    asked = body(await plans.plan(a_page(), "pair-0"))
    assert "Agree to all of them" in asked
    assert "Agree to none" in asked
    asks = body(await plans.plan(a_page(who=DEBORAH), "pair-0"))
    assert "Agree to all of them" not in asks
    assert "Take the plan back" in asks
    page = a_page(who=INES)
    page.scheduling.answers["POST /partnerships/pair-0/plan/agree"] = {"meeting_ids": [], "unchecked": []}  # type: ignore[attr-defined]  # a fake
    assert (await plans.agree(page, "pair-0")).headers["location"] == "/partnerships/pair-0"


async def test_a_time_that_is_lost_is_said_and_another_plan_shown() -> None:
    gone = refused(409, "x", slug="time-taken")
    page = a_page(("starts", "2026-11-19T14:30:00Z"), ("minutes", "45"), refusing={f"scheduling POST /partnerships/{PAIR}/plan": gone})
    shown = body(await plans.propose(page, PAIR))
    assert "One of you is not free at this time any more." in shown
    assert "Propose all of them" in shown


async def test_without_such_times_the_page_says_what_to_try() -> None:
    page = a_page()
    page.scheduling.answers[f"/partnerships/{PAIR}/plan/suggestion"] = {**SUGGESTION, "sessions": []}  # type: ignore[attr-defined]  # a fake
    assert "Try fewer meetings" in body(await plans.plan(page, PAIR))


async def test_the_page_of_the_two_leads_to_the_plan_also_when_the_next_meeting_stands() -> None:
    shown = body(await partnerships.partnership(a_page(), PAIR))
    assert 'id="nx"><a href="/meetings/' in shown, "there is a next meeting"
    assert f'href="/partnerships/{PAIR}/plan"' in shown


@pytest.mark.parametrize("pair", [ENDED, PAUSED], ids=["ended", "paused"])
async def test_two_who_do_not_meet_are_not_led_to_a_plan(pair: dict[str, Any]) -> None:
    page = a_page()
    page.matching.answers[f"/partnerships/{PAIR}"] = {**pair, "partnership_id": PAIR}  # type: ignore[attr-defined]  # a fake
    assert f'href="/partnerships/{PAIR}/plan"' not in body(await partnerships.partnership(page, PAIR))


async def test_a_plan_of_which_every_meeting_stands_is_shown_and_not_proposed_once_more() -> None:
    page = a_page()
    standing = [{**session, "meeting_id": f"meeting-{number}", "moved": False} for number, session in enumerate(SUGGESTION["sessions"])]
    page.scheduling.answers[f"/partnerships/{PAIR}/plan/suggestion"] = {**SUGGESTION, "sessions": standing}  # type: ignore[attr-defined]  # a fake
    shown = body(await plans.plan(page, PAIR))
    assert "All of them stand already." in shown
    assert "Propose all of them" not in shown
    assert "Book all at once" not in shown
    assert "?sessions=12" in shown, "more can be planned"
