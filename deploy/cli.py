"""`tandem lag`: how far each service is behind with the events of the others."""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence

from deploy.local.options import SERVICES
from shared.lag import NO_GROUP, STILL_LOADING, GroupLag, KafkaError, group_lags

FAILED, WRONG_INPUT = 1, 2
SECONDS = 60
MEANINGS = {NO_GROUP: "has never taken anything in", STILL_LOADING: "Kafka is still loading it: ask again in a moment"}


def lag(argv: Sequence[str]) -> int:
    """Show for each consumer group its state, its members and the records it has still to take."""
    parser = argparse.ArgumentParser(
        "tandem lag",
        description="Show how many records each service has still to take. Beside a running `tandem up` it finds Kafka by itself.",
        epilog="example: tandem lag --bootstrap-servers kafka:9092 --format json",
    )
    parser.add_argument("--bootstrap-servers", default=os.environ.get("TANDEM_KAFKA_BOOTSTRAP_SERVERS") or None)
    parser.add_argument("--group", action="append", help="a consumer group; may be given again. The five services unless given")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args(argv)
    servers = given.bootstrap_servers or _servers_here()
    if servers is None:
        print("tandem lag: Tandem is not running from here. Give --bootstrap-servers HOST:PORT.", file=sys.stderr)
        return WRONG_INPUT
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said below, once
    try:
        found = asyncio.run(_look(servers, given.group or SERVICES))
    except (KafkaError, OSError, ValueError, TimeoutError) as error:
        print(f"tandem lag: Kafka at {servers} cannot be asked ({type(error).__name__}).", file=sys.stderr)
        return FAILED
    print(json.dumps([_document(one) for one in found], indent=2) if given.format == "json" else _table(found))
    return 0


async def _look(servers: str, groups: Sequence[str]) -> list[GroupLag]:
    async with asyncio.timeout(SECONDS):
        return await group_lags(servers, groups)


def _servers_here() -> str | None:
    """Where the Kafka of a running `tandem up` is; None when none is running."""
    from deploy.local.places import home_directory  # noqa: PLC0415 - in production nothing of `tandem up` is installed
    from deploy.local.record import read  # noqa: PLC0415 - see above

    found = read(home_directory())
    if found.supervisor is None or found.supervisor.process() is None:
        return None
    return next((line.address for line in found.parts if line.name == "kafka"), None)


def _document(one: GroupLag) -> dict[str, object]:
    return {"group": one.group, "state": one.state, "members": one.members, "lag": sum(one.topics.values()), "topics": dict(one.topics)}


def _table(found: Sequence[GroupLag]) -> str:
    rows = [f"{'group':<16} {'state':<20} {'members':>7} {'lag':>9}  behind in"]
    for one in found:
        if one.state in MEANINGS:
            rows.append(f"{one.group:<16} {one.state:<20} {'':>7} {'':>9}  {MEANINGS[one.state]}")
            continue
        behind = ", ".join(f"{topic} {number}" for topic, number in sorted(one.topics.items()) if number)
        rows.append(f"{one.group:<16} {one.state:<20} {one.members:>7} {sum(one.topics.values()):>9}  {behind}")
    return "\n".join(row.rstrip() for row in rows)
