"""The channel `other_times`: looks for times at which a meeting that one of the two cannot come to could be held, and proposes them."""

from datetime import UTC, datetime

from services.scheduling.domain import Meeting, MeetingState
from services.scheduling.handlers import CancelMeeting, ProposeMove, cancel_meeting, propose_move
from services.scheduling.store import Queries, next_offers
from shared.deliveries import Delivery, Later, Unneeded
from shared.errors import Rejected
from shared.service import Service


class OtherTimesSender:
    """Sends deliveries of the channel `other_times`, in the name of who cannot come."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def send(self, delivery: Delivery) -> None:
        """Propose three other times to the partner; where there are none, the meeting is cancelled. Raises Later, Unneeded."""
        document = await self._service.database.meetings.find_one({"_id": delivery.payload["meeting_id"]})
        meeting = Meeting.from_document(document) if document else None
        if meeting is None or meeting.state is not MeetingState.BOOKED or meeting.revision > delivery.payload["revision"]:
            raise Unneeded("the meeting has changed since")
        if meeting.starts_at is None or (meeting.moving is not None and meeting.moving.by_id == delivery.payload["person_id"]):
            raise Unneeded("other times are proposed already")
        by, at, reads = delivery.payload["person_id"], datetime.now(UTC), Queries(self._service.database)
        series = await reads.series(meeting.partnership_id, by)
        offers = await next_offers(reads, series, meeting.starts_at, meeting.minutes, at=at, but=meeting.id)
        starts = [datetime.fromtimestamp(offer.start, UTC) for offer in offers]
        try:
            if starts:
                await self._service.run(propose_move, ProposeMove(meeting_id=meeting.id, starts=starts, by=by, at=at))
            else:
                await self._service.run(cancel_meeting, CancelMeeting(meeting_id=meeting.id, by=by, at=at))
        except Rejected as refusal:
            raise Later(f"other times could not be proposed: {type(refusal).__name__}") from refusal
