"""What pages ask: read models out of the same collections, without a unit of work."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.scheduling.domain import (
    BUCKET_SECONDS,
    Agenda,
    Availability,
    Calendar,
    Copy,
    Meeting,
    MeetingState,
    Notes,
    PersonHere,
    Plan,
    Policy,
    Rhythm,
    Series,
    Style,
    VideoChoice,
    copy_id,
    notes_id,
)
from services.scheduling.domain.calendar import Knowledge, knowledge_of
from services.scheduling.slots import DAY, Diary, Span, busy_of
from services.scheduling.store.units import UNKNOWN_ZONE, claimed_spans, moment, of_person, person_of
from shared.errors import NotFound

MOST_MEETINGS = 500


class Queries:
    """Reads for one request."""

    def __init__(self, database: Any) -> None:
        self._database = database

    async def series(self, partnership_id: str, by: str) -> Series:
        """A partnership's series, for one of its partners. Raises NotFound, NotYourPartnership."""
        document = await self._database.series.find_one({"_id": partnership_id})
        if document is None:
            raise NotFound
        series = Series.from_document(document)
        series.must_be_partner(by)
        return series

    async def rhythm(self, partnership_id: str) -> Rhythm:
        """What the charter says; the usual until one is signed."""
        row = await self._database.rhythms.find_one({"_id": partnership_id}, {"_id": 0})
        return Rhythm(**{**row, "agenda_style": Style.named(row["agenda_style"])}) if row else Rhythm()

    async def meetings_of(self, partnership_id: str) -> list[Meeting]:
        """All meetings of a partnership, the earliest first."""
        cursor = self._database.meetings.find({"partnership_id": partnership_id}).sort("starts_at", 1).limit(MOST_MEETINGS)
        return [Meeting.from_document(document) async for document in cursor]

    async def meeting(self, meeting_id: str, by: str) -> Meeting:
        """One meeting, for one of its partners. Raises NotFound, NotYourPartnership."""
        document = await self._database.meetings.find_one({"_id": meeting_id})
        if document is None:
            raise NotFound
        meeting = Meeting.from_document(document)
        meeting.must_be_partner(by)
        return meeting

    async def meetings_for(self, person_id: str, start: datetime | None, until: datetime | None) -> list[Meeting]:
        """A person's meetings that end after `start` and begin before `until`, the earliest first, and all that wait for an answer."""
        times: list[dict[str, Any]] = [{"ends_at": {"$gt": start}}] if start else []
        times += [{"starts_at": {"$lt": until}}] if until else []
        wanted = {"$or": [{"state": MeetingState.PROPOSED.value}, {"$and": times}]} if times else {}
        mine = {"$or": [{"protege_id": person_id}, {"mentor_id": person_id}]}
        cursor = self._database.meetings.find({"$and": [mine, wanted]} if wanted else mine).sort("starts_at", 1).limit(MOST_MEETINGS)
        return [Meeting.from_document(document) async for document in cursor]

    async def agenda(self, series: Series) -> Agenda:
        """A partnership's agenda."""
        document = await self._database.agendas.find_one({"_id": series.id})
        return Agenda.from_document(document) if document else Agenda.of(series)

    async def is_next(self, meeting: Meeting, at: datetime) -> bool:
        """Whether no other meeting of the two is booked before it, so that their agenda is this one's."""
        sooner = {"state": MeetingState.BOOKED.value, "starts_at": {"$lt": meeting.starts_at}, "ends_at": {"$gt": at}}
        return await self._database.meetings.find_one({"partnership_id": meeting.partnership_id, **sooner}, {"_id": 1}) is None

    async def notes(self, meeting: Meeting, reader_id: str) -> tuple[Notes | None, Notes | None]:
        """One partner's own notes on a meeting, and the other's as far as they share them."""
        kept = self._database.notes.find({"_id": {"$in": [notes_id(meeting.id, person_id) for person_id in meeting.partners]}})
        found = {notes.by_id: notes async for document in kept if (notes := Notes.from_document(document)).may_be_read_by(reader_id)}
        return found.pop(reader_id, None), next(iter(found.values()), None)

    async def person(self, person_id: str) -> PersonHere:
        """Who somebody is, as far as it is known."""
        return person_of(await self._database.people.find_one({"_id": person_id}), person_id)

    async def programme_name(self, programme_id: str) -> str:
        """A programme's name; empty until it is known."""
        row = await self._database.programmes.find_one({"_id": programme_id})
        return str(row["name"]) if row else ""

    async def availability(self, person_id: str) -> Availability:
        """When a person works."""
        return (await self.availabilities([person_id]))[0]

    async def availabilities(self, people: Sequence[str]) -> list[Availability]:
        """When each of them works, in their order."""
        said = [Availability.from_document(row) async for row in self._database.availability.find({"_id": {"$in": list(people)}})]
        found = {one.id: one for one in said}
        if unsaid := [person for person in people if person not in found]:
            zones = {row["_id"]: row["zone"] async for row in self._database.people.find({"_id": {"$in": unsaid}}, {"zone": 1})}
            found |= {person: Availability.usual(person, zones.get(person, UNKNOWN_ZONE)) for person in unsaid}
        return [found[person] for person in people]

    async def video_choice(self, person_id: str) -> VideoChoice:
        """Of which kind calls are made for a person's meetings."""
        document = await self._database.video_choices.find_one({"_id": person_id})
        return VideoChoice.from_document(document) if document else VideoChoice.usual(person_id)

    async def policy(self, person_id: str) -> Policy:
        """What a person lets their partners do without asking."""
        document = await self._database.policies.find_one({"_id": person_id})
        return Policy.from_document(document) if document else Policy.usual(person_id)

    async def calendar(self, calendar_id: str, by: str) -> Calendar:
        """One of a person's calendars. Raises NotFound."""
        document = await self._database.calendars.find_one({"_id": calendar_id})
        if document is None:
            raise NotFound
        calendar = Calendar.from_document(document)
        calendar.must_be_of(by)
        return calendar

    async def plan(self, series: Series) -> Plan:
        """The one plan of a partnership."""
        document = await self._database.plans.find_one({"_id": series.id})
        return Plan.from_document(document) if document else Plan.of(series)

    async def copy(self, meeting_id: str, person_id: str) -> Copy:
        """What was written last of a meeting into a partner's calendar."""
        document = await self._database.copies.find_one({"_id": copy_id(meeting_id, person_id)})
        return Copy.from_document(document) if document else Copy.of(meeting_id, person_id)

    async def calendars(self, person_id: str) -> list[Calendar]:
        """Where a person's busy time is read from."""
        cursor = self._database.calendars.find(of_person(person_id)).sort("_id", 1)
        return [Calendar.from_document(document) async for document in cursor]

    async def knowledge(self, people: Sequence[str], at: datetime) -> dict[str, tuple[Knowledge, datetime | None]]:
        """How far each one's busy time can be relied on, and as of when."""
        theirs = {"$or": [{"person_id": {"$in": list(people)}}, {"_id": {"$in": list(people)}}]}
        documents = self._database.calendars.find(theirs, {"file": 0, "secret": 0, "password": 0})
        calendars = [Calendar.from_document(document) async for document in documents]
        return {person: knowledge_of([one for one in calendars if one.person_id == person], at) for person in people}

    async def diaries(self, people: Sequence[Availability], start: int, end: int, *, at: datetime, but: str | None) -> list[Diary]:
        """What is known at a time of each one's days, the meeting `but` left out: it must not stand in its own way."""
        first, last = start - DAY, end + DAY
        ids = [person.id for person in people]
        busy, taken = await asyncio.gather(self._busy(ids), self._taken(ids, first, last, at, but))
        return [
            Diary(
                person_id=one.id,
                zone=one.zone,
                hours=tuple(window.as_hours() for window in one.hours),
                busy=busy_of([*busy[one.id], *claimed_spans(taken[one.id])], first, last),
                buffer=one.buffer_minutes * 60,
                notice=one.notice_hours * 3600,
                horizon=one.limits.horizon_days * DAY,
                off=one.limits.days_off(one.zone, first, last),
                full=await self._full(one, first, last, but),
                spells=one.limits.spells(one.zone, one.hours),
                grid=one.limits.grid_minutes * 60,
            )
            for one in people
        ]

    async def _busy(self, people: Sequence[str]) -> dict[str, list[Span]]:
        found: dict[str, list[Span]] = {person: [] for person in people}
        async for row in self._database.busy.find({"_id": {"$in": list(people)}}, {"spans": 1}):
            found[row["_id"]] = [(int(a), int(b)) for a, b in row["spans"]]
        return found

    async def _taken(self, people: Sequence[str], start: int, end: int, at: datetime, but: str | None) -> dict[str, list[int]]:
        taken = {
            "person_id": {"$in": list(people)},
            "bucket": {"$gte": start // BUCKET_SECONDS, "$lt": end // BUCKET_SECONDS},
            "meeting_id": {"$ne": but},
            "$or": [{"held_until": None}, {"held_until": {"$gt": at}}],
        }
        found: dict[str, list[int]] = {person: [] for person in people}
        async for row in self._database.claims.find(taken, {"person_id": 1, "bucket": 1}):
            found[row["person_id"]].append(row["bucket"])
        return found

    async def _full(self, availability: Availability, start: int, end: int, but: str | None) -> tuple[Span, ...]:
        """The days and weeks with as many meetings as somebody wants; weeks reach beyond both ends of the time that is asked for."""
        if not (availability.limits.most_a_day or availability.limits.most_a_week):
            return ()
        around = {"$gte": moment(start - 7 * DAY), "$lt": moment(end + 7 * DAY)}
        mine = {"$or": [{"protege_id": availability.id}, {"mentor_id": availability.id}]}
        booked = {**mine, "_id": {"$ne": but}, "state": MeetingState.BOOKED.value, "starts_at": around}
        starts = [row["starts_at"] async for row in self._database.meetings.find(booked, {"starts_at": 1})]
        return availability.limits.full(availability.zone, starts)

    async def standing(self, series: Series) -> tuple[Rhythm, list[Meeting], list[Availability]]:
        """What the two have agreed on, their meetings, and when they work: the protégé first, whose zone their days are counted in."""
        return await asyncio.gather(self.rhythm(series.id), self.meetings_of(series.id), self.availabilities(series.partners))


def usual(series: Series, rhythm: Rhythm, meetings: Sequence[Meeting], zone: str) -> tuple[datetime | None, date | None]:
    """The last meeting's start, and the day the next one is due."""
    last = max((meeting.starts_at for meeting in meetings if meeting.state is MeetingState.ENDED and meeting.starts_at), default=None)
    return last, series.due_on(rhythm.due_on(series.started_at, last, zone))
