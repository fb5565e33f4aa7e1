"""The events services publish, a module per producer: the contract others may rely on."""

from shared.contracts import goals, matching, portal, scheduling
from shared.event import Event

EVENTS: tuple[type[Event], ...] = (*portal.EVENTS, *matching.EVENTS, *goals.EVENTS, *scheduling.EVENTS)

# Topics that keep the newest event of each key for ever; gaps in the sequence are normal there.
COMPACTED = frozenset({"portal.person"})

TOPICS = tuple(sorted({event.topic for event in EVENTS}))
