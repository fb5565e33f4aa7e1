"""What can be seen of a running service: for each request what it was about and how it went."""

import time

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.aggregate import new_id
from shared.logs import ID, configure_logs

__all__ = ["Observed", "configure_logs"]

requests = Histogram("tandem_request_seconds", "Time to answer a request.", ["method", "route", "status"])
log = structlog.get_logger()

LONGEST_ID = 64
QUIET = ("/health", "/metrics", "/static")


class Observed:
    """Middleware: a correlation id for whatever follows from a request, and one line about how it went."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-correlation-id", b"").decode("ascii", "ignore")
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
        requests.labels(scope["method"], route, status).observe(took)
        if not route.startswith(QUIET):
            log.info("answered", method=scope["method"], route=route, status=status, milliseconds=round(took * 1000))
