"""What the code says to its log stands in the code: only so can no line hold what a person wrote."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.logs import TEXTS

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
# The one place that makes log lines, and programs that are no service.
MAY_USE_LOGGING = {
    "shared/logs.py",
    "shared/lifeline.py",
    "shared/cli.py",
    "deploy/cli.py",
    "deploy/local/kafka.py",
    "deploy/local/training.py",
}
# Values that are no text: numbers, exceptions and their classes, words marked as our own.
FIGURES = {
    "attempt",
    "attempts",
    "milliseconds",
    "number",
    "partition",
    "partitions",
    "records",
    "seconds",
    "sessions",
    "status",
    "times",
    "tries",
}
NAMES = {*TEXTS, *FIGURES, "problem", "reason"}


def breaches(source: str) -> Iterator[str]:
    """Log calls whose message is put together, or whose values have no name of their own."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if level in LEVELS:
                if len(node.args) != 1 or not isinstance(node.args[0], ast.Constant):
                    yield f"line {node.lineno}: the message is not a literal"
                if level == "exception" or any(given.arg in {None, "exc_info", "event"} for given in node.keywords):
                    yield f"line {node.lineno}: a traceback or values without a name"
                for given in node.keywords:
                    if given.arg not in NAMES:
                        yield f"line {node.lineno}: whether {given.arg} may be shown is not settled in shared/logs.py"


def files() -> list[Path]:
    return [path for part in ("services", "shared", "deploy") for path in sorted((ROOT / part).rglob("*.py"))]


def test_every_message_to_the_log_is_a_literal() -> None:
    found = {str(path.relative_to(ROOT)): list(breaches(path.read_text())) for path in files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_nobody_goes_round_the_log() -> None:
    makers = {str(path.relative_to(ROOT)) for path in files() if "import logging" in path.read_text()}
    assert makers <= MAY_USE_LOGGING


@pytest.mark.parametrize(
    "planted",
    [
        'log.info(f"saved {name}")',
        "log.warning(text)",
        'log.error("saved", **values)',
        'log.exception("failed")',
        'log.info("%s", name)',
        'log.info("saved", title=title)',
    ],
)
def test_a_planted_breach_is_caught(planted: str) -> None:
    assert list(breaches(planted))
