"""Follows what people do to our meetings in their calendars: moved, deleted, declined."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

import structlog

from services.scheduling.domain import Calendar, Change, Copy, MeetingState, Shown, copy_id
from services.scheduling.handlers import TakeChange, take_change, turn_back
from services.scheduling.store.provider import CalendarProvider, Item, Scope
from shared.errors import Rejected
from shared.service import Service

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


class Follower:
    """Compares entries that were read with what we wrote there. Whatever a notice said, what counts is how the entry stands now."""

    async def follow(
        self, service: Service, calendar: Calendar, provider: CalendarProvider, items: Sequence[Item], *, scope: Scope, whole: bool
    ) -> None:
        """Take in what was read of the place our meetings are in. `whole`: what is not among the items is not there.

        Called before it is remembered how far the calendar was read: what is lost in between is read again.
        Raises CalendarServerError.
        """
        read = {item.key: item for item in items}
        async for copy in self._copies(service, calendar.person_id, read, scope, whole=whole):
            if copy.meeting_id not in read and copy.calendar != connection(calendar):
                continue  # it was never written there
            item = read.get(copy.meeting_id, Item(key=copy.meeting_id, gone=True))
            if _mark(item, copy) in {copy.mark, copy.seen}:
                continue
            # What was read may be older than what we wrote meanwhile, and a list without it proves nothing.
            now = await provider.get(calendar.target_url or "", copy.meeting_id)
            await self._take(service, calendar, copy, now or Item(key=copy.meeting_id, gone=True), scope.addresses)

    async def _copies(
        self, service: Service, person_id: str, read: Mapping[str, Item], scope: Scope, *, whole: bool
    ) -> AsyncIterator[Copy]:
        """Of the meetings that may have been changed, what we wrote last."""
        mine = {"$or": [{"protege_id": person_id}, {"mentor_id": person_id}]}
        ahead = {"state": MeetingState.BOOKED.value, "starts_at": {"$gt": datetime.now(UTC), "$lt": datetime.fromtimestamp(scope.end, UTC)}}
        wanted = {"$or": [{"_id": {"$in": list(read)}}, ahead]} if whole else {"_id": {"$in": list(read)}}
        meetings = [row["_id"] async for row in service.database.meetings.find({"$and": [mine, wanted]}, {"_id": 1})]
        ids = [copy_id(meeting_id, person_id) for meeting_id in meetings]
        known = {row["_id"]: Copy.from_document(row) async for row in service.database.copies.find({"_id": {"$in": ids}})}
        for meeting_id in meetings:
            yield known.get(copy_id(meeting_id, person_id)) or Copy.of(meeting_id, person_id)

    async def _take(self, service: Service, calendar: Calendar, copy: Copy, item: Item, addresses: Sequence[str]) -> None:
        command = TakeChange(
            meeting_id=copy.meeting_id,
            person_id=copy.person_id,
            calendar=connection(calendar),
            shown=_shown(item, copy, addresses),
            mark=_mark(item, copy),
            edition=copy.edition,
            at=datetime.now(UTC),
        )
        try:
            change = await service.run(take_change, command)
        except Rejected as refusal:
            log.info("a change in a calendar cannot be", reason=type(refusal))
            await service.run(turn_back, command)
            return
        if change is not Change.NOTHING:
            log.info("a calendar differs from a meeting", kind=change.value)


def connection(calendar: Calendar) -> str:
    """Names a calendar as it is connected now."""
    return f"{calendar.id}/{calendar.generation}"


def _shown(item: Item, copy: Copy, addresses: Sequence[str]) -> Shown | None:
    if item.gone or (item.ours is not None and item.ours.cancelled):
        return None
    if item.ours is None:  # made into what is no meeting any more, a whole day perhaps: there, but nothing that could be followed
        then = copy.starts_at or _LONG_AGO
        return Shown(starts_at=then, ends_at=then, revision=-1)
    declined = any(item.ours.answers.get(address.casefold()) == "DECLINED" for address in addresses)
    return Shown(starts_at=item.ours.starts_at, ends_at=item.ours.ends_at, revision=item.ours.revision, declined=declined)


def _mark(item: Item, copy: Copy) -> str:
    """What names this state of the entry: its version, or what it says where a server tells none. Of what is gone, since which write."""
    if item.gone:
        return f"gone-{copy.edition}"
    if item.ours is None:
        return item.version or f"unreadable-{copy.edition}"
    return item.version or f"{item.ours.starts_at.isoformat()} {item.ours.ends_at.isoformat()} {item.ours.text} {item.ours.cancelled}"


def mark_of(item: Item) -> str:
    """The mark of an entry as we have just written it."""
    return _mark(item, Copy.of(item.key, ""))
