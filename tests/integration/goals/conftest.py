"""A goals service on a real MongoDB, with a pair and a programme it has heard of."""

from typing import Any

import pytest

from services.goals.main import create_app
from services.goals.settings import Settings
from shared.aggregate import new_id
from shared.contracts.matching import ProgrammeOpened
from tests.integration.goals.setting import START, Goals, Pair
from tests.support.service import RunningService, Start


@pytest.fixture
async def goals(running_service: Start) -> Goals:
    running: RunningService = await running_service(create_app, Settings)
    pair = Pair(new_id(), new_id(), "ines", "deborah")
    programme = ProgrammeOpened(
        programme_id=pair.programme_id, name="Leaders", starts_on=START.date(), ends_on=START.date(), manager_ids=("sofie",), at=START
    )
    await running.hear(programme, pair.started())
    return Goals(running, pair, "sofie")


@pytest.fixture
def charter() -> dict[str, Any]:
    """A charter as a page sends it."""
    return {
        "needs": {"protege_needs": "Run a review on my own", "mentor_offers": "Stories", "success": "One review led"},
        "trust": {"openness": "We say what did not work", "when_stuck": "We call"},
        "ground_rules": {
            "cadence_weeks": 3,
            "minutes": 45,
            "agenda_style": "questions",
            "confidentiality": "between_us",
            "between_meetings": "A note",
            "cancel_notice_hours": 24,
        },
    }


@pytest.fixture
def goal() -> dict[str, Any]:
    """A goal as a page sends it."""
    return {
        "title": "Run the spring capacity review on my own",
        "why": "It is the part of the work I want to do next year",
        "measure": "All seven plants send their numbers the week before",
        "due_on": "2026-09-01",
        "kind": "current_role",
        "area": "work",
    }
