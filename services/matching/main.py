"""The matching service, wired together."""

from collections.abc import Callable

from fastapi import FastAPI

from services.matching.api import ROUTERS
from services.matching.consumers import WhatIfs, reactions, work_on_runs
from services.matching.handlers.cohort import Surveys
from services.matching.handlers.partnering import Partnering
from services.matching.handlers.stores import Enrolments, Meanings, Partnerships, People, Programmes, Proposals, Requests, Runs
from services.matching.settings import Settings
from services.matching.store import (
    INDEXES,
    MongoEnrolments,
    MongoMeanings,
    MongoPartnerships,
    MongoPeople,
    MongoProgrammes,
    MongoProposals,
    MongoRequests,
    MongoRuns,
    Pools,
    partnering,
    surveys,
)
from shared.service import build
from shared.unit import Unit

STORES: dict[type, Callable[[Unit], object]] = {
    Programmes: MongoProgrammes,
    Enrolments: MongoEnrolments,
    Runs: MongoRuns,
    Proposals: MongoProposals,
    Requests: MongoRequests,
    Partnerships: MongoPartnerships,
    People: MongoPeople,
    Meanings: MongoMeanings,
    Surveys: surveys,
    Partnering: partnering,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment unless given."""
    pools, what_ifs = Pools(), WhatIfs()
    app = build(
        settings=settings or Settings(),
        reactions=reactions,
        title="Tandem matching",
        description="Programmes, enrolments, match runs, proposals, requests and partnerships.",
        routers=ROUTERS,
        indexes=INDEXES,
        stores=STORES,
        workers=[work_on_runs, pools.watch_changes, pools.refresh_pools, what_ifs.end_idle],
    )
    app.state.pools = pools
    app.state.what_ifs = what_ifs
    return app
