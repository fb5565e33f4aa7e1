"""Looks at the meetings to come once the zone data is another than the one they were agreed by."""

import asyncio
from datetime import UTC, datetime

import structlog
from tzdata import IANA_VERSION

from services.scheduling.domain import MeetingState, TimeTaken
from services.scheduling.handlers import FollowClock, follow_clock, keep_instant
from shared.service import Service

EVERY_SECONDS = 3600.0

log = structlog.get_logger()


async def rezone(service: Service) -> None:
    """At the start, for a new release of the zone data may have been installed; then now and then, for what others have left undone."""
    while True:
        await rezone_all(service)
        await asyncio.sleep(EVERY_SECONDS)


async def rezone_all(service: Service) -> int:
    """Have each meeting to come follow its clock; how many were looked at."""
    now, looked_at = datetime.now(UTC), 0
    wanted = {"state": MeetingState.BOOKED.value, "starts_at": {"$gt": now}, "agreed.tzdata": {"$exists": True, "$ne": IANA_VERSION}}
    async for row in service.database.meetings.find(wanted, {"_id": 1}):
        command = FollowClock(meeting_id=row["_id"], tzdata=IANA_VERSION, at=now)
        try:
            await service.run(follow_clock, command)
        except TimeTaken:
            await service.run(keep_instant, command)
        looked_at += 1
    if looked_at:
        log.info("meetings follow the rules of their clocks anew", number=looked_at, reference=IANA_VERSION)
    return looked_at
