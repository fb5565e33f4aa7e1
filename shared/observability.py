"""What can be seen of a running service: logs, and for each request who asked for what and how it went."""

import logging
import sys
import time
from typing import Any

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.aggregate import new_id

requests = Histogram("tandem_request_seconds", "Time to answer a request.", ["method", "route", "status"])
log = structlog.get_logger()

LONGEST_ID = 64
QUIET = ("/health", "/metrics", "/static")


def configure_logs(service: str, *, terminal: bool | None = None) -> None:
    """Log lines of this process: readable on a terminal, JSON everywhere else."""
    readable = sys.stderr.isatty() if terminal is None else terminal
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # While a broker is away, aiokafka says so thirty times a second.
    logging.getLogger("aiokafka").addFilter(_Seldom())


class _Seldom(logging.Filter):
    """Lets the same message through once in ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._last.get(record.msg, -10.0) < 10.0:  # noqa: PLR2004 - as the docstring says
            return False
        self._last[record.msg] = now
        return True


class Observed:
    """Middleware: a correlation id for whatever follows from a request, and one line about how it went."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = dict(scope["headers"]).get(b"x-correlation-id", b"").decode("ascii", "ignore")[:LONGEST_ID] or new_id()
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
