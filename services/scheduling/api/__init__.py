"""Scheduling over HTTP: requests to commands, queries to read models."""

from services.scheduling.api import (
    afterwards,
    agenda,
    availability,
    calendars,
    clouds,
    meetings,
    moving,
    notes,
    plans,
    policy,
    slots,
    video,
)

ROUTERS = (
    availability.router,
    policy.router,
    calendars.router,
    clouds.router,
    video.router,
    slots.router,
    meetings.router,
    moving.router,
    plans.router,
    afterwards.router,
    notes.router,
    agenda.router,
)
