"""The pages of what becomes of meetings: what their forms send, and what each of the two reads."""

from typing import Any

import pytest

from services.portal.api import afterwards, agendas, meetings
from tests.unit.portal.participant.sample import DEBORAH, INES, MEETINGS, PAIR
from tests.unit.portal.participant.sample_goals import AGENDA, GOAL, SLIPPED
from tests.unit.portal.participant.sample_page import SamplePage, full
from tests.unit.portal.participant.test_deeds import a_page, body, refused, sent


def with_meeting(**changes: Any) -> SamplePage:
    """Somebody looks at their past meeting, which has some other fields."""
    answers = full()
    answers["scheduling"]["/meetings/meeting-5"] = {**MEETINGS[4], **changes}
    return SamplePage(answers)


async def test_one_press_ends_a_meeting_that_is_held() -> None:
    page = a_page()
    shown = body(await meetings.meeting(page, "meeting-9"))
    assert 'action="/meetings/meeting-9/end"' in shown
    await afterwards.end(page, "meeting-9")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-9/end", None)]
    for other in ("meeting-5", "meeting-6"):
        assert f'action="/meetings/{other}/end"' not in body(await meetings.meeting(page, other))


async def test_why_a_meeting_did_not_take_place_is_chosen_and_never_asked_of_the_other() -> None:
    page = a_page(("why", "i_waited"))
    shown = body(await meetings.meeting(page, "meeting-5"))
    assert all(f'name="why" value="{why}"' in shown for why in ("i_could_not", "i_waited", "something_came_up", ""))
    await afterwards.missed(page, "meeting-5")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-5/missed", {"why": "i_waited"})]


async def test_each_reads_what_both_remember_in_their_own_words() -> None:
    hers = body(await meetings.meeting(SamplePage(full()), "meeting-3"))
    assert "Deborah was there, and you missed each other." in hers
    assert "You remember that you met." in hers
    assert 'action="/meetings/meeting-3/met"' not in hers
    theirs = body(await meetings.meeting(SamplePage(full(), who=DEBORAH), "meeting-3"))
    assert "You were there, and you missed each other." in theirs
    assert 'action="/meetings/meeting-3/met"' in theirs


@pytest.mark.parametrize(("minutes", "said"), [(1, "1 minute"), (25, "25 minutes"), (60, "1 hour"), (135, "2 hours and 15 minutes")])
async def test_time_given_back_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert f"You gave each other back {said}." in body(await meetings.meeting(with_meeting(saved_minutes=minutes), "meeting-5"))


async def test_a_meeting_of_the_past_is_noted_down_by_the_reader_s_clock() -> None:
    page = a_page(("on", "2026-10-12"), ("at", "14:30"), ("minutes", "30"), ("place", ""))
    page.scheduling.answers[f"POST /partnerships/{PAIR}/meetings/held"] = {"meeting_id": "meeting-12"}  # type: ignore[attr-defined]
    answer = await afterwards.note_down(page, PAIR)
    assert sent(page, "scheduling") == [
        ("POST", f"/partnerships/{PAIR}/meetings/held", {"starts_at": "2026-10-12T13:30:00+00:00", "minutes": 30, "place": ""})
    ]
    assert answer.headers["location"] == "/meetings/meeting-12"


@pytest.mark.parametrize(("name", "typed"), [("on", "yesterday"), ("at", ""), ("minutes", "an hour")])
async def test_what_is_missing_of_a_past_meeting_is_said_beside_the_field(name: str, typed: str) -> None:
    page = a_page(*{"on": "2026-10-12", "at": "14:30", "minutes": "30", name: typed}.items())
    answer = await afterwards.note_down(page, PAIR)
    assert answer.status_code == 422
    assert f'id="{"minutes" if name == "minutes" else "on"}-error"' in body(answer)
    assert sent(page, "scheduling") == []


async def test_a_refused_past_meeting_keeps_what_was_typed() -> None:
    no = refused(409, "x", slug="met-otherwise")
    page = a_page(
        ("on", "2026-10-12"), ("at", "14:30"), ("minutes", "30"), refusing={f"scheduling POST /partnerships/{PAIR}/meetings/held": no}
    )
    shown = body(await afterwards.note_down(page, PAIR))
    assert "another meeting noted down at this time" in shown
    assert 'value="14:30"' in shown


