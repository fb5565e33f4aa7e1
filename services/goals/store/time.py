"""The time a programme's pairs have spent together, summed over all of them when it is read."""

from dataclasses import dataclass

from shared.mongo import Database, aggregate

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class TimeTogether:
    """How often they met, for how many minutes, and how many minutes they gave back by ending early."""

    meetings: int = 0
    minutes: int = 0
    saved_minutes: int = 0


async def time_of_programme(database: Database, programme_id: str) -> TimeTogether:
    """One sum over every meeting of the programme that took place."""
    rows = await aggregate(
        database.meetings,
        [
            {"$match": {"programme_id": programme_id, "state": "ended"}},
            {
                "$group": {
                    "_id": None,
                    "meetings": {"$sum": 1},
                    "milliseconds": {"$sum": {"$subtract": ["$ends_at", "$starts_at"]}},
                    "saved_minutes": {"$sum": {"$ifNull": ["$saved_minutes", 0]}},
                }
            },
        ],
    )
    for row in rows:
        return TimeTogether(row["meetings"], row["milliseconds"] // _MINUTE_MS, row["saved_minutes"])
    return TimeTogether()
