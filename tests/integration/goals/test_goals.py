import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.goals import GoalClosed, GoalProgressed, GoalRevised, GoalWritten
from tests.integration.goals.setting import START, Goals

DAY = timedelta(days=1)


async def written(goals: Goals, goal: dict[str, Any], **changed: Any) -> str:
    answer = await goals.protege("POST", f"/partnerships/{goals.pair.partnership_id}/goals", {**goal, **changed})
    assert answer.status_code == 201
    return str(answer.json()["goal_id"])


async def test_the_life_of_a_goal(goals: Goals, goal: dict[str, Any]) -> None:
    goal_id = await written(goals, goal, title="Become lead engineer by summer")
    path = f"/goals/{goal_id}"
    first = (await goals.protege("GET", path)).json()
    assert [hint["code"] for hint in first["hints"]] == ["decided_by_others"]
    assert (first["shared"], first["percent"], first["state"], first["confidence"]) == (True, 0, "open", None)

    revised = {**goal, "reason": "The title was never the point"}
    assert (await goals.protege("PUT", path, revised, START + DAY)).status_code == 204
    step_id = (await goals.protege("POST", f"{path}/steps", {"text": "Ask Bao", "due_on": "2026-06-10"})).json()["step_id"]
    assert (await goals.protege("POST", f"{path}/steps/{step_id}/blocked", at=START + 2 * DAY)).status_code == 204
    assert (await goals.protege("POST", f"{path}/steps/{step_id}/reopen", at=START + 3 * DAY)).status_code == 204
    moved = {"text": "Ask Bao and Marek", "due_on": "2026-06-20"}
    assert (await goals.protege("PUT", f"{path}/steps/{step_id}", moved, START + 4 * DAY)).status_code == 204
    assert (await goals.protege("GET", path)).json()["next_step"] == {"step_id": step_id, **moved}
    assert (await goals.protege("POST", f"{path}/steps/{step_id}/done", at=START + 5 * DAY)).status_code == 204
    progress = {"percent": 60, "state": "slipped", "confidence": 4}
    assert (await goals.protege("POST", f"{path}/progress", progress, START + 6 * DAY)).status_code == 204
    assert (await goals.protege("POST", f"{path}/close", {"outcome": "reached"}, START + 90 * DAY)).status_code == 204

    last = (await goals.mentor("GET", path)).json()
    assert [(revision["title"], revision["reason"]) for revision in last["revisions"]] == [
        ("Become lead engineer by summer", ""),
        (goal["title"], "The title was never the point"),
    ]
    (step,) = last["steps"]
    assert (step["text"], step["due_on"], step["first_due_on"], step["state"]) == ("Ask Bao and Marek", "2026-06-20", "2026-06-10", "done")
    assert [change["state"] for change in step["changes"]] == ["open", "blocked", "open", "open", "done"]
    assert [(entry["percent"], entry["state"], entry["confidence"]) for entry in last["progress"]] == [(60, "slipped", 4)]
    assert (last["percent"], last["steps_done"], last["steps_total"], last["closed"]["outcome"]) == (60, 1, 1, "reached")
    assert (last["may_change"], last["hints"]) == (False, [])

    assert [event.shared for event in await goals.running.published(GoalWritten)] == [True]
    assert len(await goals.running.published(GoalRevised)) == 1
    assert [(event.percent, event.state) for event in await goals.running.published(GoalProgressed)] == [(60, "slipped")]
    assert [event.outcome for event in await goals.running.published(GoalClosed)] == ["reached"]


async def test_hints_are_given_while_writing_and_nothing_is_kept(goals: Goals) -> None:
    answer = await goals.protege("POST", "/goals/check", {"title": "Besser präsentieren", "why": "", "measure": "", "due_on": None})
    hints = answer.json()["hints"]
    assert [(hint["letter"], hint["word"], hint["code"], hint["parameters"]) for hint in hints] == [
        ("S", "specific", "vague_words", {"words": ["Besser"]}),
        ("M", "measurable", "measure_missing", {}),
        ("R", "relevant", "why_missing", {}),
        ("T", "time-bound", "due_missing", {}),
    ]
    assert all(hint["text"] and hint["example"] for hint in hints)
    assert (await goals.protege("POST", "/goals/check", {})).status_code == 200
    assert (await goals.protege("GET", "/goals/mine")).json() == []


async def test_the_mentor_sees_what_is_shared_and_only_as_long_as_it_is(goals: Goals, goal: dict[str, Any]) -> None:
    shared = await written(goals, goal)
    private = await written(goals, goal, area="family")
    of_pair = f"/partnerships/{goals.pair.partnership_id}/goals"
    assert [line["goal_id"] for line in (await goals.mentor("GET", of_pair)).json()] == [shared]
    assert [line["goal_id"] for line in (await goals.protege("GET", of_pair)).json()] == [shared, private]
    assert [line["goal_id"] for line in (await goals.protege("GET", "/goals/mine")).json()] == [shared, private]
    assert (await goals.mentor("GET", "/goals/mine")).json() == []
    refused = await goals.mentor("GET", f"/goals/{private}")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-shared-with-you")

    await goals.protege("POST", f"/goals/{private}/share", {"shared": True})
    assert (await goals.mentor("GET", f"/goals/{private}")).status_code == 200
    await goals.protege("POST", f"/goals/{private}/share", {"shared": False})
    assert (await goals.mentor("GET", f"/goals/{private}")).status_code == 403
    assert [event.shared for event in await goals.running.published(GoalRevised)] == [True, False]


