"""The portal over HTTP: pages for people in a browser, and JSON for programs.

Each module of this package that has routes exposes them as `router` and is named here, in the order in which they are asked.
"""

from fastapi import APIRouter

from services.portal.api import demo, held_forms, live, people, sign_in, static, tokens

ROUTERS: tuple[APIRouter, ...] = (
    static.router,
    sign_in.router,
    held_forms.router,
    live.router,
    tokens.router,
    people.router,
    demo.router,
)
