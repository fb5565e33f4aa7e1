"""What can be seen of a running service: for each request what it was about and how it went."""

import time

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.aggregate import new_id
from shared.logs import ID, configure_logs
from shared.tracing import span, tell

__all__ = ["Observed", "configure_logs"]

requests = Histogram("tandem_request_seconds", "Time to answer a request.", ["method", "route", "status"])
log = structlog.get_logger()

LONGEST_ID = 64
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = ("/health", "/metrics", "/static")


class Observed:
    """Middleware: a correlation id for whatever follows from a request, and one line about how it went."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(QUIET):
            await self._observe(scope, receive, send)
        else:
            with span("request", parent=_header(scope, b"traceparent"), kind="SERVER"):
                await self._observe(scope, receive, send)

    async def _observe(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = _header(scope, b"x-correlation-id")
        correlation_id = given if ID.fullmatch(given) and len(given) <= LONGEST_ID else new_id()
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        began, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-correlation-id", correlation_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._report(scope, status, time.perf_counter() - began)

    @staticmethod
    def _report(scope: Scope, status: int, took: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        requests.labels(method, route, status).observe(took)
        if not scope["path"].startswith(QUIET):
            tell(f"{method} {route}", method=method, route=route, status=status)
            log.info("answered", method=method, route=route, status=status, milliseconds=round(took * 1000))


def _header(scope: Scope, name: bytes) -> str:
    """A header of the request; empty when there is none."""
    return str(dict(scope["headers"]).get(name, b"").decode("ascii", "ignore"))
