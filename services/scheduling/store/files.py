"""Calendars that are one file: uploaded, they are read as they lie."""

from collections.abc import Sequence

from services.scheduling.domain import Calendar
from services.scheduling.slots import Unreadable, merged
from services.scheduling.store.parsing import read_file
from services.scheduling.store.provider import Busy, CalendarServerError, Capabilities, Changes, Place, ReadOnly, Scope


class UploadedFile(ReadOnly):
    """A file a person has uploaded, of which only the times were kept. It never changes, but the window over it does."""

    capabilities = Capabilities(itemised=True)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def opened(cls, calendar: Calendar, _secret: str) -> "UploadedFile":
        """The file that is kept in the calendar itself."""
        return cls(calendar.file or "")

    async def discover(self) -> Sequence[Place]:
        """The file itself."""
        return [Place(place="file", name="", writable=False)]

    async def busy(self, place: str, scope: Scope) -> Busy:
        """All busy time."""
        found = await self.changes(place, scope, None)
        return Busy(spans=merged(span for item in found.items for span in item.busy), unread=found.unread)

    async def changes(self, _place: str, scope: Scope, _cursor: str | None) -> Changes:
        """All of it, every time."""
        try:
            items, unread = await read_file(self._text, scope)
        except Unreadable as problem:
            raise CalendarServerError(str(problem), field="file", lasting=True) from problem
        return Changes(items=items, cursor=None, reset=True, unread=unread)
