"""Spans by OpenTelemetry. Whatever they tell goes through the same sieve as the log. Loaded only where a collector is named."""

import os
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, get_current_span, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.errors import Rejected
from shared.logs import shown

LINKS = 128
# OpenTelemetry's names where it has one; whatever else a span tells is below `tandem.`.
_NAMES: Mapping[str, str] = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "topic": "messaging.destination.name",
    "event_id": "messaging.message.id",
    "records": "messaging.batch.message_count",
}


class Spans:
    """Makes the spans of one process, and sends them off in the background."""

    def __init__(self, service: str) -> None:
        # Ours alone, not the process's: libraries that look for one would add queries and the words of exceptions to it.
        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or f"tandem-{service}"})
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = provider.get_tracer("tandem")

    def current(self) -> str | None:
        """The span we are in, as W3C writes it."""
        return _written(get_current_span())

    @contextmanager
    def around(self, name: str, parent: str | None, kind: str, links: Iterable[str | None], facts: Mapping[str, object]) -> Iterator[None]:
        """A span around a piece of work."""
        span = self._begin(name, parent, kind, links, facts)
        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                if not isinstance(error, Rejected):
                    span.set_status(StatusCode.ERROR)
                raise

    def tell(self, name: str | None, facts: Mapping[str, object]) -> None:
        """Tell the span we are in more."""
        if name is not None:
            get_current_span().update_name(name)
        get_current_span().set_attributes(_attributes(facts))

    @contextmanager
    def publishing(self, events: Iterable[MutableMapping[str, Any]]) -> Iterator[None]:
        """A span for each event that belongs to a trace."""
        spans = []
        for event in events:
            if event["traceparent"]:
                facts = {"topic": event["topic"], "event_type": event["type"], "event_id": event["id"]}
                spans.append(self._begin(f"publish {event['type']}", event["traceparent"], "PRODUCER", (), facts))
                event["traceparent"] = _written(spans[-1])
        try:
            yield
        finally:
            for span in spans:
                span.end()

    def _begin(self, name: str, parent: str | None, kind: str, links: Iterable[str | None], facts: Mapping[str, object]) -> Span:
        linked = [get_current_span(_context(link)).get_span_context() for link in dict.fromkeys(links) if link]
        return self._tracer.start_span(
            name,
            context=_context(parent) if parent else None,
            kind=SpanKind[kind],
            links=[Link(one) for one in linked[:LINKS] if one.is_valid],
            attributes=_attributes(facts),
        )


def _context(traceparent: str) -> Context:
    """A context with nothing but that span; an empty one when the text names none."""
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())


def _written(span: Span) -> str | None:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}" if context.is_valid else None


def _attributes(facts: Mapping[str, object]) -> dict[str, Any]:
    return {_NAMES.get(name, f"tandem.{name}"): shown(name, value) for name, value in facts.items() if value is not None}
