"""A notice: one thing one person is told. And what can be said about it afterwards."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from services.notifications.domain.kinds import MANNERS, Kind
from shared.aggregate import Aggregate
from shared.errors import NotFound

OLD_NEWS = timedelta(days=3)
"""What is heard later than this (a replay, a history that was read in) is in the inbox, but neither new nor mailed."""

_NAMESPACE = UUID("6f1f3a0e-53c6-5f0b-9a55-0d4f4c1b7d10")


class NotYourNotice(NotFound):
    """There is no such notice in your inbox."""


class Notice(Aggregate):
    """One thing one person is told. Its id follows from what it says, so that it exists once however often it is heard.

    Whether a question still waits for its answer is not kept here: the answer may come from another aggregate, in
    another order, or before the question. It leaves a `Closing`; `closed_by` names the ones that would close this
    notice, and whoever reads a notice looks whether one of them is there.
    """

    person_id: str
    kind: Kind
    matter: str
    """What it is about, in the words of the answer: a proposal's id, a charter's id and version."""
    subject: dict[str, str | int]
    at: datetime
    arrived_at: datetime
    """When it was put into the inbox, which for an old event is later than `at`."""
    answer_until: datetime | None = None
    """After this nobody needs to answer."""
    seen_at: datetime | None = None
    needs_answer: bool = False
    closed_by: tuple[str, ...] = ()

    @classmethod
    def tell(
        cls,
        kind: Kind,
        *,
        person_id: str,
        matter: str,
        subject: dict[str, str | int],
        at: datetime,
        arrived_at: datetime,
        answer_until: datetime | None = None,
    ) -> Self:
        """A new notice."""
        closed_by = [Closing.name(kind, matter), Closing.name(kind, matter, person_id)]
        if MANNERS[kind].needs_answer and "partnership_id" in subject:
            closed_by.append(Closing.of_partnership(str(subject["partnership_id"])))
        notice = cls(
            id=str(uuid5(_NAMESPACE, f"{kind}/{matter}/{person_id}")),
            person_id=person_id,
            kind=kind,
            matter=matter,
            subject=subject,
            at=at,
            arrived_at=arrived_at,
            answer_until=answer_until,
            needs_answer=MANNERS[kind].needs_answer,
            closed_by=tuple(closed_by),
        )
        notice.seen_at = arrived_at if notice.is_old_news else None
        return notice

    @property
    def is_old_news(self) -> bool:
        """Whether it came too late to make a stir."""
        return self.at + OLD_NEWS <= self.arrived_at

    @property
    def goes_by_mail(self) -> bool:
        """Whether it is told by mail too, if its person wants mail."""
        return MANNERS[self.kind].mail and not self.is_old_news

    @property
    def mail_until(self) -> datetime:
        """After this a mail would tell nothing new, or ask what need not be answered any more."""
        stale_at = self.at + OLD_NEWS
        return stale_at if self.answer_until is None else min(stale_at, self.answer_until)

    @property
    def link(self) -> str:
        """The portal's page about it."""
        return MANNERS[self.kind].link.format_map(self.subject)

    def mark_seen(self, *, by: str, at: datetime) -> None:
        """Its person has seen it; the first time counts. Raises NotYourNotice for anybody else."""
        if by != self.person_id:
            raise NotYourNotice
        self.seen_at = self.seen_at or at


def why_no_mail(*, active: bool, wants_mail: bool, closed: bool, still_true: bool) -> str | None:
    """Why a mail that was to be sent is dropped after all; None when it is to be sent."""
    reasons = {
        "the person has left": not active,
        "the person wants no mail": not wants_mail,
        "nobody needs to answer any more": closed,
        "the meeting has another time or is off": not still_true,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


class Closing(BaseModel):
    """A question has been answered or has lost its sense: for one person, or for all who were asked."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime

    @staticmethod
    def name(kind: Kind, matter: str, person_id: str | None = None) -> str:
        """The closing of what `kind` says about `matter`, to everybody or to one person."""
        return f"{kind}/{matter}" if person_id is None else f"{kind}/{matter}/{person_id}"

    @staticmethod
    def of_partnership(partnership_id: str) -> str:
        """The closing of all that the two partners have been asked."""
        return f"partnership/{partnership_id}"


class Listener(BaseModel):
    """A person as notifications knows them."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    name: str
    email: str
    zone: str
    locale: str
    active: bool


class Programme(BaseModel):
    """A programme as notifications knows it."""

    model_config = ConfigDict(frozen=True)

    programme_id: str
    name: str
    manager_ids: tuple[str, ...]


class Preferences(BaseModel):
    """How a person wants to be told. Who has said nothing gets mail."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    email: bool = True