async def test_notes_are_kept_for_oneself_unless_one_says_otherwise() -> None:
    for ticks, shared in (((), False), ((("shared", "yes"),), True)):
        page = a_page(("words", "Ask Bao."), *ticks)
        answer = await afterwards.notes(page, "meeting-5")
        assert sent(page, "scheduling") == [("PUT", "/meetings/meeting-5/notes/mine", {"text": "Ask Bao.", "shared": shared})]
        assert answer.headers["location"] == "/meetings/meeting-5#notes"


async def test_notes_that_are_too_long_stay_in_their_field() -> None:
    no = refused(422, "x", {"text": "Notes have at most 10000 characters."})
    page = a_page(("words", "Ask Bao."), refusing={"scheduling PUT /meetings/meeting-5/notes/mine": no}, locale="de")
    shown = body(await afterwards.notes(page, "meeting-5"))
    assert 'id="words-error"' in shown
    assert "höchstens 10000 Zeichen" in shown
    assert ">Ask Bao.</textarea>" in shown


async def test_the_link_of_a_video_call_opens_it_without_telling_from_where_and_no_other_text_is_a_link() -> None:
    shown = body(await meetings.meeting(SamplePage(full()), "meeting-6"))
    assert 'href="https://meet.example.org/ines-deborah" rel="noopener noreferrer"' in shown
    shown = body(await meetings.meeting(with_meeting(place="javascript:alert(1)"), "meeting-5"))
    assert 'href="javascript' not in shown
    assert "The link to your video call follows." in body(await meetings.meeting(with_meeting(link_follows=True), "meeting-5"))


async def test_goals_that_are_stuck_suggest_a_question_once_and_private_ones_never() -> None:
    stuck = {**GOAL, "goal_id": "goal-4", "title": "Lead the review", "state": "blocked"}
    aimless = {**GOAL, "goal_id": "goal-5", "title": "Speak at the fair", "next_step": None}
    answers = full()
    answers["goals"][f"/partnerships/{PAIR}/goals"] = [GOAL, SLIPPED, stuck, aimless]
    shown = body(await meetings.meeting(SamplePage(answers), "meeting-6"))
    assert "What is in the way of “Lead the review”?" in shown
    assert "What could be the next step towards “Speak at the fair”?" in shown
    assert str(SLIPPED["title"]) not in shown
    asked = {"item_id": "i9", "text": "Why?", "kind": "question", "by_id": INES, "goal_id": "goal-4", "step_id": None, "done": False}
    answers["scheduling"][f"/partnerships/{PAIR}/agenda"] = {**AGENDA, "items": [{**asked, "carried_from": None}]}
    assert "What is in the way of" not in body(await meetings.meeting(SamplePage(answers), "meeting-6"))


async def test_a_suggestion_that_is_taken_remembers_its_goal() -> None:
    page = a_page(("suggested", "What is in the way of “Lead the review”?"), ("goal_id", "goal-4"))
    await agendas.add(page, PAIR)
    ((_, _, item),) = sent(page, "scheduling")
    assert (item["kind"], item["goal_id"]) == ("question", "goal-4")


@pytest.mark.parametrize(
    ("who", "style", "orders"),
    [(INES, "questions", True), (DEBORAH, "questions", False), (DEBORAH, "open", True)],
)
async def test_who_orders_the_agenda_depends_on_its_style(who: str, style: str, *, orders: bool) -> None:
    answers = full()
    answers["scheduling"][f"/partnerships/{PAIR}/agenda"] = {**AGENDA, "style": style}
    shown = body(await meetings.meeting(SamplePage(answers, who=who), "meeting-6"))
    assert ("/agenda/i1/move" in shown) == orders
    assert ("/agenda/style" in shown) == (who == INES)
    assert ("3 of 6 steps" in shown) == (style == "goals_and_progress")


async def test_the_agreed_style_is_chosen_by_choosing_none() -> None:
    for chosen, style in (("open", "open"), ("questions", None)):
        page = a_page(("style", chosen))
        await agendas.style(page, PAIR)
        assert sent(page, "scheduling") == [("PUT", f"/partnerships/{PAIR}/agenda/style", {"style": style})]


async def test_what_was_left_open_says_since_when() -> None:
    assert "left open on" in body(await meetings.meeting(SamplePage(full()), "meeting-6"))


async def test_what_has_happened_to_a_meeting_is_told_newest_first_to_each_in_their_words() -> None:
    hers = body(await meetings.meeting(SamplePage(full()), "meeting-6"))
    assert hers.index("Deborah moved it.") < hers.index("It was arranged.") < hers.index("You proposed times.")
    theirs = body(await meetings.meeting(SamplePage(full(), who=DEBORAH), "meeting-6"))
    assert theirs.index("You moved it.") < theirs.index("Inês proposed times.")
