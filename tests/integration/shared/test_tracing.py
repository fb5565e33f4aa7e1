"""One click is one trace: from the request through command, event and handler to the mail, across two real processes."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiosmtpd.smtp import SMTP

from deploy.local.ports import free_ports
from deploy.local.processes import Process, spawn, stop
from services.goals import main as goals
from services.goals.settings import Settings as GoalsSettings
from services.notifications import main as notifications
from services.notifications.settings import Settings as NotificationsSettings
from shared.contracts.matching import PartnershipStarted
from shared.kafka import create_topics, wanted_topics
from tests.support.collector import Collector
from tests.support.probe import eventually
from tests.support.service import RunningService, Start, database_url, token
from tests.support.serving import listening, serving
from tests.unit.notifications.cast import Cast

TANDEM = Path(sys.executable).with_name("tandem")
WORDS = "nobody here takes me seriously"
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Postbox:
    """Takes every mail."""

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


async def is_ready(process: Process, url: str) -> None:
    """Wait until the service answers that it can serve."""
    async with httpx2.AsyncClient(base_url=url) as client:

        async def ready() -> bool:
            assert process.poll() is None, f"the service at {url} has ended"
            try:
                return (await client.get("/health/ready")).status_code == 200
            except httpx2.HTTPError:
                return False

        await eventually(ready, f"the service at {url} is ready", within=180)


@dataclass
class Stage:
    """Two services in processes of their own that know a pair, and the collector of their traces."""

    cast: Cast
    partnership_id: str
    collector: Collector = field(default_factory=Collector)
    portal: str = ""
    goals: str = ""
    logs: list[Path] = field(default_factory=list)


@pytest.fixture
async def stage(mongodb: str, kafka: str, running_service: Start, tmp_path: Path) -> AsyncIterator[Stage]:
    await create_topics(kafka, wanted_topics())
    urls = {name: database_url(mongodb, f"test_{uuid.uuid4().hex}") for name in ("goals", "notifications")}
    stage = Stage(Cast(), uuid.uuid4().hex)
    started = stage.cast.event(PartnershipStarted, partnership_id=stage.partnership_id)
    pair: RunningService = await running_service(goals.create_app, GoalsSettings, mongodb_url=urls["goals"])
    await pair.hear(stage.cast.programme(), started)
    mail = {"smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": "Tandem <tandem@example.org>"}
    people: RunningService = await running_service(
        notifications.create_app, NotificationsSettings, mongodb_url=urls["notifications"], smtp_port=1, **mail
    )
    await people.hear(stage.cast.programme(), *stage.cast.people(), started)
    await people.service.database.deliveries.delete_many({})

    async with AsyncExitStack() as stack:
        listener, stage.portal = await stack.enter_async_context(listening())
        await stack.enter_async_context(serving(stage.collector.app(), listener))
        smtp = await asyncio.get_running_loop().create_server(lambda: SMTP(Postbox(), hostname="localhost"), "127.0.0.1", 0)
        stack.callback(smtp.close)
        ports = dict(zip(urls, free_ports(2), strict=True))
        more = {"goals": {}, "notifications": {**mail, "smtp_port": str(smtp.sockets[0].getsockname()[1])}}
        traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": stage.portal, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        waits = []
        for service, port in ports.items():
            common = {"kafka_bootstrap_servers": kafka, "portal_url": stage.portal, "mongodb_url": urls[service], "port": str(port)}
            settings = {f"{service}_{name}".upper(): value for name, value in {**common, **more[service]}.items()}
            stage.logs.append(tmp_path / f"{service}.log")
            process = spawn([TANDEM, "serve", service], log=stage.logs[-1], environment={**os.environ, **settings, **traces})
            stack.push_async_callback(asyncio.to_thread, stop, process, 60)
            waits.append(is_ready(process, f"http://127.0.0.1:{port}"))
        stage.goals = f"http://127.0.0.1:{ports['goals']}"
        await asyncio.gather(*waits)
        yield stage


async def test_a_command_its_event_its_handler_and_its_mail_are_one_trace(stage: Stage, charter: dict[str, Any]) -> None:
    collector = stage.collector
    charter["needs"]["protege_needs"] = WORDS
    signed = token("goals", stage.cast.protege_id, iss=stage.portal)
    async with httpx2.AsyncClient(base_url=stage.goals, headers={"traceparent": CALLER, "authorization": f"Bearer {signed}"}) as client:
        answer = await client.post(f"/charters/{stage.partnership_id}/propose", params={"q": WORDS}, json=charter)
    assert answer.status_code == 200

    async def all_told() -> bool:  # each process tells of its spans when it likes: the mail's may come before the relay's
        publish = collector.below(collector.named("command ProposeCharter"), "publish goals.charter.proposed.v1")
        handle = collector.below(publish, "handle goals.charter.proposed.v1")
        linked = any(one.span_id in batch.links for one in publish for batch in collector.named("batch"))
        asked = any(span.parent_id == CALLER[36:52] for span in collector.spans)
        return bool(asked and linked and collector.below(handle, "deliver mail"))

    await eventually(all_told, "the spans from the click to the mail")
    trace = [span for span in collector.spans if span.trace_id == CALLER[3:35]]
    (request,) = (span for span in trace if span.parent_id == CALLER[36:52])
    (command,) = collector.below([request], "command ProposeCharter")
    (publish,) = collector.below([command], "publish goals.charter.proposed.v1")
    (handle,) = collector.below([publish], "handle goals.charter.proposed.v1")
    (deliver,) = collector.below([handle], "deliver mail")
    assert [span.service for span in (request, command, publish, handle, deliver)] == ["tandem-goals"] * 3 + ["tandem-notifications"] * 2
    assert {span.trace_id for span in (command, publish, handle, deliver)} == {request.trace_id}
    assert request.name == "POST /charters/{partnership_id}/propose"
    assert (request.attributes["http.response.status_code"], deliver.attributes["tandem.channel"]) == (200, "mail")
    assert any(publish.span_id in batch.links for batch in collector.named("batch"))
    assert not any(span.failed for span in trace)
    assert not [log for log in stage.logs if WORDS in log.read_text()]
    assert WORDS.encode() not in collector.received
    assert WORDS.replace(" ", "+").encode() not in collector.received


def test_who_names_no_collector_loads_nothing_of_it() -> None:
    code = """
import sys
from shared import service, tracing
tracing.configure_traces("goals")
with tracing.span("x"), tracing.publishing([{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}]):
    assert tracing.current() is None
assert "shared.spans" not in sys.modules
assert not [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    result = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture
def charter() -> dict[str, Any]:
    """A charter as a page sends it."""
    return {
        "needs": {"protege_needs": "Run a review on my own", "mentor_offers": "Stories", "success": "One review led"},
        "trust": {"openness": "We say what did not work", "when_stuck": "We call"},
        "ground_rules": {
            "cadence_weeks": 3,
            "minutes": 45,
            "agenda_style": "questions",
            "confidentiality": "between_us",
            "between_meetings": "A note",
            "cancel_notice_hours": 24,
        },
    }
