"""A service with two kinds of timer that counts how often each thing rang."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shared.errors import Rejected
from shared.leases import Member
from shared.reactions import Consumer, Reactions
from shared.timers import Timer, TimerLoop
from shared.transactions import Transactions
from shared.unit import Unit


class NothingToDo(Rejected):
    """It has been done already."""


class Diary:
    """`faults` are raised by the next rings, and `rang` is called in the transaction after each."""

    def __init__(self, database: Any, rang: Callable[[], None] = lambda: None) -> None:
        self.database = database
        self.reactions = Reactions(service="diary")
        self.faults: list[Exception] = []

        @self.reactions.when("ring")
        @self.reactions.when("knock")
        async def ring(timer: Timer, unit: Unit) -> None:
            if self.faults:
                raise self.faults.pop()
            row = await unit.row("rings", timer.subject) or {"_id": timer.subject, "times": 0, "set_for": timer.due_at}
            unit.put("rings", {**row, "times": row["times"] + 1})
            rang()

    def loop(self, name: str = "one") -> TimerLoop:
        """The loop of one replica."""
        consumer = Consumer(self.reactions, Transactions(Member(self.database.client, self.database, name), lambda: None))
        return TimerLoop(self.database, consumer.fire, self.reactions.timers)

    async def remind(self, number: int = 1, *, kind: str = "ring", due_at: datetime | None = None) -> None:
        """Set so many timers, each for a subject of its own; the same again moves them."""
        rows = [
            Timer(id=f"{kind}/{index}", kind=kind, due_at=due_at or datetime.now(UTC), subject=f"{kind} {index}").to_document()
            for index in range(number)
        ]
        await self.database.timers.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
        await self.database.timers.insert_many(rows)

    async def rings(self) -> dict[str, int]:
        """How often each subject rang."""
        return {row["_id"]: row["times"] async for row in self.database.rings.find()}
