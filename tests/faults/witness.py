"""A witness of effects: a row for each time a handler's work was committed, written in the same transaction as that work."""

import time
from typing import Any

from shared.aggregate import new_id
from shared.errors import Rejected
from shared.reactions import Reaction, Reactions
from shared.unit import Unit
from tests.faults.failpoints import Failpoints

EFFECTS = "faults_effects"


def watch(reactions: Reactions, points: Failpoints) -> None:
    """Have every handler of a service leave a row beside what it does. Nothing the service does depends on these rows."""
    for event_type, reaction in reactions.events.items():
        reactions.events[event_type] = Reaction(reaction.event, _witnessed(reaction, points), reaction.loads)


def _witnessed(reaction: Reaction, points: Failpoints) -> Any:
    async def handle(event: Any, unit: Unit) -> None:
        points.pass_by("handler")
        await points.linger("handler-slow")
        await points.linger(f"handler-slow-{event.event_type}")
        await reaction.handle(event, unit)
        row = {
            "_id": new_id(),
            "event": unit.cause.causation_id,
            "aggregate": f"{event.topic}/{event.subject}",
            # The same clock for all processes of one machine: says in which order effects came about.
            "moment": time.monotonic_ns(),
        }
        unit.claim(EFFECTS, row, Rejected())

    return handle
