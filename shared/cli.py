"""The subcommands of `tandem` that all services need: serve one, look after topics and dead letters."""

import argparse
import asyncio
import gc
import importlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from types import FrameType

import uvicorn

from shared.dead_letters_cli import dead_letters
from shared.kafka import KafkaError
from shared.observability import configure_logs
from shared.topics import Step, apply_topics, plan_topics, wanted_topics
from shared.tracing import configure_traces

__all__ = ["dead_letters", "serve", "topics"]

WRONG_INPUT, SOMETHING_LEFT = 2, 3
TOPICS_SECONDS = 60
SERVICES = ("matching", "scheduling", "goals", "notifications", "portal")
SWITCH_SECONDS = 0.0001
COLLECT_AFTER = (2_000, 10, 500)
# For open requests; then the service itself stops. Together less than its lifeline allows.
HTTP_SECONDS = 5


def serve(argv: Sequence[str]) -> int:
    """Run one service in the foreground, until SIGTERM."""
    parser = argparse.ArgumentParser("tandem serve", description="Run one service.", epilog="example: tandem serve matching")
    parser.add_argument("service", choices=SERVICES)
    name = parser.parse_args(argv).service
    configure_logs(name)
    configure_traces(name)
    # The processors are shared with everything else, and no sum of ours is so large that threads would help.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app = importlib.import_module(f"services.{name}.main").create_app()
    except ValueError as error:
        print(f"tandem serve {name}: {error}", file=sys.stderr)
        return WRONG_INPUT
    _let_nobody_wait()
    settings = app.state.service.settings
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=HTTP_SECONDS,
    )

    class Server(uvicorn.Server):
        """Tells the service that it is to stop, before open answers are waited for."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.service.lifeline.stop()
            asyncio.get_running_loop().call_soon_threadsafe(app.state.service.stopping.set)
            super().handle_exit(sig, frame)

    server = Server(config)
    server.run()
    return 0 if server.started else 1


def _let_nobody_wait() -> None:
    """Have requests answered at once also while a thread computes, or thousands of documents are read.

    By Python's defaults a thread keeps the others waiting for 5 ms each time, and an answer may ask for a hundred turns; and all objects
    there are, which takes a third of a second in a service that holds much, are looked at anew whenever there are a quarter more.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what was imported stays
    gc.set_threshold(*COLLECT_AFTER)


def topics(argv: Sequence[str]) -> int:
    """Show what is to be done about the topics, or do it."""
    parser = argparse.ArgumentParser(
        "tandem topics",
        description="Show (plan) or do (apply) what the topics need to be as Tandem's table has them.",
        epilog="example: tandem topics plan --bootstrap-servers kafka:9092. "
        "It ends with 0 when all is as it should be, 3 when there is something left to do, 1 when Kafka did not answer or refused.",
    )
    parser.add_argument("action", choices=("plan", "apply"))
    parser.add_argument("--bootstrap-servers", default=os.environ.get("TANDEM_KAFKA_BOOTSTRAP_SERVERS"))
    parser.add_argument("--replication", type=int, help="copies of each topic; unless given, one for each broker, three at most")
    parser.add_argument("--move-keys", action="store_true", help="add partitions although keys then move away from their history")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args(argv)
    if not given.bootstrap_servers:
        parser.error("set TANDEM_KAFKA_BOOTSTRAP_SERVERS or give --bootstrap-servers")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said below, once
    try:
        done, left = asyncio.run(_topics(given))
    except (KafkaError, OSError, ValueError) as error:
        print(f"tandem topics: {given.bootstrap_servers} did not do it: {error}", file=sys.stderr)
        return 1
    except TimeoutError:
        print(f"tandem topics: {given.bootstrap_servers} did not answer within {TOPICS_SECONDS} s", file=sys.stderr)
        return 1
    if given.format == "json":
        print(json.dumps({"done": [_step(step) for step in done], "left": [_step(step) for step in left]}, indent=2))
    else:
        lines = [f"{word}: {step.change} {step.topic}: {step.what}" for word, steps in (("done", done), ("to do", left)) for step in steps]
        print("\n".join(lines) or "all topics are as they should be")
    return SOMETHING_LEFT if left else 0


async def _topics(given: argparse.Namespace) -> tuple[list[Step], list[Step]]:
    async with asyncio.timeout(TOPICS_SECONDS):
        if given.action == "plan":
            return [], await plan_topics(given.bootstrap_servers, wanted_topics(), given.replication)
        return await apply_topics(given.bootstrap_servers, wanted_topics(), given.replication, move_keys=given.move_keys)


def _step(step: Step) -> dict[str, str]:
    return {"topic": step.topic, "change": step.change, "what": step.what}
