"""Who may enrol, who waits, who pauses, and how partnerships end, over HTTP on a real database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.matching import (
    EnrolmentApproved,
    EnrolmentEnded,
    EnrolmentResumed,
    PartnershipEnded,
    PartnershipPaused,
    PartnershipResumed,
    ProgrammeClosed,
    ProgrammeReviewDue,
)
from tests.integration.matching.conftest import MANAGER, Matching

TODAY = datetime.now(UTC).date()
TWO: dict[str, dict[str, Any]] = {"linh": {"role": "protege"}, "rui": {"role": "mentor", "capacity": 1}}
FOUR = {**TWO, "amara": {"role": "protege"}, "deborah": {"role": "mentor", "capacity": 1}}


def days(number: int) -> str:
    return str(TODAY + timedelta(days=number))


def morning(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


async def partners(matching: Matching, programme_id: str, protege: str = "linh", mentor: str = "rui") -> str:
    """Make them partners; the partnership's id."""
    pair = {"protege_id": protege, "mentor_id": mentor}
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", pair)
    await matching.ask(protege, "POST", f"/proposals/{offered['proposal_id']}/accept")
    return str((await matching.ask(mentor, "POST", f"/proposals/{offered['proposal_id']}/accept"))["partnership_id"])


# ---------------------------------------------------------------- getting in


