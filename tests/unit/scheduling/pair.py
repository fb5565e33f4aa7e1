"""Two partners in two zones, as other services would tell of them."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from services.scheduling.domain import Meeting, Series
from shared.contracts.goals import CharterSigned
from shared.contracts.matching import (
    PartnershipEnded,
    PartnershipPaused,
    PartnershipProlonged,
    PartnershipResumed,
    PartnershipStarted,
    ProgrammeOpened,
)
from shared.contracts.portal import PersonChanged
from tests.support.people import person_changed

STARTED_AT = datetime(2026, 1, 7, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 8, 8, 0, tzinfo=UTC)
"""Past by any clock, so that what is to be sent is due; the meetings lie ahead of any clock, so that they are still wanted."""
TEN = datetime(2030, 1, 9, 14, 0, tzinfo=UTC)
"""A Wednesday: two in the afternoon in Lisbon, nine in the morning in Toronto."""


def an_id() -> str:
    return uuid.uuid4().hex


@dataclass
class Pair:
    """Inês in Lisbon and Deborah in Toronto."""

    partnership_id: str = field(default_factory=an_id)
    programme_id: str = field(default_factory=an_id)
    protege_id: str = field(default_factory=an_id)
    mentor_id: str = field(default_factory=an_id)

    def people(self) -> list[PersonChanged]:
        return [
            person_changed(self.protege_id, name="Inês Carvalho", email=f"ines-{self.protege_id}@example.org", zone="Europe/Lisbon"),
            person_changed(
                self.mentor_id, name="Deborah Osei", email=f"deborah-{self.mentor_id}@example.org", zone="America/Toronto", locale="de"
            ),
        ]

    def programme(self) -> ProgrammeOpened:
        return ProgrammeOpened(
            programme_id=self.programme_id,
            name="Engineering leaders",
            starts_on=STARTED_AT.date(),
            ends_on=STARTED_AT.date().replace(year=2031),
            manager_ids=("sofie",),
            at=STARTED_AT,
        )

    def started(self) -> PartnershipStarted:
        return PartnershipStarted(
            partnership_id=self.partnership_id,
            programme_id=self.programme_id,
            protege_id=self.protege_id,
            mentor_id=self.mentor_id,
            ends_on=None,
            at=STARTED_AT,
        )

    def paused(self, until: date) -> PartnershipPaused:
        return PartnershipPaused(**self._ids(), until=until, by_id=self.mentor_id, at=NOW)

    def resumed(self) -> PartnershipResumed:
        return PartnershipResumed(**self._ids(), by_id=None, at=NOW)

    def prolonged(self, ends_on: date) -> PartnershipProlonged:
        return PartnershipProlonged(**self._ids(), ends_on=ends_on, at=NOW)

    def _ids(self) -> dict[str, str]:
        return {
            "partnership_id": self.partnership_id,
            "programme_id": self.programme_id,
            "protege_id": self.protege_id,
            "mentor_id": self.mentor_id,
        }

    def ended(self, at: datetime = NOW) -> PartnershipEnded:
        return PartnershipEnded(
            partnership_id=self.partnership_id,
            programme_id=self.programme_id,
            protege_id=self.protege_id,
            mentor_id=self.mentor_id,
            reason="completed",
            at=at,
        )

    def signed(self, cadence_weeks: int = 4, minutes: int = 60, agenda_style: str = "questions") -> CharterSigned:
        return CharterSigned(
            partnership_id=self.partnership_id,
            version=1,
            protege_id=self.protege_id,
            mentor_id=self.mentor_id,
            cadence_weeks=cadence_weeks,
            minutes=minutes,
            agenda_style=agenda_style,
            confidentiality="between_us",
            at=NOW,
        )

    def everything(self) -> list[PersonChanged | ProgrammeOpened | PartnershipStarted]:
        return [*self.people(), self.programme(), self.started()]

    def series(self) -> Series:
        return Series(
            id=self.partnership_id,
            programme_id=self.programme_id,
            protege_id=self.protege_id,
            mentor_id=self.mentor_id,
            started_at=STARTED_AT,
        )

    def booked(self, starts_at: datetime = TEN, minutes: int = 60) -> Meeting:
        return Meeting.book(self.series(), by=self.protege_id, starts_at=starts_at, minutes=minutes, place="", at=NOW)

    def proposed(self, *starts: datetime, minutes: int = 60) -> Meeting:
        return Meeting.propose(self.series(), by=self.protege_id, starts=list(starts) or [TEN], minutes=minutes, place="", at=NOW)
