"""The portal over HTTP: pages for people in a browser, and JSON for programs.

Each module of this package that has routes exposes them as `router` and is named here, in the order in which they are asked.
"""

from fastapi import APIRouter

from services.portal.api import people, sign_in, static, tokens

ROUTERS: tuple[APIRouter, ...] = (
    static.router,
    sign_in.router,
    tokens.router,
    people.router,
)
