"""The portal over HTTP: pages for people in a browser, and JSON for programs.

Each module of this package that has routes exposes them as `router` and is named here, in the order in which they are asked.
"""

from fastapi import APIRouter

from services.portal.api import (
    administration,
    afterwards,
    agendas,
    charters,
    demo,
    enrolment,
    enrolments,
    goals,
    health,
    held_forms,
    home,
    home_manager,
    imports,
    inbox,
    limits,
    live,
    managed_enrolments,
    managed_requests,
    match_runs,
    me,
    meetings,
    mentors,
    moving,
    offers,
    partnership_course,
    partnerships,
    people,
    programme_settings,
    programmes,
    proposals,
    queue,
    requests,
    settings_file,
    sign_in,
    static,
    style,
    times,
    tokens,
    undelivered,
)

PAGES = (
    static,
    sign_in,
    held_forms,
    live,
    home,
    home_manager,
    queue,
    settings_file,
    programme_settings,
    programmes,
    enrolments,
    managed_enrolments,
    match_runs,
    health,
    offers,
    managed_requests,
    imports,
    administration,
    undelivered,
    style,
    inbox,
    me,
    limits,
    enrolment,
    mentors,
    proposals,
    requests,
    agendas,
    charters,
    partnership_course,
    partnerships,
    times,
    meetings,
    moving,
    afterwards,
    goals,
)
_pages = APIRouter(include_in_schema=False)
for module in PAGES:
    _pages.include_router(module.router)

# The pages are for people, so only what programs may ask is in the OpenAPI document.
ROUTERS: tuple[APIRouter, ...] = (tokens.router, people.router, demo.router, _pages)
