"""From enrolment to partnership over HTTP, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.matching import (
    EnrolmentApproved,
    MatchPublished,
    MatchPublishingUndone,
    MatchRunFinished,
    PartnershipEnded,
    PartnershipStarted,
    ProgrammeOpened,
    ProposalAccepted,
    ProposalDeclined,
    ProposalExpired,
    ProposalMade,
    ProposalWithdrawn,
)
from tests.integration.matching.conftest import MANAGER, Matching

FOUR: dict[str, dict[str, Any]] = {
    "linh": {"role": "protege", "needs": ["Public speaking"], "goals": ["next role"]},
    "amara": {"role": "protege", "needs": ["Finance"]},
    "deborah": {"role": "mentor", "strengths": ["presentation skills"], "capacity": 1},
    "rui": {"role": "mentor", "strengths": ["budgets"], "capacity": 1},
}


def pairs_of(run: dict[str, Any]) -> dict[str, str]:
    return {pair["protege_id"]: pair["mentor_id"] for pair in run["pairs"]}


async def test_people_enrol_are_matched_answer_and_become_partners(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, FOUR)
    run = await matching.draft(programme_id)

    assert run["state"] == "draft"
    assert pairs_of(run) == {"linh": "deborah", "amara": "rui"}
    assert all(sum(pair["shares"].values()) == pair["points"] for pair in run["pairs"])
    assert run["pairs"][1]["reasons"]["needs"] == ["Public speaking · presentation skills"]
    assert run["total_points"] == run["best_possible"] == sum(pair["points"] for pair in run["pairs"])
    assert run["coverage"] == {"paired": 2, "proteges": 2}

    assert await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish") == {"proposals": 2}
    asked = (await matching.ask("linh", "GET", "/proposals/mine"))[0]
    assert (asked["my_role"], asked["my_answer"], asked["other_answered"]) == ("protege", None, False)
    assert "points" not in asked
    assert (await matching.ask("deborah", "POST", f"/proposals/{asked['proposal_id']}/accept"))["partnership_id"] is None
    started = await matching.ask("linh", "POST", f"/proposals/{asked['proposal_id']}/accept")
    again = await matching.ask("linh", "POST", f"/proposals/{asked['proposal_id']}/accept")
    assert again["partnership_id"] is None

    partnership = (await matching.ask("deborah", "GET", "/partnerships/mine"))[0]
    assert (partnership["partnership_id"], partnership["state"]) == (started["partnership_id"], "running")
    summary = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary")
    assert (summary["partnerships_running"], summary["proposals_open"], summary["places"]) == (1, 1, 2)
    told = matching.running.published
    assert len(await told(ProgrammeOpened)) == len(await told(MatchRunFinished)) == len(await told(MatchPublished)) == 1
    assert len(await told(EnrolmentApproved)) == 4
    assert [event.by_id for event in await told(ProposalAccepted)] == ["deborah", "linh"]
    assert [(event.protege_id, event.mentor_id) for event in await told(PartnershipStarted)] == [("linh", "deborah")]


async def test_a_decline_frees_the_place_and_puts_the_other_first_without_telling_why(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, FOUR)
    run = await matching.draft(programme_id)
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    asked = (await matching.ask("deborah", "GET", "/proposals/mine"))[0]["proposal_id"]
    await matching.ask("deborah", "POST", f"/proposals/{asked}/decline", {"reason": "Secret: we do not get on."})

    assert (await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary"))["waiting"] == ["linh"]
    seen_by_linh = await matching.ask("linh", "GET", f"/proposals/{asked}")
    assert (seen_by_linh["state"], seen_by_linh["other_answered"]) == ("declined", True)
    assert "Secret" not in str(seen_by_linh)
    managed = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals")
    assert [one["decline_reason"] for one in managed if one["state"] == "declined"] == ["Secret: we do not get on."]
    refused = await matching.try_("root", "GET", f"/proposals/{asked}", roles=("administrator",))
    assert (refused.status_code, "Secret" in refused.text) == (403, False)
    assert "Secret" not in str(await matching.running.published(ProposalDeclined))
    outbox = [row async for row in matching.service.database.outbox.find()]
    assert "Secret" not in str(outbox)

    second = await matching.draft(programme_id)
    assert pairs_of(second) == {}
    assert second["left_out"][0]["rules"] == {"declined_before": 1}


async def test_whoever_waits_first_in_the_queue_is_matched_first_when_places_are_short(matching: Matching) -> None:
    programme_id = await matching.programme()
    people: dict[str, dict[str, Any]] = {
        "linh": {"role": "protege", "needs": ["chess"]},
        "deborah": {"role": "mentor", "strengths": ["finance"], "capacity": 1},
    }
    await matching.take_part(programme_id, people)
    run = await matching.draft(programme_id)
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    asked = (await matching.ask("deborah", "GET", "/proposals/mine"))[0]["proposal_id"]
    await matching.ask("deborah", "POST", f"/proposals/{asked}/decline", {})
    later: dict[str, dict[str, Any]] = {
        "amara": {"role": "protege", "needs": ["finance"]},
        "rui": {"role": "mentor", "strengths": ["finance"], "capacity": 1},
    }
    await matching.take_part(programme_id, later)
    enrolments = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/enrolments?role=mentor")
    deborah = next(one for one in enrolments if one["person_id"] == "deborah")
    await matching.ask("deborah", "POST", f"/enrolments/{deborah['enrolment_id']}/withdraw")

    assert pairs_of(await matching.draft(programme_id)) == {"linh": "rui"}


async def test_a_manager_locks_forbids_changes_runs_again_and_sees_the_difference(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, FOUR)
    run = await matching.draft(programme_id)
    url = f"/runs/{run['run_id']}"
    await matching.ask(MANAGER, "POST", f"{url}/forbid", {"protege_id": "linh", "mentor_id": "deborah"})
    changed = await matching.ask(MANAGER, "GET", url)
    assert pairs_of(changed) == {"amara": "rui"}
    assert [(one["person_id"], one["reason"]) for one in changed["left_out"]] == [("linh", "by_hand")]

    refused = await matching.try_(MANAGER, "POST", f"{url}/pair", {"protege_id": "linh", "mentor_id": "deborah"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/hard-rule-broken")
    assert "forbidden" in refused.json()["detail"]
    full = await matching.try_(MANAGER, "POST", f"{url}/pair", {"protege_id": "linh", "mentor_id": "rui"})
    assert full.json()["type"] == "/problems/mentor-full"

    await matching.ask(MANAGER, "POST", f"{url}/pair", {"protege_id": "amara", "mentor_id": "deborah"})
    await matching.ask(MANAGER, "POST", f"{url}/lock", {"protege_id": "amara", "mentor_id": "deborah"})
    second = await matching.draft(programme_id)
    assert pairs_of(second) == {"amara": "deborah", "linh": "rui"}
    assert second["difference"] == {"added": [["linh", "rui"]], "removed": [["linh", "deborah"]], "kept": 1}
    assert [pair["locked"] for pair in second["pairs"]] == [True, False]
    assert second["forbidden"] == [["linh", "deborah"]]

    candidates = await matching.ask(MANAGER, "GET", f"/runs/{second['run_id']}/candidates?protege_id=linh")
    assert [(one["mentor_id"], one["broken_rules"], one["free_places"]) for one in candidates] == [
        ("rui", [], 0),
        ("deborah", ["forbidden"], 0),
    ]
    assert all(sum(one["shares"].values()) == one["points"] for one in candidates)

    await matching.ask(MANAGER, "POST", f"/runs/{second['run_id']}/publish")
    assert (await matching.ask(MANAGER, "GET", url))["state"] == "superseded"
    stale = await matching.try_(MANAGER, "POST", f"{url}/publish")
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/run-not-draft")


async def test_publishing_can_be_undone_until_the_first_answer(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, FOUR)
    run = await matching.draft(programme_id)
    url = f"/runs/{run['run_id']}"
    await matching.ask(MANAGER, "POST", f"{url}/publish")
    await matching.ask(MANAGER, "POST", f"{url}/undo")
    assert (await matching.ask(MANAGER, "GET", url))["state"] == "undone"
    assert {one["state"] for one in await matching.ask("linh", "GET", "/proposals/mine")} == {"withdrawn"}
    assert len(await matching.running.published(ProposalWithdrawn)) == 2
    assert len(await matching.running.published(MatchPublishingUndone)) == 1

    await matching.ask(MANAGER, "POST", f"{url}/publish")
    asked = next(one for one in await matching.ask("linh", "GET", "/proposals/mine") if one["state"] == "open")
    await matching.ask("linh", "POST", f"/proposals/{asked['proposal_id']}/accept")
    refused = await matching.try_(MANAGER, "POST", f"{url}/undo")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-answered")
    assert len(await matching.running.published(ProposalMade)) == 4


async def test_a_proposal_expires_at_its_deadline_and_whoever_said_yes_is_first_again(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, FOUR)
    run = await matching.draft(programme_id)
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    asked = (await matching.ask("amara", "GET", "/proposals/mine"))[0]
    await matching.ask("amara", "POST", f"/proposals/{asked['proposal_id']}/accept")
    now = datetime.now(UTC)
    await matching.running.fire_timers(now + timedelta(days=13))
    assert await matching.running.published(ProposalExpired) == []
    await matching.running.fire_timers(now + timedelta(days=15))
    assert len(await matching.running.published(ProposalExpired)) == 2
    assert (await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary"))["waiting"] == ["amara", "linh"]
    late = await matching.try_("rui", "POST", f"/proposals/{asked['proposal_id']}/accept")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/proposal-closed")


async def test_a_partnership_that_did_not_work_frees_both_and_they_are_not_paired_again(matching: Matching) -> None:
    programme_id = await matching.programme()
    people = {name: FOUR[name] for name in ("linh", "deborah")}
    await matching.take_part(programme_id, people)
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", {"protege_id": "linh", "mentor_id": "deborah"})
    await matching.ask("linh", "POST", f"/proposals/{offered['proposal_id']}/accept")
    started = await matching.ask("deborah", "POST", f"/proposals/{offered['proposal_id']}/accept")
    url = f"/partnerships/{started['partnership_id']}"
    stranger = await matching.try_("rui", "POST", f"{url}/end", {"reason": "left"})
    assert stranger.status_code == 403
    await matching.ask("linh", "POST", f"{url}/end", {"reason": "not_working"})
    assert (await matching.try_("linh", "POST", f"{url}/end", {"reason": "left"})).json()["type"] == "/problems/partnership-over"
    assert [event.reason for event in await matching.running.published(PartnershipEnded)] == ["not_working"]
    assert (await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary"))["waiting"] == ["linh"]
    refused = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/runs")
    assert (refused.json()["type"], "“already_partnered”" in refused.json()["detail"]) == ("/problems/rules-exclude-everybody", True)
