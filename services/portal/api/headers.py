"""What browsers are told about every answer: load nothing from elsewhere, run nothing of anybody's, keep nothing private."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.api.errors import error_page, wants_page
from shared.problems import LARGEST_BODY, TooLarge, problem_of

_DOCS: Final = "/docs"
_INLINE_SCRIPT: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class Headers:
    """Middleware around everything. `provider` is the origin of the identity provider, where the sign-out form ends up."""

    def __init__(self, app: ASGIApp, provider: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                f"form-action 'self' {provider}; frame-ancestors 'none'; base-uri 'none'"
            ),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started: list[Message] = []

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(MutableHeaders(scope=message))
                if scope["path"] == _DOCS:
                    started.append(message)
                    return
            elif started:
                head = started.pop()
                _allow_scripts_of(message["body"], MutableHeaders(scope=head))
                await send(head)
            await send(message)

        request = Request(scope)
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > LARGEST_BODY and wants_page(request):
            response = await error_page(request, problem_of(TooLarge(f"At most {LARGEST_BODY // 1_000_000} MB can be sent at a time.")))
            await response(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _complete(self, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")


def _allow_scripts_of(page: bytes, headers: MutableHeaders) -> None:
    """The page of the API's documentation starts itself with a script inside it: exactly that one may run."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in _INLINE_SCRIPT.findall(page))
    policy = headers["Content-Security-Policy"]
    headers["Content-Security-Policy"] = policy.replace("script-src 'self'", f"script-src 'self' {hashes}")