async def test_rules_say_who_may_enrol_and_who_takes_part_at_once(matching: Matching) -> None:
    rules = {
        "only": [{"field": "department", "one_of": ["Network", "Radio"]}],
        "approval": "by_rule",
        "approve_if": [{"field": "level", "at_least": 3}],
    }
    programme_id = await matching.programme(enrolment=rules)
    url = f"/programmes/{programme_id}/enrolments"
    await matching.know("linh")
    await matching.know("amara", level=2)
    await matching.know("rui", department="Sales")
    assert await matching.ask("linh", "POST", url, {"role": "protege"})
    assert await matching.ask("amara", "POST", url, {"role": "protege"})
    refused = await matching.try_("rui", "POST", url, {"role": "mentor"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/may-not-enrol")
    assert refused.json()["detail"].endswith("The department must be one of Network, Radio.")
    states = {one["person_id"]: one["state"] for one in await matching.ask(MANAGER, "GET", url)}
    assert states == {"linh": "approved", "amara": "requested"}
    assert [event.person_id for event in await matching.running.published(EnrolmentApproved)] == ["linh"]

    await matching.ask(MANAGER, "POST", url, {"role": "mentor", "person_id": "rui"})
    (exception,) = [one for one in await matching.ask(MANAGER, "GET", url) if one["person_id"] == "rui"]
    assert exception["exceptions"] == ["The department must be one of Network, Radio."]


async def test_people_enrol_within_the_programmes_days(matching: Matching) -> None:
    settings = {"enrolment": {"opens_on": days(1), "closes_on": days(3), "late_joiners": "refused"}, "ends_on": days(300)}
    programme_id = await matching.programme(**settings)
    await matching.know("linh", "rui")
    url, asked = f"/programmes/{programme_id}/enrolments", {"role": "protege"}
    assert (await matching.try_("linh", "POST", url, asked)).json()["type"] == "/problems/enrolment-not-open"
    late = await matching.try_("linh", "POST", url, asked, at=morning(days(4)))
    assert late.json()["type"] == "/problems/enrolment-over"
    await matching.ask("linh", "POST", url, asked, at=morning(days(3)))
    await matching.ask(MANAGER, "POST", url, {"role": "mentor", "person_id": "rui"}, at=morning(days(4)))
    assert {one["person_id"]: one["late"] for one in await matching.ask(MANAGER, "GET", url)} == {"linh": False, "rui": True}


async def test_one_person_is_mentor_in_one_programme_and_protege_in_another(matching: Matching) -> None:
    for role in ("mentor", "protege"):
        await matching.take_part(await matching.programme(), {"linh": {"role": role}})
    assert {one["role"] for one in await matching.ask("linh", "GET", "/enrolments/mine")} == {"mentor", "protege"}


async def test_among_peers_everybody_enrols_as_a_peer(matching: Matching) -> None:
    programme_id = await matching.programme(form="peer")
    await matching.take_part(programme_id, {"linh": {"role": "peer"}})
    url = f"/programmes/{programme_id}/enrolments"
    await matching.know("rui")
    refused = await matching.try_("rui", "POST", url, {"role": "mentor"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "role")


# ---------------------------------------------------------------- the queue


async def test_everybody_who_waits_sees_their_place_and_why_and_nobody_elses(matching: Matching) -> None:
    programme_id = await matching.programme()
    enrolled = await matching.take_part(
        programme_id, {"linh": {"role": "protege"}, "amara": {"role": "protege"}, "rui": {"role": "mentor", "capacity": 1}}
    )

    async def standing(who: str) -> Any:
        return await matching.ask(who, "GET", f"/enrolments/{enrolled[who]}/standing")

    first, second = await standing("linh"), await standing("amara")
    assert (first["standing"]["place"], first["standing"]["waits_for"], first["of"]) == (1, "managers", 2)
    assert (second["standing"]["place"], second["standing"]["because"], second["standing"]["waits_for"]) == (2, "first_come", "free_place")
    assert (await standing("rui"))["standing"] is None
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", {"protege_id": "linh", "mentor_id": "rui"})
    assert (await standing("linh"))["standing"] is None, "who is asked does not wait"
    await matching.ask("rui", "POST", f"/proposals/{offered['proposal_id']}/decline", {})
    assert (await standing("linh"))["standing"]["because"] == "put_back"
    line = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/waiting-list")
    assert [one["person_id"] for one in line] == ["linh", "amara"]
    for path in (f"/enrolments/{enrolled['linh']}/standing", f"/programmes/{programme_id}/waiting-list"):
        assert (await matching.try_("amara", "GET", path)).status_code == 403


async def test_managers_are_told_each_week_how_many_wait_for_them(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, FOUR)
    await matching.know("late")
    await matching.ask("late", "POST", f"/programmes/{programme_id}/enrolments", {"role": "protege"})
    await partners(matching, programme_id)
    await matching.running.fire_timers(datetime.now(UTC) + timedelta(days=8))
    (told,) = await matching.running.published(ProgrammeReviewDue)
    assert (told.waiting_approval, told.waiting_partner) == (1, 1)


# ---------------------------------------------------------------- standing aside


async def test_who_pauses_is_not_matched_until_the_day_has_come(matching: Matching) -> None:
    programme_id = await matching.programme()
    enrolled = await matching.take_part(programme_id, FOUR)
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", {"protege_id": "linh", "mentor_id": "rui"})
    await matching.ask("rui", "POST", f"/enrolments/{enrolled['rui']}/pause", {"until": days(30)})
    await matching.running.fire_timers(datetime.now(UTC))
    assert (await matching.ask("linh", "GET", f"/proposals/{offered['proposal_id']}"))["state"] == "withdrawn"
    run = await matching.draft(programme_id)
    assert {pair["mentor_id"] for pair in run["pairs"]} == {"deborah"}
    mine = (await matching.ask("rui", "GET", "/enrolments/mine"))[0]
    assert (mine["state"], mine["paused_until"], mine["free_places"]) == ("paused", days(30), 0)
    await matching.running.fire_timers(morning(days(29)))
    assert (await matching.ask("rui", "GET", "/enrolments/mine"))[0]["state"] == "paused"
    await matching.running.fire_timers(morning(days(30)))
    assert (await matching.ask("rui", "GET", "/enrolments/mine"))[0]["state"] == "approved"
    assert [event.by_id for event in await matching.running.published(EnrolmentResumed)] == [None]
    refused = await matching.try_("linh", "POST", f"/enrolments/{enrolled['rui']}/pause", {"until": days(30)})
    assert refused.json()["type"] == "/problems/not-your-enrolment"


async def test_places_can_be_fewer_than_are_taken_and_the_answer_says_what_that_means(matching: Matching) -> None:
    programme_id = await matching.programme(largest_capacity=4)
    enrolled = await matching.take_part(programme_id, {**FOUR, "rui": {"role": "mentor", "capacity": 2}})
    for protege in ("linh", "amara"):
        await partners(matching, programme_id, protege)
    url = f"/enrolments/{enrolled['rui']}/capacity"
    answer = await matching.ask("rui", "PUT", url, {"capacity": 1})
    assert (answer["free_places"], answer["detail"]) == (0, "2 partnerships go on. Nobody new is proposed before 2 of them have ended.")
    assert (await matching.ask("rui", "PUT", url, {"capacity": 4}))["detail"] == "2 of 4 places are taken."
    for capacity in (-1, 0, 5):
        refused = await matching.try_("rui", "PUT", url, {"capacity": capacity})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "capacity")
    assert (await matching.ask("rui", "GET", "/enrolments/mine"))[0]["capacity"] == 4


async def test_who_sits_out_says_so_and_can_change_their_mind(matching: Matching) -> None:
    programme_id = await matching.programme()
    enrolled = await matching.take_part(programme_id, TWO)
    url = f"/enrolments/{enrolled['linh']}"
    await matching.ask("linh", "POST", f"{url}/sit-out")
    assert (await matching.ask("linh", "GET", url))["sits_out"]
    assert (await matching.draft(programme_id))["pairs"] == []
    await matching.ask("linh", "DELETE", f"{url}/sit-out")
    assert len((await matching.draft(programme_id))["pairs"]) == 1
    assert not (await matching.ask("linh", "GET", url))["sits_out"]


# ---------------------------------------------------------------- the life of a partnership


async def test_a_partnership_pauses_goes_on_and_ends_with_words_for_managers_only(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/auditors", {"person_id": MANAGER})
    url = f"/partnerships/{await partners(matching, programme_id)}"
    await matching.ask("rui", "POST", f"{url}/pause", {"until": days(20)})
    assert (await matching.ask("linh", "GET", url))["paused_until"] == days(20)
    await matching.running.fire_timers(morning(days(20)))
    assert (await matching.ask("linh", "GET", url))["state"] == "running"
    assert [event.by_id for event in await matching.running.published(PartnershipPaused)] == ["rui"]
    assert [event.by_id for event in await matching.running.published(PartnershipResumed)] == [None]
    assert (await matching.try_("linh", "POST", f"{url}/resume")).json()["type"] == "/problems/partnership-not-paused"

    await matching.know("ada")
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/auditors", {"person_id": "ada"})
    await matching.ask("linh", "POST", f"{url}/end", {"reason": "no_time", "rematch": False, "words": "Secret: he never came."})
    told = (await matching.running.published(PartnershipEnded))[0]
    assert "Secret" not in told.model_dump_json()
    assert "Secret" in str(await matching.ask(MANAGER, "GET", url))
    for who, path in (("rui", url), ("linh", url), ("ada", f"/programmes/{programme_id}/partnerships"), ("rui", "/partnerships/mine")):
        assert "Secret" not in str(await matching.ask(who, "GET", path)), who
    assert (await matching.ask("linh", "GET", "/enrolments/mine"))[0]["state"] == "withdrawn"
    assert "Secret" not in str([row async for row in matching.service.database.outbox.find()])


async def test_a_leaver_ends_it_for_both_and_the_partner_is_first_in_the_queue(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, {**FOUR, "rui": {"role": "mentor", "capacity": 2}})
    for protege in ("linh", "amara"):
        await partners(matching, programme_id, protege)
    await matching.know("rui", active=False)
    await matching.running.fire_timers(datetime.now(UTC))
    ended = await matching.running.published(PartnershipEnded)
    assert {(event.protege_id, event.reason) for event in ended} == {("linh", "left"), ("amara", "left")}
    line = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/waiting-list")
    assert {(one["person_id"], one["because"]) for one in line} == {("linh", "put_back"), ("amara", "put_back")}
    assert [one["state"] for one in await matching.ask("rui", "GET", "/enrolments/mine")] == ["withdrawn"]


async def test_a_partnership_is_complete_some_time_after_its_last_day(matching: Matching) -> None:
    programme_id = await matching.programme(partnership_weeks=4)
    await matching.take_part(programme_id, TWO)
    url = f"/partnerships/{await partners(matching, programme_id)}"
    assert (await matching.ask("linh", "GET", url))["ends_on"] == days(28)
    await matching.ask("linh", "POST", f"{url}/prolong", {"ends_on": days(35)})
    earlier = await matching.try_("rui", "POST", f"{url}/prolong", {"ends_on": days(28)})
    assert (earlier.status_code, earlier.json()["errors"][0]["field"]) == (422, "ends_on")
    await matching.running.fire_timers(morning(days(49)))
    assert (await matching.ask("linh", "GET", url))["state"] == "running"
    await matching.running.fire_timers(morning(days(50)))
    assert (await matching.ask("linh", "GET", url))["reason"] == "completed"
    await matching.ask("linh", "POST", f"/programmes/{programme_id}/enrolments", {"role": "protege"})


async def test_a_programme_closes_by_itself_and_then_nobody_waits(matching: Matching) -> None:
    programme_id = await matching.programme(starts_on=days(-10), ends_on=days(10))
    await matching.take_part(programme_id, FOUR)
    partnership_id = await partners(matching, programme_id)
    await matching.know("asks")
    await matching.ask("asks", "POST", f"/programmes/{programme_id}/enrolments", {"role": "protege"})
    await matching.running.fire_timers(morning(days(11)))
    assert len(await matching.running.published(ProgrammeClosed)) == 1
    states = {one["person_id"]: one["state"] for one in await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/enrolments")}
    assert states == {"linh": "approved", "rui": "approved", "amara": "ended", "deborah": "ended", "asks": "declined"}
    await matching.ask("linh", "POST", f"/partnerships/{partnership_id}/end", {"reason": "not_working"})
    assert {event.person_id for event in await matching.running.published(EnrolmentEnded)} == {"amara", "deborah", "linh", "rui"}
    assert await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/waiting-list") == []


# ---------------------------------------------------------------- who may see and change it


async def test_an_auditor_sees_a_programme_and_changes_nothing(matching: Matching) -> None:
    programme_id = await matching.programme()
    enrolled = await matching.take_part(programme_id, TWO)
    await matching.know("ada")
    url = f"/programmes/{programme_id}"
    await matching.ask(MANAGER, "POST", f"{url}/auditors", {"person_id": "ada"})
    assert (await matching.ask("ada", "GET", url))["is_auditor"]
    for path in ("/summary", "/enrolments", "/waiting-list", "/partnerships"):
        await matching.ask("ada", "GET", f"{url}{path}")
    for method, path in (("POST", f"{url}/close"), ("POST", f"{url}/auditors"), ("POST", f"/enrolments/{enrolled['linh']}/withdraw")):
        assert (await matching.try_("ada", method, path, {"person_id": "linh"})).status_code == 403
    await matching.ask(MANAGER, "DELETE", f"{url}/auditors/ada")
    assert (await matching.try_("ada", "GET", f"{url}/summary")).status_code == 403


async def test_a_programme_is_never_without_a_manager(matching: Matching) -> None:
    programme_id = await matching.programme()
    url = f"/programmes/{programme_id}/managers"
    last = await matching.try_(MANAGER, "DELETE", f"{url}/{MANAGER}")
    assert (last.status_code, last.json()["type"]) == (409, "/problems/last-manager")
    await matching.know("sofie")
    await matching.ask(MANAGER, "POST", url, {"person_id": "sofie"})
    await matching.ask(MANAGER, "DELETE", f"{url}/{MANAGER}")
    assert (await matching.try_(MANAGER, "POST", url, {"person_id": MANAGER})).status_code == 403
    await matching.ask("root", "POST", url, {"person_id": MANAGER}, roles=("administrator",))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "always_open"}, "ends_on"),
        ({"ends_on": None}, "ends_on"),
        ({"matching_on": "2027-11-01"}, "ends_on"),
        ({"default_capacity": 3, "largest_capacity": 2}, "default_capacity"),
        ({"form": "square"}, "form"),
        ({"enrolment": {"only": [{"field": "shoe_size"}]}}, "enrolment.only.0.field"),
        ({"enrolment": {"only": [{"field": "level", "at_least": "high"}]}}, "enrolment.only.0.at_least"),
        ({"called": {"boss": "coach"}}, "called.boss"),
    ],
)
async def test_settings_that_make_no_sense_are_refused_with_the_field(matching: Matching, change: dict[str, Any], field: str) -> None:
    programme_id = await matching.programme()
    before = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}")
    terms = {name: before[name] for name in ("name", "starts_on", "ends_on")}
    answer = await matching.try_(MANAGER, "PUT", f"/programmes/{programme_id}", {**terms, **change})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}") == before


