"""Keeps the busy cache fresh: a few calendars at a time in each replica, each by one replica alone, and any of them when asked."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from services.scheduling.domain import Calendar, CalendarUnreachable
from services.scheduling.handlers import KeepSecret, KnowBusyTime, Look, NoteProblem, keep_secret, know_busy_time, note_problem
from services.scheduling.store.busy import lay_out, name_of, source_id, sweep
from services.scheduling.store.calendars import CalendarBook
from services.scheduling.store.following import Follower
from services.scheduling.store.provider import CalendarProvider, CalendarServerError, Changes, Item, Scope
from services.scheduling.store.turns import Turn, Turns
from services.scheduling.store.units import UNKNOWN_ZONE, connected
from shared.errors import NotFound
from shared.mongo import is_outage
from shared.service import Service

LOOPS = 4
"""Loops in each replica: a server that is slow holds up one of them."""
LOOK_EVERY_SECONDS = 5.0
READ_SECONDS = 240.0
# Somebody who is waiting for it is told after this long that it goes on by itself.
PATIENCE_SECONDS = 8.0
LOOK_BACK, LOOK_AHEAD = timedelta(days=7), timedelta(days=100)
# Far enough ahead that what is known is good for a week before all must be read anew.
STILL_ENOUGH = timedelta(days=93)

# More changes than that are read as a calendar that is new: they are too many for one transaction.
MOST_AT_ONCE = 1_000

log = structlog.get_logger()


class Refresher:
    """Reads calendars into the busy cache."""

    def __init__(self, book: CalendarBook) -> None:
        self._book, self._follower = book, Follower()
        self._asked: dict[str, asyncio.Task[str | None]] = {}

    async def run(self, service: Service) -> None:
        """Read what is due, one after the other, for as long as the process runs."""
        try:
            while True:
                while await self.refresh_next(service):
                    pass
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        finally:
            for task in self._asked.values():
                task.cancel()

    async def refresh_next(self, service: Service) -> bool:
        """Read the calendar that is due the longest; False when none is."""
        turn = await Turns(service.database).next()
        if turn is not None:
            await self._take(service, turn)
        return turn is not None

    async def refresh(self, service: Service, calendar_id: str) -> None:
        """Read one calendar now, or wait for whoever does; what takes longer goes on by itself. Raises CalendarUnreachable."""
        task = self._asked.get(calendar_id)
        if task is None:
            task = self._asked[calendar_id] = asyncio.create_task(self._when_free(service, calendar_id))
            task.add_done_callback(lambda _: self._asked.pop(calendar_id, None))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if done and (problem := task.result()) is not None:
            raise CalendarUnreachable(problem, field="url")

    async def _when_free(self, service: Service, calendar_id: str) -> str | None:
        turn = await Turns(service.database).of(calendar_id)
        return await self._take(service, turn)

    async def _take(self, service: Service, turn: Turn) -> str | None:
        """Read a calendar that is ours to read now, and say when it is due again; what is wrong with it, if anything."""
        document = await service.database.calendars.find_one({"_id": turn.calendar_id, **connected()})
        if document is None:
            await turn.drop()
            return None
        calendar, now = Calendar.from_document(document), datetime.now(UTC)
        try:
            async with asyncio.timeout(READ_SECONDS):
                pause = await self._read(service, calendar, turn, now)
        except NotFound:  # it was disconnected meanwhile
            await turn.drop()
            return None
        except CalendarServerError as problem:
            return await self._failed(service, calendar, turn, problem)
        except TimeoutError:
            return await self._failed(service, calendar, turn, CalendarServerError("The calendar takes too long to read."))
        except Exception as error:
            if is_outage(error):
                raise
            log.error("a calendar was more than its adapter could bear", kind=calendar.kind.value, problem=error)
            return await self._failed(service, calendar, turn, CalendarServerError("The calendar cannot be understood."))
        await turn.done(pause)
        return None

    async def _failed(self, service: Service, calendar: Calendar, turn: Turn, problem: CalendarServerError) -> str:
        """What was known stays, with the problem beside it."""
        log.info("a calendar could not be read", kind=calendar.kind.value, problem=problem)
        command = NoteProblem(
            calendar_id=calendar.id,
            generation=calendar.generation,
            problem=str(problem),
            reconnect=problem.reconnect,
            at=datetime.now(UTC),
        )
        with suppress(NotFound):  # it was disconnected meanwhile
            await service.run(note_problem, command)
        await turn.failed(problem)
        return str(problem)

    async def _read(self, service: Service, calendar: Calendar, turn: Turn, now: datetime) -> float:
        """Read all its places and remember them together; for how many seconds that is good."""
        provider = self._book.open(calendar)
        scope = await self._scope(service, calendar.person_id, now)
        looks = [await self._look(service, calendar, provider, place, scope) for place in calendar.reads]
        try:
            command = KnowBusyTime(
                calendar_id=calendar.id, generation=calendar.generation, turn=turn.holder, looks=[look for look, _ in looks], at=now
            )
            await service.run(know_busy_time, command)
        finally:  # what did not come to count is removed, too
            for look, _ in looks:
                if look.generation is not None:
                    await sweep(service.database, calendar, look.place, look.generation)
        if (secret := self._book.secrets.renewed(calendar)) is not None:
            await service.run(keep_secret, KeepSecret(calendar_id=calendar.id, generation=calendar.generation, secret=secret, at=now))
        return max([provider.capabilities.poll_seconds, *(stays for _, stays in looks)])

    async def _look(self, service: Service, calendar: Calendar, provider: CalendarProvider, place: str, scope: Scope) -> tuple[Look, float]:
        known = await service.database.sources.find_one({"_id": source_id(calendar, place)}) or {}
        read_as = name_of(f"{scope.zone} {scope.addresses}")
        enough = (datetime.fromtimestamp(scope.start, UTC) + LOOK_BACK + STILL_ENOUGH).timestamp()
        cursor = known.get("cursor") if known.get("until", 0) >= enough and known.get("read_as") == read_as else None
        found = await _changes(provider, place, scope, cursor)
        if len(found.items) > MOST_AT_ONCE and not found.reset:
            found = await _changes(provider, place, scope, None)
        if place == calendar.target_url:
            await self._follower.follow(service, calendar, provider, found.items, scope=scope, whole=found.reset)
        generation = await lay_out(service.database, calendar, place, found.items, scope.end) if found.reset else None
        items = [item for item in found.items if item.ours or item.unread] if found.reset else found.items
        look = Look(place=place, cursor=found.cursor, until=scope.end, read_as=read_as, generation=generation, items=items)
        return look, found.stays_seconds

    async def _scope(self, service: Service, person_id: str, now: datetime) -> Scope:
        """The days around today, by the clock the person works by."""
        person = await service.database.people.find_one({"_id": person_id}) or {}
        availability = await service.database.availability.find_one({"_id": person_id}, {"zone": 1}) or person
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return Scope(
            start=int((today - LOOK_BACK).timestamp()),
            end=int((today + LOOK_AHEAD).timestamp()),
            zone=availability.get("zone", UNKNOWN_ZONE),
            addresses=(person["email"],) if person else (),
        )


async def _changes(provider: CalendarProvider, place: str, scope: Scope, cursor: str | None) -> Changes:
    """What has changed; all that is busy, where a provider tells no more than that."""
    if provider.capabilities.itemised:
        return await provider.changes(place, scope, cursor)
    found = await provider.busy(place, scope)
    mark = name_of(f"{found.spans} {found.unread}")
    items = [] if mark == cursor else [Item(key="sum", busy=tuple(found.spans), unread=found.unread)]
    return Changes(items=items, cursor=mark, reset=mark != cursor)
