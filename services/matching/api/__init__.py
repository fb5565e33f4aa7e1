"""Matching over HTTP."""

from services.matching.api import ahead, enrolments, participation, partnerships, programmes, proposals, requests, runs, tasks

ROUTERS = (
    programmes.router,
    ahead.router,
    enrolments.router,
    participation.router,
    *runs.ROUTERS,
    proposals.router,
    requests.router,
    tasks.router,
    partnerships.router,
)
