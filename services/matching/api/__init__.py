"""Matching over HTTP."""

from services.matching.api import enrolments, participation, partnerships, programmes, proposals, requests, runs, tasks

ROUTERS = (
    programmes.router,
    enrolments.router,
    participation.router,
    *runs.ROUTERS,
    proposals.router,
    requests.router,
    tasks.router,
    partnerships.router,
)