async def test_who_sits_out_is_left_out_of_one_run_and_in_the_next_one(matching: Matching) -> None:
    programme_id = await matching.programme()
    enrolled = await matching.take_part(programme_id, FOUR)
    draft = await matching.draft(programme_id)
    await matching.ask("linh", "POST", f"/enrolments/{enrolled['linh']}/sit-out")
    outdated = await matching.try_(MANAGER, "POST", f"/runs/{draft['run_id']}/publish")
    assert outdated.json()["type"] == "/problems/draft-outdated", "who is in it has said meanwhile not to be"
    without = await matching.draft(programme_id)
    assert {pair["protege_id"] for pair in without["pairs"]} == {"amara"}
    await matching.ask(MANAGER, "POST", f"/runs/{without['run_id']}/publish")
    assert not (await matching.ask("linh", "GET", f"/enrolments/{enrolled['linh']}"))["sits_out"]
    assert {pair["protege_id"] for pair in (await matching.draft(programme_id))["pairs"]} == {"linh"}


async def test_a_free_place_is_offered_to_the_first_in_the_queue_and_a_late_joiner_waits_behind(matching: Matching) -> None:
    programme_id = await matching.programme(free_places="offered", enrolment={"closes_on": days(-1)})
    await matching.know("amara", "linh", "rui")
    url = f"/programmes/{programme_id}/enrolments"
    for person_id, role, on in (("linh", "protege", days(-1)), ("amara", "protege", days(0)), ("rui", "mentor", days(-1))):
        places = {"capacity": 1} if role == "mentor" else {}
        await matching.ask(person_id, "POST", url, {"role": role, **places}, at=morning(on))
    await matching.ask(MANAGER, "POST", f"{url}/approve-all")
    line = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/waiting-list")
    assert [(one["person_id"], one["because"], one["waits_for"]) for one in line] == [
        ("linh", "first_come", "offer"),
        ("amara", "late", "free_place"),
    ]
    await matching.running.fire_timers(datetime.now(UTC))
    assert [one["state"] for one in await matching.ask("linh", "GET", "/proposals/mine")] == ["open"]
    assert await matching.ask("amara", "GET", "/proposals/mine") == []
