"""Traces: one click followed through requests, commands, events, timers and deliveries.

Off, with nothing of OpenTelemetry loaded, unless the environment names a collector as OpenTelemetry has it.
"""

import os
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.spans import Spans

_COLLECTOR = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class _Process:
    """What makes the spans of this process; None while it makes none."""

    spans: "Spans | None" = None


_process = _Process()


def configure_traces(service: str) -> None:
    """Send this process's traces to the collector that the environment names, if it names one."""
    if any(os.environ.get(name) for name in _COLLECTOR):
        from shared.spans import Spans  # noqa: PLC0415 - half a second, for those who trace

        _process.spans = Spans(service)


def current() -> str | None:
    """The span we are in, as W3C writes it: what an event, a request, a timer or a delivery carries on."""
    return None if _process.spans is None else _process.spans.current()


@contextmanager
def span(
    name: str, *, parent: str | None = None, kind: str = "INTERNAL", links: Iterable[str | None] = (), **facts: object
) -> Iterator[None]:
    """A span around a piece of work, below `parent` or else below the span we are in. Of what it raises only the kind is told."""
    if _process.spans is None:
        yield
    else:
        with _process.spans.around(name, parent, kind, links, facts):
            yield


def tell(name: str | None = None, **facts: object) -> None:
    """Tell the span we are in what was not known when it began."""
    if _process.spans is not None:
        _process.spans.tell(name, facts)


@contextmanager
def publishing(events: Iterable[MutableMapping[str, Any]]) -> Iterator[None]:
    """A span for each event on its way to Kafka; the event carries it on as its `traceparent`."""
    if _process.spans is None:
        yield
    else:
        with _process.spans.publishing(events):
            yield
