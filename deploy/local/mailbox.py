"""The demo mailbox: takes every mail on a port of this machine, sends none on, and shows them on a page."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.letters import Letters
from deploy.local.pages import page, stylesheets

LARGEST_MAIL_BYTES = 10_000_000
_SHOWN = 200

# A mail is a stranger's page: no script, no form, nothing loaded from anywhere, an origin of its own.
_LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Catcher:
    """Keeps what arrives over SMTP."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self._letters.keep(content, datetime.now(UTC))
        return "250 Caught"


def create_app(letters: Letters) -> Starlette:
    """The pages for people and, below /api, the same for programs."""

    async def mailbox(request: Request) -> Response:
        wanted = request.query_params.get("q", "")
        return page("mailbox.html", letters=list(letters.newest(_SHOWN, wanted)), wanted=wanted)

    async def letter(request: Request) -> Response:
        found = letters.get(request.path_params["message_id"])
        return page("letter.html", letter=found) if found else page("no_letter.html", status=404)

    async def letter_html(request: Request) -> Response:
        found = letters.get(request.path_params["message_id"])
        headers = {"Content-Security-Policy": _LETTER_POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(found.part("text/html") if found else "", 200 if found else 404, headers, "text/html; charset=utf-8")

    async def messages(request: Request) -> Response:
        """Newest first. `?q=` keeps those whose recipients or subject contain it, `?limit=` says how many at most."""
        limit = request.query_params.get("limit", "")
        found = letters.newest(int(limit) if limit.isdecimal() else _SHOWN, request.query_params.get("q", ""))
        return JSONResponse([letter.summary() for letter in found])

    async def message(request: Request) -> Response:
        found = letters.get(request.path_params["message_id"])
        return JSONResponse(found.whole()) if found else JSONResponse({"title": "There is no such message."}, 404)

    return Starlette(
        routes=[
            Route("/", mailbox),
            Route("/messages/{message_id}", letter),
            Route("/messages/{message_id}/html", letter_html),
            Route("/api/messages", messages),
            Route("/api/messages/{message_id}", message),
            *stylesheets,
        ]
    )


@asynccontextmanager
async def smtp_server(letters: Letters, port: int) -> AsyncIterator[None]:
    """Take mail on this port for as long as the context is open."""
    catcher = Catcher(letters)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(catcher, data_size_limit=LARGEST_MAIL_BYTES, enable_SMTPUTF8=True, ident="Tandem's mailbox"), "127.0.0.1", port
    )
    async with server:
        yield


async def serve(port: int, smtp_port: int, directory: Path) -> None:
    """Run until told to stop."""
    letters = Letters(directory)
    config = uvicorn.Config(create_app(letters), host="127.0.0.1", port=port, access_log=False, log_level="warning")
    async with smtp_server(letters, smtp_port):
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(os.environ["MAILBOX_PORT"]), int(os.environ["MAILBOX_SMTP_PORT"]), Path(os.environ["MAILBOX_DIRECTORY"])))
