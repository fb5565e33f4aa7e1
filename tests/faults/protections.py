"""The protections of the backbone, each with a way to take it out: a scenario that does not fail without its protection proves nothing."""

from collections.abc import Callable, Iterable
from typing import Any

from faststream import AckPolicy

from shared import kafka, transactions
from shared.batches import Batch
from shared.kafka import Producer, SendFailed
from shared.leases import Leases
from shared.outbox import outbox_rows
from shared.unit import Unit
from tests.faults.patching import instead

TakeOut = Callable[[], None]
SWITCHES: dict[str, TakeOut] = {}


def take_out(names: Iterable[str]) -> None:
    """Take these protections out of this process."""
    for name in names:
        SWITCHES[name]()


def protection(take: TakeOut) -> TakeOut:
    """Put a switch into the table, under its function's name with hyphens."""
    SWITCHES[take.__name__.replace("_", "-")] = take
    return take


@protection
def outbox_in_the_transaction() -> None:
    """Events are written after the commit, not with it."""
    later: list[Any] = []

    def flushing(original: Any) -> Any:
        async def flush(self: Unit) -> None:
            events, self._events, self._step_events = self._events + self._step_events, [], []
            await original(self)
            later.extend(outbox_rows(events, self._writer))

        return flush

    def committing(original: Any) -> Any:
        async def in_transaction(client: Any, *arguments: Any, **options: Any) -> Any:
            result = await original(client, *arguments, **options)
            rows, later[:] = list(later), []
            if rows:
                await client.get_default_database().outbox.insert_many(rows)
            return result

        return in_transaction

    instead(Unit, "flush", flushing)
    instead(transactions, "in_transaction", committing)


@protection
def cursor() -> None:
    """Whatever comes is taken for new."""

    def taking(original: Any) -> Any:
        async def take(self: Batch, heard: Any) -> None:
            record = heard.record
            if record.sequenced:
                self._moved[record.aggregate] = {**self._cursor(record.aggregate), "sequence": record.sequence - 1}
            await original(self, heard)

        return take

    instead(Batch, "take", taking)


@protection
def confirmed_before_marked() -> None:
    """A row counts as published although Kafka has not confirmed its events."""

    def believing(original: Any) -> Any:
        async def send(self: Producer, records: Any, topic: str, partition: int) -> None:
            try:
                await original(self, records, topic, partition)
            except SendFailed:
                return

        return send

    instead(Producer, "send", believing)


@protection
def lease_guard() -> None:
    """What was held once counts as held until the next renewal."""
    instead(Leases, "held", lambda _: lambda self: self._held)


@protection
def offsets_after_effects() -> None:
    """Offsets are committed when records arrive, as FastStream does unless it is told otherwise."""

    class Early:
        NACK_ON_ERROR = AckPolicy.ACK_FIRST

    instead(kafka, "AckPolicy", lambda _: Early)
