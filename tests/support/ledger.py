"""A tiny service of the tests' own: accounts that events pay into. Enough to try the backbone on, with nothing of the business in it."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime

from shared.aggregate import Aggregate
from shared.errors import Rejected
from shared.event import Event
from shared.leases import Member
from shared.queues import Order
from shared.reactions import Consumer, Reactions
from shared.transactions import Transactions
from shared.unit import Unit
from tests.support.service import record_of

NOW = datetime.now(UTC).replace(microsecond=0)
MISTAKE = Order("admin", "sent by mistake")

# An amount whose effect no database can hold, one whose handler asks it for nonsense, and one whose handler never comes back.
UNWRITABLE, UNASKABLE, ENDLESS = 99, 98, 97


class PaymentMade(Event, type="till.payment.made.v1", key="account_id"):
    """Somebody has paid."""

    account_id: str
    amount: int


class AccountCredited(Event, type="ledger.account.credited.v1", key="account_id"):
    """An account holds more."""

    account_id: str
    total: int


class TooMuch(Rejected):
    """An account cannot take that much."""


class Account(Aggregate):
    """A sum."""

    total: int = 0
    payments: int = 0

    def credit(self, amount: int, at: AwareDatetime) -> None:
        """Add an amount. Raises TooMuch above a hundred; a negative one is a fault. Either way it has done its worst before."""
        self.total += amount
        self.payments += 1
        self.record(AccountCredited(account_id=self.id, total=self.total, at=at))
        if amount > 100:
            raise TooMuch
        if amount < 0:
            raise ZeroDivisionError("private words")


def ledger() -> Reactions:
    """The table of reactions."""
    reactions = Reactions(service="ledger")

    @reactions.to(PaymentMade, loads=lambda event: [("accounts", event.account_id)])
    async def credit(event: PaymentMade, unit: Unit) -> None:
        if event.amount == UNWRITABLE:
            unit.put("accounts", {"_id": event.account_id, "total": 2**80})
            return
        if event.amount == UNASKABLE:
            await unit.rows("accounts", {"_id": {"$in": event.account_id}})
        if event.amount == ENDLESS:
            await asyncio.Event().wait()
        account = await unit.find("accounts", Account, event.account_id) or Account(id=event.account_id)
        try:
            account.credit(event.amount, event.at)
        finally:
            unit.save("accounts", account)

    return reactions


class Till:
    """A consumer on a database of its own, and records to feed it."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.offset = 0
        self.sequences: dict[str, int] = {}

    def transactions(self, name: str = "one") -> Transactions:
        return Transactions(Member(self.database.client, self.database, name), lambda: None)

    def consumer(self, name: str = "one", *, any_time: bool = False) -> Consumer:
        return Consumer(ledger(), self.transactions(name), any_time=any_time)

    def record(self, event: Event, sequence: int | None = None, **changes: Any) -> Any:
        number = sequence or self.sequences.get(event.subject, 0) + 1
        self.sequences[event.subject] = number
        self.offset += 1
        row = {
            "id": uuid.uuid4().hex,
            "type": event.event_type,
            "topic": event.topic,
            "key": event.subject,
            "sequence": number,
            "stamp": self.offset,
            "time": NOW,
            "value": event.body(),
            "correlation_id": "c",
            "causation_id": None,
            "traceparent": None,
        }
        record = record_of(row, self.offset)
        for name, value in changes.items():
            setattr(record, name, value)
        return record

    def payment(self, account: str = "a", amount: int = 1, sequence: int | None = None, **changes: Any) -> Any:
        return self.record(PaymentMade(account_id=account, amount=amount, at=NOW), sequence, **changes)

    async def account(self, account: str = "a") -> dict[str, Any]:
        return await self.database.accounts.find_one({"_id": account}) or {"total": 0, "payments": 0, "sequence": 0}

    async def events(self) -> list[tuple[str, int]]:
        rows = [row async for row in self.database.outbox.find().sort("stamp", 1)]
        return [(event["key"], event["sequence"]) for row in rows for event in row["events"]]

    async def letters(self) -> list[tuple[str, str]]:
        return [(row["key"], row["state"]) async for row in self.database.dead_letters.find().sort([("key", 1), ("sequence", 1)])]

    async def cursor(self, account: str = "a") -> dict[str, Any]:
        return await self.database.cursors.find_one({"_id": f"till.payment/{account}"}) or {}

    async def reasons(self) -> list[str]:
        return [row["reason"] async for row in self.database.dead_letters.find().sort([("key", 1), ("sequence", 1)])]


def spoilt(record: Any, **headers: str | bytes | None) -> Any:
    """The record with other headers: `ce_time=None` takes one away."""
    kept = {name: raw for name, raw in record.headers if name not in headers}
    given = {name: text.encode() if isinstance(text, str) else text for name, text in headers.items() if text is not None}
    record.headers = [*kept.items(), *given.items()]
    return record
