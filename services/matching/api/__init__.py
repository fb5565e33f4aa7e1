"""Matching over HTTP."""

from services.matching.api import enrolments, programmes, proposals, runs

ROUTERS = (programmes.router, enrolments.router, runs.router, proposals.router)
