"""What browsers are told about every answer: load nothing from elsewhere, run nothing of anybody's, keep nothing private."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.api.errors import error_page, wants_page
from shared.problems import LARGEST_BODY, TooLarge, problem_of

_OFFLINE_DOCS: Final = ("/docs", "/static-offline-docs")


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

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(scope["path"], MutableHeaders(scope=message))
            await send(message)

        request = Request(scope)
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > LARGEST_BODY and wants_page(request):
            response = await error_page(request, problem_of(TooLarge(f"At most {LARGEST_BODY // 1_000_000} MB can be sent at a time.")))
            await response(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    def _complete(self, path: str, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if path.startswith(_OFFLINE_DOCS):
            # Swagger's own page starts itself with a script in the page; it shows no data of anybody.
            headers["Content-Security-Policy"] = headers["Content-Security-Policy"].replace("-src 'self'", "-src 'self' 'unsafe-inline'")
        headers.setdefault("Cache-Control", "no-store")
