"""What a record says to a service: an event it reacts to, nothing that concerns it, or a problem it is parked for."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from shared.errors import Operational, OwnWords, Rejected, problem_of
from shared.event import Event
from shared.metrics import handled
from shared.mongo import PyMongoError
from shared.records import Incoming
from shared.tracing import current, span
from shared.unit import Cause, Unit

# Clocks differ by minutes. What is a day ahead was set wrong, and would be newest for ever.
FAR_AHEAD = timedelta(days=1)
LONGEST_VERSION = 9
# Longer than the driver waits for its server, or an outage would be blamed on an event; shorter than ours lets a transaction last.
HANDLER_SECONDS, HANDLER_LEEWAY = 9.0, 0.25

EventHandler = Callable[[Any, Unit], Awaitable[None]]
Loads = Callable[[Any], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Reaction:
    """What a service does when it hears of one kind of event, and the documents it will want to read."""

    event: type[Event]
    handle: EventHandler
    loads: Loads | None


@dataclass(frozen=True)
class Problem:
    """Why an event cannot be taken in. `fault`: its handler failed, so another try may help; otherwise it never will."""

    reason: OwnWords
    fault: bool = False


@dataclass(frozen=True)
class Heard:
    """A record and what it says: an event somebody here wants, a problem, or neither."""

    record: Incoming
    reaction: Reaction | None = None
    event: Event | None = None
    problem: OwnWords | None = None


class Hearing:
    """Knows which events concern a service. `any_time`: the clock may be set, so no time is too far ahead."""

    def __init__(self, events: Mapping[str, Reaction], *, any_time: bool = False) -> None:
        self._events = events
        self._any_time = any_time
        self._newest: dict[str, int] = {}
        for event_type in events:
            family, version = _split(event_type)
            self._newest[family] = max(version, self._newest.get(family, 0))

    def hear(self, record: Incoming) -> Heard:
        """What the record says. Never fails."""
        reaction = self._events.get(record.type)
        if reaction is None:
            # One that says whose it is and what it is about, and does not concern us, may be wrong in every other way.
            known = record.sequenced and record.type
            return Heard(record, problem=self._too_new(record) if known else record.problem)
        problem = record.problem or self._impostor(record, reaction) or self._ahead(record)
        if problem is not None:
            return Heard(record, problem=problem)
        try:
            event = reaction.event.read(record.value)
        except ValidationError as error:
            return Heard(record, problem=_invalid(error))
        if event.subject != record.key:
            return Heard(record, problem=OwnWords(f"{reaction.event.key_field} and key name different aggregates"))
        return Heard(record, reaction, event, OwnWords("at is more than a day ahead") if self._is_ahead(event.at) else None)

    def _too_new(self, record: Incoming) -> OwnWords | None:
        """A newer version of what we react to is left alone where its producer tells the older one beside it; else it would be lost."""
        family, version = _split(record.type)
        if version <= self._newest.get(family, version) or record.headers.get("ce_beside") in self._events:
            return None
        return OwnWords(f"version {version} is newer than this service can read, and no version it can read is told beside it")

    @staticmethod
    def _impostor(record: Incoming, reaction: Reaction) -> OwnWords | None:
        """Facts of an aggregate are told by its own service, on its own topic."""
        if record.topic != reaction.event.topic:
            return OwnWords(f"an event of {reaction.event.topic} on another topic")
        if record.headers["ce_source"] != reaction.event.source:
            return OwnWords("ce_source is not the service whose event this is")
        return None

    def _ahead(self, record: Incoming) -> OwnWords | None:
        try:
            ahead = self._is_ahead(datetime.fromisoformat(record.headers["ce_time"]))
        except (ValueError, TypeError):
            return OwnWords("ce_time is not a time with a zone")
        return OwnWords("ce_time is more than a day ahead") if ahead else None

    def _is_ahead(self, at: datetime) -> bool:
        return at > datetime.now(UTC) + FAR_AHEAD and not self._any_time


def _split(event_type: str) -> tuple[str, int]:
    """A type without its major version, and that version: 0 where there is none."""
    family, _, version = event_type.rpartition(".v")
    if not family or not (version.isascii() and version.isdigit()) or len(version) > LONGEST_VERSION:
        return event_type, 0
    return family, int(version)


class TookTooLong(Operational):
    """A handler was stopped, and the transaction with it."""


@asynccontextmanager
async def no_longer_than_a_handler_may() -> AsyncIterator[None]:
    """Raises TookTooLong when what is done within does not end in time."""
    try:
        async with asyncio.timeout(HANDLER_SECONDS) as limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise TookTooLong(f"its handler took longer than {HANDLER_SECONDS:g} s") from None
        raise


async def prefetch(incoming: Iterable[Heard], unit: Unit) -> None:
    """Read what the handlers of a batch will want, with one `find` a collection."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for heard in incoming:
        if heard.problem is None and heard.reaction is not None and heard.reaction.loads is not None:
            for collection, key in heard.reaction.loads(heard.event):
                wanted[collection].add(key)
    await unit.prefetch(wanted)


async def react(heard: Heard, unit: Unit) -> Problem | None:
    """Run the handler on the unit, as one step that stays or has never been; why not, when the event cannot be taken in."""
    record = heard.record
    if heard.problem is not None:
        return Problem(heard.problem)
    if heard.reaction is None or heard.event is None:
        return None
    unit.at = heard.event.at
    carried = record.headers.get("traceparent")
    about = {"event_type": record.type, "event_id": record.id, "topic": record.topic}
    try:
        with span(f"handle {record.type}", parent=carried, kind="CONSUMER", **about), handled.labels(record.type).time():
            unit.cause = Cause(record.headers.get("correlationid") or record.id, record.id, current() or carried)
            await heard.reaction.handle(heard.event, unit)
    except PyMongoError:
        raise
    except Exception as error:  # noqa: BLE001 - a handler's fault is the one record's, never the batch's
        unit.discard()
        return Problem(reason_of(error), fault=not isinstance(error, Rejected))
    unit.keep()
    return None


def reason_of(error: BaseException) -> OwnWords:
    """What happened: the rule that was broken, or the kind and place of a fault."""
    if isinstance(error, Rejected):
        return OwnWords(f"{type(error).__name__}: {error.title()}")
    return problem_of(error)


def _invalid(error: ValidationError) -> OwnWords:
    """Which field of an event is wrong, and how; neither what stood in it nor, deeper inside, where: keys may be words too."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return OwnWords(f"{first['loc'][0] if first['loc'] else 'body'}: {first['type']}")
