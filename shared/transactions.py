"""Transactions of one service: a session that others can end, a unit in it, and word to the loops after the commit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from shared.leases import Member
from shared.mongo import Session, in_transaction
from shared.unit import Cause, Unit

T = TypeVar("T")

# More at a time commit no faster, and where they want the same document they only make each other begin again.
AT_ONCE = 8
# The server ends a transaction that lasts much longer: after ten seconds where it is ours, after a minute where nobody has set it.
WORK_SECONDS = 4.0


class Pace:
    """How long to work towards one transaction before it is written: what is ended by the server is begun again in smaller pieces."""

    def __init__(self) -> None:
        self._seconds = WORK_SECONDS

    def begin(self) -> float:
        """When to take on nothing more, by the monotonic clock. Half as long the next time, unless this piece is `done`."""
        until = time.monotonic() + self._seconds
        self._seconds /= 2
        return until

    def done(self) -> None:
        """The piece was written, or failed of itself: the next may be larger again."""
        self._seconds = min(WORK_SECONDS, self._seconds * 4)


class Transactions:
    """Runs work in a transaction of this replica."""

    def __init__(self, member: Member, committed: Callable[[], None]) -> None:
        self._member = member
        self._committed = committed
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.database = member.database

    def unit(self, session: Session, *, at: datetime | None = None, cause: Cause | None = None) -> Unit:
        """A unit of work in a running transaction. `at` is the command's time, now unless said otherwise."""
        return Unit(self.database, session, at=at or datetime.now(UTC), writer=self._member.name, cause=cause)

    async def run(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run work in a transaction, then wake the relay and the senders."""
        async with self._turns:
            result = await in_transaction(self._member.client, work, before=self._member.remember)
        self._committed()
        return result
