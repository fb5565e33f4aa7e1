from datetime import timedelta
from typing import Any

import pytest
import structlog
from bson import encode

from tests.integration.goals.setting import START, Goals

SECRET = "zwielicht"
"""A word nobody else writes."""

PLANTED: dict[str, dict[str, Any]] = {
    "needs": {"protege_needs": f"{SECRET} needs", "mentor_offers": f"{SECRET} offers", "success": f"{SECRET} success"},
    "trust": {"openness": f"{SECRET} openness", "when_stuck": f"{SECRET} stuck"},
    "ground_rules": {
        "cadence_weeks": 3,
        "minutes": 45,
        "agenda_style": "questions",
        "confidentiality": "between_us",
        "between_meetings": f"{SECRET} between",
    },
}
GOAL = {"title": f"Better {SECRET} title", "why": f"{SECRET} why", "measure": f"{SECRET} measure"}


async def test_no_private_word_leaves_in_an_event_a_log_or_a_managers_page(
    goals: Goals, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as logs:
        of_pair = goals.pair.partnership_id
        booked, ended = goals.pair.met(START + timedelta(days=1))
        await goals.running.hear(booked, ended)
        answers = [await goals.protege("POST", f"/charters/{of_pair}/propose", PLANTED)]
        answers.append(await goals.mentor("POST", f"/charters/{of_pair}/sign", {"version": 1}))
        answers.append(await goals.protege("POST", "/goals/check", GOAL))
        answers.append(await goals.protege("POST", f"/partnerships/{of_pair}/goals", GOAL))
        path = f"/goals/{answers[-1].json()['goal_id']}"
        answers.append(await goals.protege("PUT", path, {**GOAL, "title": f"{SECRET} new title", "reason": f"{SECRET} reason"}))
        answers.append(await goals.protege("POST", f"{path}/steps", {"text": f"{SECRET} step"}))
        answers.append(await goals.protege("POST", f"{path}/progress", {"percent": 5, "state": "blocked", "confidence": 1}))
        taps = {"worth_it": False, "did_as_agreed": False, "line": f"{SECRET} line"}
        answers.extend([await ask("POST", f"/meetings/{booked.subject}/feedback", taps) for ask in (goals.protege, goals.mentor)])
        assert all(answer.is_success for answer in answers)

        wrong = {**PLANTED, "ground_rules": {**PLANTED["ground_rules"], "minutes": f"{SECRET} minutes"}}
        refused = await goals.protege("POST", f"/charters/{of_pair}/propose", wrong)
        closed = [
            refused,
            await goals.stranger("GET", path),
            await goals.mentor("POST", f"{path}/close", {"outcome": SECRET}),
            await goals.protege("POST", f"/meetings/{booked.subject}/feedback", taps),
            await goals.manager("GET", f"/programmes/{goals.pair.programme_id}/health"),
        ]
        assert all(SECRET not in answer.text for answer in closed)

    outbox = [row async for row in goals.running.service.database.outbox.find()]
    assert outbox
    assert all(SECRET.encode() not in encode(row) for row in outbox)
    output = capsys.readouterr()
    assert SECRET not in f"{output.out} {output.err} {caplog.text} {logs}"
    assert any(line["event"] == "answered" for line in logs)


async def test_a_goal_that_cannot_be_read_from_its_document_does_not_spill_it(goals: Goals) -> None:
    """Nothing is raised to the server either, which would write it into its own log."""
    written = await goals.protege("POST", f"/partnerships/{goals.pair.partnership_id}/goals", GOAL)
    path = f"/goals/{written.json()['goal_id']}"
    await goals.running.service.database.goals.update_one({}, {"$set": {"steps": f"{SECRET} spoiled"}})
    with structlog.testing.capture_logs() as logs:
        failed = await goals.protege("GET", path)
    assert failed.status_code == 500
    assert any(line["event"] == "a request failed" for line in logs)
    assert SECRET not in f"{failed.text} {logs}"
