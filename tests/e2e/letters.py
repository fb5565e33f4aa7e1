"""What came by mail, read as a program would: from the demo mailbox over HTTP."""

from dataclasses import dataclass
from typing import Any

from icalendar import Calendar

from shared.http import Client, open_client
from tests.support.probe import eventually


@dataclass(frozen=True)
class Mailbox:
    """The demo mailbox."""

    client: Client

    @classmethod
    def at(cls, url: str) -> "Mailbox":
        return cls(open_client(base_url=url))

    async def arrives_with_calendar(self, to: str, *, but: frozenset[str]) -> dict[str, Any]:
        """The one mail to somebody that a calendar program understands, once it is there."""

        async def look() -> list[dict[str, Any]]:
            found = (await self.client.get("/api/messages", params={"q": to})).json()
            return [one for one in found if to in str(one["to"]) and one["calendar"] and one["message_id"] not in but]

        (only,) = await eventually(look, f"an invitation for {to}")
        whole: dict[str, Any] = (await self.client.get(f"/api/messages/{only['message_id']}")).json()
        return whole

    async def arrives(self, to: str, subject: str, *, but: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The newest mail to somebody with these words in its subject, once it is there; `but` names those that were there before."""

        async def look() -> list[dict[str, Any]]:
            found = (await self.client.get("/api/messages", params={"q": to})).json()
            return [one for one in found if to in str(one["to"]) and subject in one["subject"] and one["message_id"] not in but]

        newest = (await eventually(look, f"a mail to {to} about {subject!r}"))[0]
        whole: dict[str, Any] = (await self.client.get(f"/api/messages/{newest['message_id']}")).json()
        return whole

    async def all_ids(self) -> frozenset[str]:
        """Every mail there is now."""
        return frozenset(one["message_id"] for one in (await self.client.get("/api/messages", params={"limit": "3000"})).json())

    async def everything(self) -> list[dict[str, Any]]:
        """Every mail, with all that is in it."""
        return [(await self.client.get(f"/api/messages/{one}")).json() for one in await self.all_ids()]


def invitation(letter: dict[str, Any]) -> tuple[str, Any]:
    """What a calendar program makes of a mail: the method, and the one event."""
    calendar = Calendar.from_ical(letter["calendar"])
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event
