"""Protections that a service has in its own code, taken out; at the end, what only sets the stage."""

from typing import Any

from faststream import AckPolicy

from shared import batches, deliveries, hearing, kafka, outbox, transactions
from shared.batches import Batch
from shared.contracts import TOPICS
from shared.event import Event
from shared.kafka import KafkaBroker, Producer, SendFailed
from shared.leases import Leases, Member
from shared.outbox import outbox_rows
from shared.service import Service
from shared.unit import Unit
from tests.faults.changes.table import change, protection
from tests.faults.patching import instead


def _instead_of_waiting(_original: Any) -> Any:
    async def nothing(*_arguments: Any, **_options: Any) -> None:
        return None

    return nothing


# ---------------------------------------------------------------- protections taken out


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


@protection
def sessions_of_the_dead_end() -> None:
    """A transaction that a dead process has left open is left alone."""
    instead(Member, "_bury", _instead_of_waiting)


@protection
def leases_are_given_back() -> None:
    """Who stops keeps its leases until they end."""
    instead(Leases, "release", _instead_of_waiting)


@protection
def a_failed_start_ends() -> None:
    """A service that cannot start goes on without what it could not reach."""

    def starting(original: Any) -> Any:
        async def start(self: Service) -> None:
            try:
                await original(self)
            except Exception:  # noqa: BLE001 - that is the mutation
                return

        return start

    instead(Service, "start", starting)


@protection
def stamps_grow() -> None:
    """An event is stamped by the clock alone."""

    def going_out(original: Any) -> Any:
        def outgoing(self: Unit, aggregate: Any, event: Any) -> Any:
            aggregate.stamp = 0
            return original(self, aggregate, event)

        return outgoing

    instead(Unit, "_outgoing", going_out)


@protection
def rounds_are_bounded() -> None:
    """A relay reads all that waits at once."""
    instead(outbox, "ROWS_PER_ROUND", lambda _: 10**9)
    instead(outbox, "LARGEST_ROUND", lambda _: 10**15)


@protection
def total_parser() -> None:
    """Records are parsed by FastStream."""

    def subscribing(original: Any) -> Any:
        def subscriber(self: KafkaBroker, *topics: str, **options: Any) -> Any:
            return original(self, *topics, **{name: option for name, option in options.items() if name not in {"parser", "decoder"}})

        return subscriber

    instead(KafkaBroker, "subscriber", subscribing)


@protection
def gaps_wait() -> None:
    """An event is taken in though an earlier one has not come."""
    instead(batches, "COMPACTED", lambda _: frozenset(TOPICS))


@protection
def reads_open() -> None:
    """A field that a reader does not know is an error."""
    instead(Event, "read", lambda _: classmethod(lambda cls, body: cls.model_validate_json(body, extra="forbid")))


@protection
def handlers_have_a_limit() -> None:
    """A handler may take as long as it likes."""
    instead(hearing, "HANDLER_SECONDS", lambda _: 10_000.0)


@protection
def deliveries_are_claimed() -> None:
    """Whoever looks sends what waits, though another may be sending it."""
    instead(deliveries, "later", lambda _: lambda _milliseconds: "$$NOW")


# ---------------------------------------------------------------- what sets the stage


@change
def newer_version() -> None:
    """Its events say something more than today's readers know."""

    def saying(original: Any) -> Any:
        def body(self: Event) -> bytes:
            said: bytes = original(self)
            return said[:-1] + b',"sparkle":{"since":2027}}'

        return body

    instead(Event, "body", saying)


@change
def short_polls() -> None:
    """A consumer that does not come back for six seconds has left its group."""
    instead(kafka, "MAX_POLL_INTERVAL_MS", lambda _: 6_000)
    instead(hearing, "HANDLER_SECONDS", lambda _: 2.0)
