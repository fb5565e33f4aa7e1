"""What two partners answer to an invitation: which answer counts when several come, late, twice or in another's name."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from services.scheduling.domain.refusals import OldTime

MOST_STRANGERS = 5


class Coming(StrEnum):
    """PARTSTAT, as far as it means something between two."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Answer(BaseModel):
    """`revision` is the SEQUENCE it answers, `stamp` its DTSTAMP. `verified`: it is known to come from whom it names."""

    coming: Coming
    revision: int
    stamp: datetime
    verified: bool


class Answers(BaseModel):
    """By person. What is not known to be theirs stands apart: it is shown and nothing follows from it."""

    given: dict[str, Answer] = Field(default_factory=dict)
    unverified: dict[str, Answer] = Field(default_factory=dict)
    strangers: list[str] = Field(default_factory=list)
    """Addresses that have answered without having been asked."""

    def hear(self, by: str, answer: Answer, revision: int) -> bool:
        """Remember it unless a newer one is known: by SEQUENCE, then by DTSTAMP (RFC 5546, 2.1.5). Raises OldTime."""
        if answer.revision < revision:
            raise OldTime
        known = (self.given if answer.verified else self.unverified).get(by)
        if known is not None and (known.revision, known.stamp) >= (answer.revision, answer.stamp):
            return False
        if answer.verified:
            self.given[by] = answer
            self.unverified.pop(by, None)
        else:
            self.unverified[by] = answer
        return True

    def turn_away(self, address: str) -> None:
        """Somebody who was not asked has answered."""
        self.strangers = [*[known for known in self.strangers if known != address], address][-MOST_STRANGERS:]

    def of(self, person_id: str, revision: int) -> Answer | None:
        """What they say of the time the meeting has now."""
        found = self.given.get(person_id) or self.unverified.get(person_id)
        return found if found is not None and found.revision == revision else None
