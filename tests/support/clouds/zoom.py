"""As much of Zoom as Tandem asks of it: tokens for the account, and the scheduled meetings of its users."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.scheduling.store.video import Zoom
from tests.support.serving import listening, serving

ACCOUNT, CLIENT, SECRET = "account", "client", "a secret of Zoom's"


class ZoomServer:
    """`users` have accounts; `next_answers` come before anything else."""

    def __init__(self) -> None:
        self.address = ""
        self.users = {"ines@example.org"}
        self.meetings: list[dict[str, Any]] = []
        self.next_answers: list[Response] = []
        self.tokens: set[str] = set()
        self.given = 0

    def provider(self, secret: str = SECRET) -> Zoom:
        return Zoom(account_id=ACCOUNT, client_id=CLIENT, client_secret=secret, login_url=self.address, api_url=f"{self.address}/v2")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        shown = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        wanted = {"grant_type": "account_credentials", "account_id": ACCOUNT}
        if request.headers.get("authorization") != f"Basic {shown}" or dict(form) != wanted:
            return JSONResponse({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, 400)
        token = secrets.token_hex(8)
        self.tokens.add(token)
        self.given += 1
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": 3600})

    async def of_a_user(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return JSONResponse({"code": 124, "message": "Invalid access token."}, 401)
        if self.next_answers:
            return self.next_answers.pop(0)
        user = request.path_params["user"]
        if user not in self.users:
            return JSONResponse({"code": 1001, "message": f"User does not exist: {user}."}, 404)
        if request.method == "GET":
            shown = [{name: one[name] for name in ("id", "topic", "agenda", "join_url")} for one in self.meetings if one["host"] == user]
            return JSONResponse({"page_size": 300, "meetings": shown})
        body = await request.json()
        assert (body["type"], body["timezone"]) == (2, "UTC")
        number = 80_000_000_000 + len(self.meetings)
        made = {
            "id": number,
            "host": user,
            "topic": body["topic"],
            "agenda": body["agenda"],
            "duration": body["duration"],
            "start_time": body["start_time"],
            "join_url": f"https://example.zoom.us/j/{number}?pwd={secrets.token_hex(8)}",
        }
        self.meetings.append(made)
        return JSONResponse({**made, "start_url": f"https://example.zoom.us/s/{number}?zak=host-only"}, 201)


@asynccontextmanager
async def zoom() -> AsyncIterator[ZoomServer]:
    """Zoom on loopback."""
    server = ZoomServer()
    routes = [
        Route("/oauth/token", server.token, methods=["POST"]),
        Route("/v2/users/{user}/meetings", server.of_a_user, methods=["GET", "POST"]),
    ]
    async with listening() as (listener, address):
        server.address = address
        async with serving(Starlette(routes=routes), listener):
            yield server
