"""Matching over HTTP."""

from services.matching.api import (
    ahead,
    enrolments,
    participation,
    partnerships,
    programmes,
    proposals,
    requests,
    runs,
    search,
    settings,
    tasks,
)

ROUTERS = (
    programmes.router,
    settings.router,
    ahead.router,
    enrolments.router,
    participation.router,
    *runs.ROUTERS,
    proposals.router,
    requests.router,
    search.router,
    tasks.router,
    partnerships.router,
)
