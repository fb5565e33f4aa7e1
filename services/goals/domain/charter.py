"""What two partners agree: needs, trust, and ground rules that act."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.goals.domain.partnership import Partnership
from shared.aggregate import Aggregate
from shared.contracts.goals import CharterProposed, CharterSigned
from shared.errors import Rejected

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


def _written(text: str) -> str:
    if not text:
        raise PydanticCustomError("empty", "Please write something here.")
    return text


def _weeks(weeks: int) -> int:
    if not 1 <= weeks <= 6:  # noqa: PLR2004 - the product's own bounds
        raise PydanticCustomError("cadence", "You can meet every week, or every 2, 3, 4, 5 or 6 weeks.")
    return weeks


def _hours(hours: int) -> int:
    if not 0 <= hours <= 14 * 24:
        raise PydanticCustomError("notice", "Write a number of hours from 0 to 336, for example 24.")
    return hours


class Needs(BaseModel):
    """The first step: who needs what, and who offers what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protege_needs: Annotated[Text, AfterValidator(_written)]
    mentor_offers: Text = ""
    success: Text = ""


class Trust(BaseModel):
    """The second step: how open the two are with each other, and what they do when they are stuck."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    openness: Text = ""
    when_stuck: Text = ""


class Minutes(IntEnum):
    """How long a meeting is."""

    HALF_AN_HOUR = 30
    THREE_QUARTERS = 45
    AN_HOUR = 60
    AN_HOUR_AND_A_HALF = 90


class AgendaStyle(StrEnum):
    """What fills the agenda."""

    QUESTIONS = "questions"
    GOALS_AND_PROGRESS = "goals_and_progress"
    OPEN = "open"


class Confidentiality(StrEnum):
    """Who may know what the two talk about."""

    BETWEEN_US = "between_us"
    ASK_FIRST = "ask_first"
    OPEN = "open"


class GroundRules(BaseModel):
    """The third step: what Tandem then does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cadence_weeks: Annotated[int, AfterValidator(_weeks), Field(description="weeks from one meeting to the next, 1 to 6")]
    minutes: Minutes
    agenda_style: AgendaStyle
    confidentiality: Confidentiality
    between_meetings: Text = ""
    cancel_notice_hours: Annotated[int, AfterValidator(_hours), Field(description="hours, 0 to 336")] = 24


class Agreement(BaseModel):
    """What a charter says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs: Needs
    trust: Trust
    ground_rules: GroundRules


class Signature(BaseModel):
    """Who agreed, and when."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    at: datetime


class Version(BaseModel):
    """A charter as it was proposed once. Proposing is signing: the proposer's signature is the first."""

    number: int
    agreement: Agreement
    proposed_by_id: str
    proposed_at: datetime
    signatures: list[Signature]

    @property
    def signed_at(self) -> datetime | None:
        """When the second of the two signed."""
        return self.signatures[1].at if len(self.signatures) > 1 else None

    def is_signed_by(self, person_id: str) -> bool:
        return any(signature.person_id == person_id for signature in self.signatures)


class CharterState(StrEnum):
    """Where the newest version stands."""

    EMPTY = "empty"
    PROPOSED = "proposed"
    SIGNED = "signed"


class Charter(Aggregate):
    """The charter of one partnership, with every version it ever had. Its id is the partnership's."""

    protege_id: str
    mentor_id: str
    versions: list[Version] = Field(default_factory=list)

    @classmethod
    def between(cls, partnership: Partnership) -> Self:
        """The charter nobody has written yet."""
        return cls(id=partnership.id, protege_id=partnership.protege_id, mentor_id=partnership.mentor_id)

    @property
    def newest(self) -> Version | None:
        """The version on the table: the one that is signed, or that waits for the second signature."""
        return self.versions[-1] if self.versions else None

    @property
    def in_force(self) -> Version | None:
        """The version that acts: the last one both have signed, also while a newer one waits."""
        return next((version for version in reversed(self.versions) if version.signed_at), None)

    @property
    def state(self) -> CharterState:
        """Where the newest version stands."""
        if self.newest is None:
            return CharterState.EMPTY
        return CharterState.SIGNED if self.newest.signed_at else CharterState.PROPOSED

    def propose(self, agreement: Agreement, *, by: str, at: datetime, based_on: int | None = None) -> int:
        """Put a version on the table and return its number. What was signed before stays in force until this one is signed too.

        based_on: the number of the newest version the proposer has seen, 0 for none; None does not ask.
        Sending the same words a second time changes nothing.
        """
        number = self.newest.number if self.newest else 0
        if self.newest and self.newest.agreement == agreement:
            self._must_not_be_of_the_other(by)
            return number
        if based_on is not None and based_on != number:
            raise CharterHasChanged
        signature = Signature(person_id=by, at=at)
        self.versions.append(Version(number=number + 1, agreement=agreement, proposed_by_id=by, proposed_at=at, signatures=[signature]))
        other = self.mentor_id if by == self.protege_id else self.protege_id
        self.record(CharterProposed(partnership_id=self.id, version=number + 1, by_id=by, other_id=other, at=at))
        return number + 1

    def sign(self, number: int, *, by: str, at: datetime) -> None:
        """Agree to the newest version. Signing a second time changes nothing."""
        newest = self.newest
        if newest is None:
            raise NothingToSign
        if number != newest.number:
            raise CharterHasChanged
        if newest.is_signed_by(by):
            self._must_be_signed(newest)
            return
        newest.signatures.append(Signature(person_id=by, at=at))
        rules = newest.agreement.ground_rules
        self.record(
            CharterSigned(
                partnership_id=self.id,
                version=number,
                protege_id=self.protege_id,
                mentor_id=self.mentor_id,
                cadence_weeks=rules.cadence_weeks,
                minutes=rules.minutes,
                agenda_style=rules.agenda_style,
                confidentiality=rules.confidentiality,
                at=at,
            )
        )

    def _must_not_be_of_the_other(self, by: str) -> None:
        if self.newest and not self.newest.is_signed_by(by):
            raise TheSameIsProposedAlready

    def _must_be_signed(self, version: Version) -> None:
        if version.signed_at is None:
            raise TheOtherOneSigns


class CharterHasChanged(Rejected):
    """The charter has changed since you read it; look at the newest version first."""


class NothingToSign(Rejected):
    """Nobody has proposed a charter yet; there is nothing to sign."""


class TheOtherOneSigns(Rejected):
    """You have proposed this version, so it is the other one who signs it or proposes a change."""


class TheSameIsProposedAlready(Rejected):
    """The other one has proposed exactly these words already; you only need to sign."""
