"""Matching over HTTP."""

from services.matching.api import enrolments, programmes, proposals, requests, runs, tasks

ROUTERS = (programmes.router, enrolments.router, *runs.ROUTERS, proposals.router, requests.router, tasks.router)
