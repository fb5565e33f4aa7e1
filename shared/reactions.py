"""Reactions: which event, timer or record becomes which command, taken in exactly once and in order for each aggregate."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import prometheus_client
import structlog

from shared import hearing
from shared.batches import Batch
from shared.errors import OwnWords, Rejected, StaleAggregate
from shared.event import Event
from shared.hearing import HANDLER_LEEWAY, EventHandler, Heard, Hearing, Loads, Reaction, no_longer_than_a_handler_may
from shared.metrics import batch_sizes, batches
from shared.mongo import Document, Session, is_outage
from shared.queues import INDEXES, Queues
from shared.records import Incoming
from shared.timers import Timer
from shared.tracing import span
from shared.transactions import Pace, Transactions
from shared.unit import Unit

__all__ = ["ATTEMPTS", "INDEXES", "Consumer", "EventHandler", "Loads", "Reaction", "Reactions", "TimerHandler"]

ATTEMPTS, WRITE_TRIES, STALE_TRIES = 5, 3, 15
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
OUTAGE_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
SLOW_TRIES = 2

E = TypeVar("E", bound=Event)
TimerHandler = Callable[[Timer, Unit], Awaitable[None]]

log = structlog.get_logger()
taken = prometheus_client.Counter("tandem_events_taken", "Events taken in.", ["topic"])
parked = prometheus_client.Counter("tandem_events_parked", "Events parked in dead_letters.", ["topic", "state"])


@dataclass
class Reactions:
    """The table that a service's `consumers.py` fills."""

    service: str
    events: dict[str, Reaction] = field(default_factory=dict)
    timers: dict[str, TimerHandler] = field(default_factory=dict)

    def to(
        self, event: type[E], *, loads: Loads | None = None
    ) -> Callable[[Callable[[E, Unit], Awaitable[None]]], Callable[[E, Unit], Awaitable[None]]]:
        """React to an event. The handler writes only documents of the event's own aggregate, or new ones."""

        def register(handle: Callable[[E, Unit], Awaitable[None]]) -> Callable[[E, Unit], Awaitable[None]]:
            self.events[event.event_type] = Reaction(event, handle, loads)
            return handle

        return register

    def when(self, kind: str) -> Callable[[TimerHandler], TimerHandler]:
        """React to a timer of this kind."""

        def register(handle: TimerHandler) -> TimerHandler:
            self.timers[kind] = handle
            return handle

        return register

    @property
    def topics(self) -> list[str]:
        """The topics on which these events live."""
        return sorted({reaction.event.topic for reaction in self.events.values()})


class _Again(Exception):  # noqa: N818 - what is to be done
    """Some handlers failed in a way that may pass; the batch has tries left."""


class _TooSlow(Exception):  # noqa: N818 - what a handler was
    """A handler was stopped, and the transaction with it."""

    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self.heard = heard


