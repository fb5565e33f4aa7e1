"""Wires the goals service together; the only module that does."""

from collections.abc import Callable, Mapping

from fastapi import FastAPI

from services.goals.api import ROUTERS
from services.goals.consumers import reactions
from services.goals.handlers import Charters, Feedbacks, Goals, Meetings, Partnerships
from services.goals.settings import Settings
from services.goals.store import INDEXES, MongoCharters, MongoFeedbacks, MongoGoals, MongoMeetings, MongoPartnerships
from shared.service import build
from shared.unit import Unit

STORES: Mapping[type, Callable[[Unit], object]] = {
    Charters: MongoCharters,
    Feedbacks: MongoFeedbacks,
    Goals: MongoGoals,
    Meetings: MongoMeetings,
    Partnerships: MongoPartnerships,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, ready to be served."""
    return build(
        settings=settings or Settings(),
        reactions=reactions,
        title="Tandem goals",
        description="Charters, goals with their steps and progress, feedback after meetings, and the health of each pair.",
        routers=ROUTERS,
        indexes=INDEXES,
        stores=STORES,
    )
