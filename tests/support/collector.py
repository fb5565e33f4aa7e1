"""A collector of traces, and the portal's keys, on one address: what services under test are pointed at."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.service import TestKeys


@dataclass
class Span:
    """One span as it arrived."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: list[str]
    attributes: dict[str, Any]
    failed: bool


@dataclass
class Collector:
    """Keeps every span it is sent."""

    spans: list[Span] = field(default_factory=list)
    received: bytes = b""

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/v1/traces", self._take, methods=["POST"]), Route("/.well-known/jwks.json", self._keys, methods=["GET"])]
        )

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def below(self, parents: Iterable[Span], name: str) -> list[Span]:
        """Spans of that name whose parent is one of these."""
        ids = {parent.span_id for parent in parents}
        return [span for span in self.named(name) if span.parent_id in ids]

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(await TestKeys().fetch())

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        raw = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
        self.received += raw
        for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
            service = next(one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
            self.spans += [_read(service, span) for scope in resource.scope_spans for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")


def _read(service: str, span: Any) -> Span:
    return Span(
        service=service,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=[link.span_id.hex() for link in span.links],
        attributes={one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes},
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
    )
