import asyncio
from datetime import timedelta
from typing import Any

from shared.contracts.goals import FeedbackGiven
from shared.contracts.matching import ProgrammeRevised
from shared.contracts.portal import PersonChanged
from shared.contracts.scheduling import MeetingBooked, MeetingCancelled, MeetingEnded, MeetingProposed
from tests.integration.goals.setting import START, Goals

DAY = timedelta(days=1)
TAPS = {"worth_it": True, "did_as_agreed": False, "line": "We spoke of other things"}


async def a_meeting(goals: Goals, day: int = 1) -> str:
    booked, ended = goals.pair.met(START + day * DAY)
    await goals.running.hear(booked, ended)
    return booked.subject


def left(person_id: str) -> PersonChanged:
    return PersonChanged(
        person_id=person_id,
        employee_id="1",
        name="Somebody",
        email="somebody@example.org",
        manager_id=None,
        department="",
        location="",
        zone="Europe/Lisbon",
        level=1,
        languages=("en",),
        locale="en",
        active=False,
        at=START,
    )


async def test_feedback_is_asked_for_after_a_meeting_and_read_by_its_author_alone(goals: Goals) -> None:
    meeting_id = await a_meeting(goals)
    later = START + 2 * DAY
    for ask in (goals.protege, goals.mentor):
        (due,) = (await ask("GET", "/feedback/due", at=later)).json()
        assert (due["meeting_id"], due["partnership_id"]) == (meeting_id, goals.pair.partnership_id)
    assert (await goals.stranger("GET", "/feedback/due", at=later)).json() == []

    assert (await goals.protege("POST", f"/meetings/{meeting_id}/feedback", TAPS, later)).status_code == 201
    assert (await goals.protege("GET", "/feedback/due", at=later)).json() == []
    assert len((await goals.mentor("GET", "/feedback/due", at=later)).json()) == 1
    (mine,) = (await goals.protege("GET", "/feedback/mine")).json()
    assert {name: mine[name] for name in TAPS} == TAPS
    assert (await goals.mentor("GET", "/feedback/mine")).json() == []
    (event,) = await goals.running.published(FeedbackGiven)
    assert (event.meeting_id, event.person_id) == (meeting_id, "ines")