class Consumer:
    """Takes records in, batch by batch: one unit of work and one transaction for each batch."""

    def __init__(self, reactions: Reactions, transactions: Transactions, *, any_time: bool = False) -> None:
        self._reactions = reactions
        self._transactions = transactions
        self._database = transactions.database
        self._hearing = Hearing(reactions.events, any_time=any_time)
        self._attempts = ATTEMPTS
        self._pace = Pace()
        self._slow: Counter[str] = Counter()
        self.queues = Queues(self._hearing, transactions)

    async def take(self, records: Sequence[Any]) -> None:
        """Take a batch in. Comes back when its effects, or its dead letters, are in the database."""
        heard = [self._hearing.hear(Incoming.of(record)) for record in records]
        batch_sizes.observe(len(heard))
        links = (one.record.headers.get("traceparent") for one in heard)
        with span("batch", kind="CONSUMER", links=links, records=len(heard)), batches.time():
            written = await self._take(heard, WRITE_TRIES)
        # While batches keep ending with handlers that fail, five tries for each would hold up the good ones.
        self._attempts = 1 if any(batch.faults for batch in written) else ATTEMPTS
        self._slow.clear()
        self._report(heard, [letter for batch in written for letter in batch.letters])
        for aggregate in sorted(set().union(*(batch.healed for batch in written))):
            await self._heal(aggregate)

    async def _take(self, incoming: list[Heard], write_tries: int) -> list[Batch]:
        """The passes by which the records were written: one, unless they took long or had to be parted to find the one at fault."""
        written: list[Batch] = []
        attempt, outages, tries = 1, 0, 0
        while incoming:
            try:
                written.append(await self._transactions.run(partial(self._pass, incoming, attempt)))
                self._pace.done()
                incoming = incoming[written[-1].taken :]
                attempt, outages, tries = 1, 0, 0
            except _Again:
                await asyncio.sleep(FIRST_PAUSE * 2**attempt)
                attempt += 1
            except _TooSlow as slow:
                incoming = [self._given_up(one) if one is slow.heard else one for one in incoming]
            except Exception as error:
                if is_outage(error):
                    log.warning("a batch waits for the database", problem=error)
                    await asyncio.sleep(OUTAGE_PAUSES[min(outages, len(OUTAGE_PAUSES) - 1)])
                    outages += 1
                elif tries < (STALE_TRIES if isinstance(error, StaleAggregate) else write_tries):
                    tries += 1
                    if tries == 1:
                        log.info("a batch met another's writes and is taken again", problem=error)
                    await asyncio.sleep(random.uniform(0, min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)))  # noqa: S311 - to part those who collided
                elif len(incoming) > 1:
                    # The writing itself fails, and what it names may be of several records: the one is found by halving.
                    middle = len(incoming) // 2
                    return [*written, *await self._take(incoming[:middle], 1), *await self._take(incoming[middle:], 1)]
                elif incoming[0].problem is None:
                    incoming = [Heard(incoming[0].record, problem=OwnWords(f"{type(error).__name__} when it was written"))]
                else:
                    raise
        return written

    async def _pass(self, incoming: list[Heard], attempt: int, session: Session) -> Batch:
        until = self._pace.begin()
        batch = Batch(self._database, session, self._transactions.unit(session))
        await batch.read(incoming)
        await self._take_each(incoming, batch, until)
        if batch.faults and attempt < self._attempts:
            self._pace.done()
            raise _Again
        await batch.write(attempt)
        return batch

    @staticmethod
    async def _take_each(incoming: list[Heard], batch: Batch, until: float) -> None:
        """Take the records in one after the other, as many as there is time for, and one at least. Raises _TooSlow."""
        heard, longest = incoming[0], hearing.HANDLER_SECONDS
        try:
            async with asyncio.timeout(longest) as limit:
                for heard in incoming:
                    now = time.monotonic()  # as the event loop's clock
                    if now > until and batch.taken:
                        break
                    # To set it anew for each record would cost more than most handlers do.
                    if (limit.when() or 0) - now < longest - HANDLER_LEEWAY:
                        limit.reschedule(now + longest)
                    await batch.take(heard)
                    batch.taken += 1
        except TimeoutError:
            if limit.expired():
                raise _TooSlow(heard) from None
            raise

    def _given_up(self, heard: Heard) -> Heard:
        """The record as it is taken next: as before, or, when its handler was too slow too often, to be parked."""
        self._slow[heard.record.letter_id] += 1
        log.warning("a handler was stopped", type=heard.record.type, letter=heard.record.letter_id)
        if self._slow[heard.record.letter_id] < SLOW_TRIES:
            return heard
        return Heard(heard.record, problem=OwnWords(f"its handler took longer than {hearing.HANDLER_SECONDS:g} s"))

    async def _heal(self, aggregate: str) -> None:
        """Go on with what waited for an event that has come. Whatever hinders it, the batch is in; `Queues.heal` tries again."""
        try:
            await self.queues.replay(aggregate)
        except Exception as error:  # noqa: BLE001 - see above
            log.warning("healing waits", problem=error)

    def _report(self, incoming: Sequence[Heard], letters: Sequence[Document]) -> None:
        for topic, number in Counter(heard.record.topic for heard in incoming).items():
            taken.labels(topic).inc(number)
        if letters:
            first = letters[0]
            log.error("events were parked", number=len(letters), letter=first["_id"], state=first["state"], reason=first["reason"])
            for (topic, state), number in Counter((letter["topic"], letter["state"]) for letter in letters).items():
                parked.labels(topic, state).inc(number)

    async def fire(self, timer: Timer, claim: Document) -> None:
        """Fire a timer in a transaction that removes it; nothing happens when it was moved meanwhile."""

        async def work(session: Session) -> None:
            removed = await self._database.timers.delete_one(claim, session=session)
            if not removed.deleted_count:
                return
            unit = self._transactions.unit(session)
            try:
                async with no_longer_than_a_handler_may():
                    await self._reactions.timers[timer.kind](timer, unit)
            except Rejected as refusal:
                unit.discard()
                log.info("a timer had nothing to do", timer=timer.id, reason=type(refusal))
            await unit.flush()

        await self._transactions.run(work)
