"""Log lines that cannot hold what a person wrote: whatever is not plainly a fact about the system is kept back, whoever logs it."""

import ast
import functools
import logging
import re
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog

from shared.errors import OwnWords, problem_of

KEPT_BACK = OwnWords("(kept back)")
SAME_MESSAGE_SECONDS = 10.0

# The only names under which a log line holds text, and the look of that text: no blank, so no sentence.
ID, PLACE = re.compile(r"[\w.:/-]{1,200}", re.ASCII), re.compile(r"[\w.:/{},-]{1,200}", re.ASCII)
TEXTS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(
        ("command", "correlation_id", "delivery", "event_id", "event_type", "letter", "member", "reference", "run_id", "timer"), ID
    ),
    **dict.fromkeys(("channel", "handler", "kind", "method", "part", "service", "state", "topic", "type", "worker"), ID),
    **dict.fromkeys(("address", "kafka", "route"), PLACE),
}

log = structlog.get_logger()


def shown(name: str, value: object) -> object:
    """The value as it may be written down under this name."""
    match value:
        case None | bool() | int() | float() | OwnWords():
            return value
        case BaseException():
            return problem_of(value)
        case datetime() | date() | timedelta() | UUID():
            return str(value)
        case type():
            return value.__name__
        case str() if name in TEXTS and TEXTS[name].fullmatch(value):
            return value
        case _:
            return KEPT_BACK


def only_facts(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor: every value as it may be shown. That the message itself is a literal is held by a test of the code."""
    fault = line.pop("exc_info", None)
    line.pop("stack_info", None)
    if fault:
        line["problem"] = fault if isinstance(fault, BaseException) else sys.exc_info()[1]
    return {name: value if name == "event" else shown(name, value) for name, value in line.items()}


_FIRST: list[Any] = [structlog.contextvars.merge_contextvars, only_facts]
_LAST: list[Any] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]


def configure_logs(service: str, *, terminal: bool | None = None) -> None:
    """Log lines of this process: readable on a terminal, JSON everywhere else; those of libraries and of its last breath too."""
    readable = sys.stderr.isatty() if terminal is None else terminal
    renderer: Any = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*_FIRST, *_LAST, renderer],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OfLibraries(renderer))
    # While a broker is away, aiokafka says so thirty times a second. A filter of its logger would not see what those below it say.
    handler.addFilter(Seldom("aiokafka"))
    logging.root.handlers = [handler]
    logging.raiseExceptions = False  # else a line that cannot be made is explained with all its values
    logging.captureWarnings(capture=True)
    sys.excepthook = _unforeseen
    threading.excepthook = lambda fault: _say_unforeseen(fault.exc_value)
    sys.unraisablehook = lambda fault: _say_unforeseen(fault.exc_value)


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _say_unforeseen(error)


def _say_unforeseen(error: BaseException | None) -> None:
    log.critical("a fault nobody foresaw", problem=error)


class OfLibraries(logging.Formatter):
    """A library's log line: the words that stand in its source, its numbers, and of an exception the kind and place."""

    def __init__(self, renderer: Any) -> None:
        super().__init__()
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"event": _message(record), "logger": record.name, "at": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[1] is not None:
            line["problem"] = problem_of(record.exc_info[1])
        for process in _LAST:
            line = process(None, record.levelname.lower(), line)
        return str(self._renderer(None, record.levelname.lower(), line))


def _message(record: logging.LogRecord) -> str:
    """The message as its source has it. One put together on the way here may hold anything, and is kept back."""
    if not isinstance(record.msg, str) or record.msg not in _literals(record.pathname):
        return KEPT_BACK
    given: Any = record.args or ()
    values = {name: _argument(value) for name, value in given.items()} if isinstance(given, Mapping) else tuple(map(_argument, given))
    try:
        return str(record.msg % values) if values else record.msg
    except (TypeError, ValueError):
        return record.msg


def _argument(value: object) -> object:
    whole = shown("", value)
    return f"<{type(value).__name__}>" if whole is KEPT_BACK else whole


@functools.cache
def _literals(source: str) -> frozenset[str]:
    """All texts that stand in a Python file."""
    try:
        tree = ast.parse(Path(source).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


class Seldom(logging.Filter):
    """Lets the same message of one library through once in ten seconds."""

    def __init__(self, library: str) -> None:
        super().__init__(library)
        self._last: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not super().filter(record):
            return True  # It is another's.
        now = time.monotonic()
        place = (record.pathname, record.lineno)
        if now - self._last.get(place, -SAME_MESSAGE_SECONDS) < SAME_MESSAGE_SECONDS:
            return False
        self._last[place] = now
        return True