async def test_feedback_is_given_once_however_often_it_is_tapped(goals: Goals) -> None:
    meeting_id = await a_meeting(goals)
    answers = await asyncio.gather(*(goals.protege("POST", f"/meetings/{meeting_id}/feedback", TAPS) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/feedback-is-given-once"}
    assert len((await goals.protege("GET", "/feedback/mine")).json()) == 1


async def test_feedback_is_not_asked_for_for_ever(goals: Goals) -> None:
    meeting_id = await a_meeting(goals)
    assert (await goals.protege("GET", "/feedback/due", at=START + 40 * DAY)).json() == []
    assert (await goals.protege("POST", f"/meetings/{meeting_id}/feedback", TAPS, START + 40 * DAY)).status_code == 201


async def test_feedback_needs_a_meeting_of_ones_own_that_has_taken_place(goals: Goals) -> None:
    meeting_id = await a_meeting(goals)
    booked, _ = goals.pair.met(START + 5 * DAY)
    missed = goals.pair.missed(START + 3 * DAY)
    await goals.running.hear(booked, *missed)
    for path, problem, status in [
        (booked.subject, "meeting-has-not-ended", 409),
        (missed[0].subject, "meeting-did-not-take-place", 409),
        ("nowhere", "meeting-not-found", 404),
    ]:
        refused = await goals.protege("POST", f"/meetings/{path}/feedback", TAPS)
        assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{problem}")
    for ask in (goals.stranger, goals.manager):
        assert (await ask("POST", f"/meetings/{meeting_id}/feedback", TAPS)).status_code == 403
    refused = await goals.protege("POST", f"/meetings/{meeting_id}/feedback", {"worth_it": "so so", "line": "x" * 2000})
    assert {error["field"] for error in refused.json()["errors"]} == {"worth_it", "did_as_agreed", "line"}


async def test_health_is_for_the_programmes_managers_alone(goals: Goals) -> None:
    path = f"/programmes/{goals.pair.programme_id}/health"
    for person_id, roles in [("admin", ("administrator",)), ("other", ("programme_manager",)), ("ines", ()), ("deborah", ())]:
        async with goals.client(person_id, roles=roles) as client:
            refused = await client.get(path)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/only-managers-may-see-health")
    assert (await goals.manager("GET", "/programmes/nowhere/health")).json()["type"] == "/problems/programme-not-found"

    revised = ProgrammeRevised(
        programme_id=goals.pair.programme_id, name="", starts_on=START.date(), ends_on=START.date(), manager_ids=("noor",), at=START
    )
    await goals.running.hear(revised)
    assert (await goals.manager("GET", path)).status_code == 403
    assert (await goals.ask("noor", "GET", path)).status_code == 200


async def test_the_health_of_a_pair_through_its_life(goals: Goals, charter: dict[str, Any], goal: dict[str, Any]) -> None:
    of_pair = goals.pair.partnership_id
    assert (await goals.health())["state"] == "new"
    late = await goals.health(START + 20 * DAY)
    assert (late["state"], late["cause"], late["next_step"]) == (
        "watch",
        {"code": "charter_empty", "parameters": {"days": 20}},
        {"code": "remind_of_charter", "parameters": {}},
    )

    await goals.protege("POST", f"/charters/{of_pair}/propose", charter)
    waiting = await goals.health(START + 10 * DAY)
    assert waiting["cause"] == {"code": "charter_waiting", "parameters": {"days": 10, "person_id": "deborah"}}
    await goals.mentor("POST", f"/charters/{of_pair}/sign", {"version": 1})
    await goals.protege("POST", f"/partnerships/{of_pair}/goals", {**goal, "shared": False})
    meeting_id = await a_meeting(goals, day=10)
    well = await goals.health(START + 20 * DAY)
    assert {
        name: well[name] for name in ("state", "cause", "next_step", "met", "charter_signed", "goals", "feedback_share", "next_at")
    } == {
        "state": "well",
        "cause": None,
        "next_step": None,
        "met": 1,
        "charter_signed": True,
        "goals": 1,
        "feedback_share": None,
        "next_at": None,
    }
    assert well["last_met_at"] == "2026-06-11T13:00:00Z"

    overdue = await goals.health(START + 50 * DAY)
    assert (overdue["state"], overdue["cause"]) == ("watch", {"code": "not_met", "parameters": {"days": 39, "cadence_weeks": 3}})
    booked, _ = goals.pair.met(START + 55 * DAY)
    await goals.running.hear(booked)
    eased = await goals.health(START + 50 * DAY)
    assert (eased["state"], eased["next_at"]) == ("well", "2026-07-26T12:00:00Z")

    await goals.protege("POST", f"/meetings/{meeting_id}/feedback", TAPS)
    assert (await goals.health(START + 20 * DAY))["feedback_share"] is None
    await goals.mentor("POST", f"/meetings/{meeting_id}/feedback", TAPS)
    assert (await goals.health(START + 20 * DAY))["feedback_share"] == 0.5

    await goals.running.hear(left("deborah"))
    alone = await goals.health(START + 20 * DAY)
    assert (alone["state"], alone["next_step"]) == ("help", {"code": "offer_new_match", "parameters": {"person_id": "ines"}})
    await goals.running.hear(goals.pair.ended(START + 21 * DAY, "left"))
    over = await goals.health(START + 22 * DAY)
    assert (over["state"], over["cause"]) == ("ended", {"code": "ended", "parameters": {"reason": "left", "days": 1}})


async def test_the_list_holds_every_pair_of_the_programme_and_no_other(goals: Goals) -> None:
    others = [await goals.new_pair() for _ in range(3)]
    lines = (await goals.manager("GET", f"/programmes/{goals.pair.programme_id}/health")).json()
    assert {line["partnership_id"] for line in lines} == {goals.pair.partnership_id, *(pair.partnership_id for pair in others)}


async def test_meetings_may_be_heard_of_before_their_partnership(goals: Goals) -> None:
    pair = await goals.new_pair()
    unknown = type(pair)("not-yet", pair.programme_id, "kim", "lee")
    booked, ended = unknown.met(START + DAY)
    await goals.running.hear(booked, ended)
    assert (await goals.ask("kim", "POST", f"/meetings/{booked.subject}/feedback", TAPS)).status_code == 404
    await goals.running.hear(unknown.started())
    assert (await goals.ask("kim", "POST", f"/meetings/{booked.subject}/feedback", TAPS)).status_code == 201
    lines = (await goals.manager("GET", f"/programmes/{pair.programme_id}/health", at=START + 5 * DAY)).json()
    assert [line["met"] for line in lines if line["partnership_id"] == "not-yet"] == [1]
    assert await goals.running.letters() == []


async def test_an_event_that_overtook_another_waits_for_it(goals: Goals) -> None:
    booked, ended = goals.pair.met(START + DAY)
    first, second = goals.running.record(booked), goals.running.record(ended)
    await goals.running.service.consumer.take([second])
    assert (await goals.health(START + 2 * DAY))["met"] == 0
    await goals.running.service.consumer.take([first])
    assert (await goals.health(START + 2 * DAY))["met"] == 1
    assert await goals.running.letters() == []


async def test_what_is_heard_twice_changes_nothing(goals: Goals) -> None:
    records = await goals.running.hear(*goals.pair.missed(START + DAY), left("deborah"), goals.pair.ended(START + 5 * DAY))
    before = await goals.health(START + 9 * DAY)
    await goals.running.service.consumer.take(records)
    await goals.running.service.consumer.take(records[:2])
    assert await goals.health(START + 9 * DAY) == before
    assert await goals.running.letters() == []


async def test_a_meeting_that_is_only_proposed_or_cancelled_is_neither_met_nor_next(goals: Goals) -> None:
    ids = {"meeting_id": "asked", "partnership_id": goals.pair.partnership_id, "programme_id": goals.pair.programme_id}
    two = {"protege_id": "ines", "mentor_id": "deborah"}
    proposed = MeetingProposed(**ids, by_id="ines", other_id="deborah", starts=(START + DAY,), minutes=45, at=START)
    await goals.running.hear(proposed)
    assert ((await goals.health())["met"], (await goals.health())["next_at"]) == (0, None)
    await goals.running.hear(MeetingBooked(**ids, **two, starts_at=START + DAY, ends_at=START + DAY, at=START))
    assert (await goals.health())["next_at"] == "2026-06-02T12:00:00Z"
    await goals.running.hear(MeetingCancelled(**ids, **two, by_id=None, starts_at=None, at=START))
    assert ((await goals.health())["met"], (await goals.health())["next_at"]) == (0, None)


async def test_a_meeting_that_was_moved_and_met_counts_once(goals: Goals) -> None:
    booked, ended = goals.pair.met(START + DAY)
    assert isinstance(ended, MeetingEnded)
    await goals.running.hear(booked, ended)
    assert (await goals.health(START + 2 * DAY))["met"] == 1


async def test_a_pair_that_stands_still_is_not_late_and_time_counts_anew_from_the_end_of_the_pause(goals: Goals) -> None:
    await goals.running.hear(*goals.pair.met(START + DAY))
    late = START + 100 * DAY
    assert (await goals.health(late))["state"] == "help"
    await goals.running.hear(goals.pair.paused(START + 3 * DAY, (START + 120 * DAY).date()))
    assert (await goals.health(late))["state"] in {"new", "well"}
    await goals.running.hear(goals.pair.resumed(late))
    assert (await goals.health(late + DAY))["state"] in {"new", "well"}
    await goals.running.hear(goals.pair.prolonged(late, (START + 400 * DAY).date()))
    assert await goals.running.letters() == []


async def test_managers_see_the_time_given_back_as_one_sum_of_all_pairs(goals: Goals) -> None:
    path = f"/programmes/{goals.pair.programme_id}/time"
    assert (await goals.manager("GET", path)).json() == {"meetings": 0, "minutes": 0, "saved_minutes": 0}
    for number, pair in enumerate([goals.pair, await goals.new_pair()]):
        booked, ended = pair.met(START + number * DAY)
        early = {**ended.model_dump(), "ends_at": START + number * DAY + timedelta(minutes=40), "saved_minutes": 20}
        await goals.running.hear(booked, MeetingEnded(**early))
    await goals.running.hear(*goals.pair.missed(START + 3 * DAY))
    assert (await goals.manager("GET", path)).json() == {"meetings": 2, "minutes": 80, "saved_minutes": 40}
    assert (await goals.mentor("GET", path)).status_code == 403


async def test_feedback_is_asked_for_again_once_nobody_says_any_more_that_a_meeting_was_missed(goals: Goals) -> None:
    booked, ended, missed = goals.pair.missed(START + DAY)
    await goals.running.hear(booked, ended, missed)
    later = START + 3 * DAY
    assert (await goals.mentor("GET", "/feedback/due", at=later)).json() == []
    await goals.running.hear(MeetingEnded(**{**ended.model_dump(), "at": later}))
    assert [due["meeting_id"] for due in (await goals.mentor("GET", "/feedback/due", at=later)).json()] == [booked.subject]


async def test_feedback_is_asked_for_after_a_meeting_that_was_noted_down(goals: Goals) -> None:
    _, ended = goals.pair.met(START + DAY)
    await goals.running.hear(ended)
    assert [due["meeting_id"] for due in (await goals.protege("GET", "/feedback/due", at=START + 2 * DAY)).json()] == [ended.subject]
