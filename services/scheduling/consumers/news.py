"""What a delivery is about, looked up when it is sent: it holds ids only, and the meeting may have changed since."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.scheduling.consumers.words import Words
from services.scheduling.domain import Agenda, Meeting, PersonHere
from services.scheduling.store import Queries
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded
from shared.mongo import Database, Document


@dataclass(frozen=True)
class News:
    """A meeting as it is now, and one of its two, who is to be told."""

    meeting: Meeting
    reader: PersonHere
    partner: PersonHere
    words: Words


class Newsroom:
    """Finds out what there is to say."""

    def __init__(self, database: Database, portal_url: str) -> None:
        self._database = database
        self._queries = Queries(database)
        self._portal_url = portal_url.rstrip("/")

    async def about(self, delivery: Delivery) -> News:
        """Raises Later, Unneeded when a newer delivery says more, Undeliverable when the meeting is gone."""
        document = await self._database.meetings.find_one({"_id": delivery.payload["meeting_id"]})
        if document is None:
            raise Undeliverable("the meeting is not there")
        meeting = Meeting.from_document(document)
        if meeting.revision > delivery.payload["revision"]:
            raise Unneeded("the meeting has changed since")
        reader_id = delivery.payload["person_id"]
        partner_id = meeting.mentor_id if reader_id == meeting.protege_id else meeting.protege_id
        reader, partner = await self._queries.person(reader_id), await self._queries.person(partner_id)
        if not reader.email or not partner.email:
            raise Later("who it is for is not known yet")
        is_next = await self._queries.is_next(meeting, datetime.now(UTC))
        agenda = await self._database.agendas.find_one({"_id": meeting.partnership_id}) if is_next else None
        words = Words(
            meeting,
            reader,
            partner,
            programme=await self._queries.programme_name(meeting.programme_id),
            agenda=_open_items(agenda) if is_next else None,
            url=f"{self._portal_url}/meetings/{meeting.id}",
        )
        return News(meeting, reader, partner, words)


def _open_items(agenda: Document | None) -> list[str]:
    return [item.text for item in Agenda.from_document(agenda).open_items] if agenda else []