CHANGES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("PUT", "", {"title": "Taken over by somebody", "reason": "Because"}),
    ("POST", "/steps", {"text": "Do as I say"}),
    ("PUT", "/steps/{step}", {"text": "Do as I say"}),
    ("POST", "/steps/{step}/done", None),
    ("POST", "/steps/{step}/blocked", None),
    ("POST", "/steps/{step}/reopen", None),
    ("POST", "/progress", {"percent": 100, "state": "open", "confidence": 5}),
    ("POST", "/share", {"shared": False}),
    ("POST", "/close", {"outcome": "let_go"}),
]


@pytest.mark.parametrize(("method", "end", "body"), CHANGES)
async def test_nobody_but_the_protege_changes_a_goal(
    goals: Goals, goal: dict[str, Any], method: str, end: str, body: dict[str, Any] | None
) -> None:
    goal_id = await written(goals, goal)
    step_id = (await goals.protege("POST", f"/goals/{goal_id}/steps", {"text": "Ask Bao"})).json()["step_id"]
    before = (await goals.protege("GET", f"/goals/{goal_id}")).json()
    for ask in (goals.mentor, goals.stranger, goals.manager):
        refused = await ask(method, f"/goals/{goal_id}{end.format(step=step_id)}", body)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/only-the-protege-may-change-a-goal")
        unknown = await ask(method, f"/goals/nowhere{end.format(step=step_id)}", body)
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/goal-not-found")
    assert (await goals.protege("GET", f"/goals/{goal_id}")).json() == before


async def test_a_mentor_writes_no_goals_and_a_stranger_reads_none(goals: Goals, goal: dict[str, Any]) -> None:
    of_pair = f"/partnerships/{goals.pair.partnership_id}/goals"
    refused = await goals.mentor("POST", of_pair, goal)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/only-the-protege-writes-goals")
    assert (await goals.stranger("POST", of_pair, goal)).json()["type"] == "/problems/not-your-partnership"
    assert (await goals.stranger("GET", of_pair)).status_code == 403
    assert (await goals.protege("GET", "/partnerships/nowhere/goals")).status_code == 404
    goal_id = await written(goals, goal)
    for ask in (goals.stranger, goals.manager):
        assert (await ask("GET", f"/goals/{goal_id}")).status_code == 403
    assert (await goals.protege("GET", "/goals/nowhere")).status_code == 404
    assert (await goals.protege("POST", f"/goals/{goal_id}/steps/nowhere/done")).json()["type"] == "/problems/step-not-found"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", None),
        ("title", "x" * 201),
        ("why", "x" * 5000),
        ("due_on", "2026-05-01"),
        ("due_on", "some day"),
        ("kind", "hobby"),
        ("area", "secret"),
        ("shared", "perhaps"),
    ],
)
async def test_a_wrong_goal_is_refused_by_its_field(goals: Goals, goal: dict[str, Any], field: str, value: object) -> None:
    refused = await goals.protege("POST", f"/partnerships/{goals.pair.partnership_id}/goals", {**goal, field: value})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert (await goals.protege("GET", "/goals/mine")).json() == []


@pytest.mark.parametrize(
    ("end", "body", "field"),
    [
        ("/steps", {"text": " "}, "text"),
        ("/steps", {"text": "Ask", "due_on": "2020-01-01"}, "due_on"),
        ("/progress", {"percent": 101, "state": "open", "confidence": 3}, "percent"),
        ("/progress", {"percent": 50, "state": "lost", "confidence": 3}, "state"),
        ("/progress", {"percent": 50, "state": "open", "confidence": 0}, "confidence"),
        ("/close", {"outcome": "failed"}, "outcome"),
        ("/share", {}, "shared"),
    ],
)
async def test_a_wrong_change_is_refused_by_its_field(
    goals: Goals, goal: dict[str, Any], end: str, body: dict[str, Any], field: str
) -> None:
    goal_id = await written(goals, goal)
    refused = await goals.protege("POST", f"/goals/{goal_id}{end}", body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_a_revision_without_a_reason_is_refused(goals: Goals, goal: dict[str, Any]) -> None:
    goal_id = await written(goals, goal)
    refused = await goals.protege("PUT", f"/goals/{goal_id}", {**goal, "title": "Something else entirely"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reason")


async def test_a_stale_form_does_not_overwrite_a_newer_revision(goals: Goals, goal: dict[str, Any]) -> None:
    path = f"/goals/{await written(goals, goal)}"
    seen = (await goals.protege("GET", path)).json()["revision"]
    newer = {**goal, "title": "Run the autumn review on my own", "reason": "Spring is too soon", "based_on": seen}
    assert (await goals.protege("PUT", path, newer)).status_code == 204
    refused = await goals.protege("PUT", path, {**goal, "title": "Run a review some day", "reason": "Hm", "based_on": seen})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/goal-has-changed")
    assert (await goals.protege("GET", path)).json()["title"] == newer["title"]
    stranger = await goals.mentor("PUT", path, {**goal, "reason": "Hm", "based_on": 7})
    assert stranger.status_code == 403


async def test_a_closed_goal_does_not_change(goals: Goals, goal: dict[str, Any]) -> None:
    goal_id = await written(goals, goal)
    await goals.protege("POST", f"/goals/{goal_id}/close", {"outcome": "let_go"})
    refused = await goals.protege("POST", f"/goals/{goal_id}/steps", {"text": "One more"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/goal-is-closed")


async def test_changes_at_once_are_all_kept(goals: Goals, goal: dict[str, Any]) -> None:
    goal_id = await written(goals, goal)
    answers = await asyncio.gather(*(goals.protege("POST", f"/goals/{goal_id}/steps", {"text": f"Step {n}"}) for n in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    steps = (await goals.protege("GET", f"/goals/{goal_id}")).json()["steps"]
    assert {step["text"] for step in steps} == {"Step 0", "Step 1", "Step 2", "Step 3"}
