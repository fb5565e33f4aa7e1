"""A calendar at either cloud as the suite for all adapters knows it, with what its owner writes given as lines of iCalendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.store import CalendarProvider
from tests.support.clouds.connected import Connected
from tests.support.clouds.entries import graph_point
from tests.support.clouds.google import Google


@dataclass
class CloudPeer:
    """Ines's calendar there."""

    theirs: Connected
    nowhere: str = "nobody@example.org"

    @property
    def place(self) -> str:
        return self.theirs.place

    def provider(self) -> CalendarProvider:
        return self.theirs.provider()

    def locked_out(self) -> CalendarProvider:
        self.theirs.stub.consent.withdraw()
        return self.theirs.provider()

    async def put(self, uid: str, starts_at: datetime, *more: str, key: str | None = None) -> None:
        said = dict(line.partition(":")[::2] for line in more)
        there = self._find(uid)
        fields = self._google(starts_at, said) if isinstance(self.theirs.stub, Google) else self._graph(starts_at, said)
        name = "iCalUID" if isinstance(self.theirs.stub, Google) else "iCalUId"
        self.theirs.stub.put_event(there or "", **fields, **({} if key else {name: uid}))
        if "STATUS" in said and isinstance(self.theirs.stub, Google):
            self.theirs.stub.remove_event(self._find(uid))

    async def remove(self, uid: str) -> None:
        self.theirs.stub.remove_event(self._find(uid))

    def _find(self, uid: str) -> str:
        """The id of the event with this UID, also where it was one of ours to which the cloud gave another."""
        return next((key for key, event in self.theirs.stub.events.items() if uid in str(event)), "")

    @staticmethod
    def _google(starts_at: datetime, said: dict[str, str]) -> dict[str, Any]:
        points = {"start": starts_at, "end": starts_at + timedelta(hours=1)}
        fields: dict[str, Any] = {name: {"dateTime": at.isoformat(), "timeZone": "UTC"} for name, at in points.items()}
        fields |= {name: said[line] for name, line in (("location", "LOCATION"), ("description", "DESCRIPTION")) if line in said}
        fields |= {"transparency": said["TRANSP"].lower()} if "TRANSP" in said else {}
        fields |= {"recurrence": [f"RRULE:{said['RRULE']}"]} if "RRULE" in said else {}
        guests = [text.partition(":")[2] for line, text in said.items() if line.startswith("ATTENDEE")]
        return {**fields, "attendees": [{"email": guest, "responseStatus": "accepted"} for guest in guests]}

    @staticmethod
    def _graph(starts_at: datetime, said: dict[str, str]) -> dict[str, Any]:
        fields: dict[str, Any] = {"start": graph_point(starts_at), "end": graph_point(starts_at + timedelta(hours=1))}
        fields |= {"location": {"displayName": said["LOCATION"]}} if "LOCATION" in said else {}
        fields |= {"body": {"contentType": "text", "content": said["DESCRIPTION"]}} if "DESCRIPTION" in said else {}
        fields |= {"showAs": "free"} if "TRANSP" in said else {}
        fields |= {"isCancelled": True} if "STATUS" in said else {}
        if "RRULE" in said:
            times = int(said["RRULE"].partition("COUNT=")[2])
            fields["recurrence"] = {
                "pattern": {"type": "weekly", "interval": 1},
                "range": {"type": "numbered", "numberOfOccurrences": times},
            }
            fields["originalStartTimeZone"] = "UTC"
        return fields
