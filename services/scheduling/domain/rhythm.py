"""How often two people want to meet, and when the next meeting is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.domain.agenda import Style

USUAL_MINUTES = 45
FIRST_MEETING_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Rhythm:
    """What the charter says; `weeks` is None until one is signed."""

    weeks: int | None = None
    minutes: int = USUAL_MINUTES
    agenda_style: Style = Style.QUESTIONS

    def due_on(self, started_at: datetime, last_met_at: datetime | None, zone: str) -> date | None:
        """The day the next meeting is due: a week after the start for the first one, then as agreed; None when nothing is."""
        if last_met_at is None:
            return (started_at.astimezone(ZoneInfo(zone)) + FIRST_MEETING_WITHIN).date()
        if self.weeks is None:
            return None
        return (last_met_at.astimezone(ZoneInfo(zone)) + timedelta(weeks=self.weeks)).date()
