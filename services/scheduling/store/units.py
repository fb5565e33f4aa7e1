"""Aggregates and facts in one unit of work."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tzdata import IANA_VERSION

from services.scheduling.domain import (
    BUCKET_SECONDS,
    Agenda,
    Availability,
    Calendar,
    CalendarKind,
    Meeting,
    MeetingState,
    MetOtherwise,
    Notes,
    PersonHere,
    Plan,
    Policy,
    Rhythm,
    Series,
    Style,
    TimeTaken,
    VideoChoice,
    VideoKind,
    buckets_between,
)
from services.scheduling.slots import Span, clipped, merged, overlaps, without
from shared.aggregate import new_id
from shared.deliveries import Delivery
from shared.errors import Rejected
from shared.timers import Timer
from shared.unit import Unit

# Who has not been heard of by the portal yet: their events are on their way.
UNKNOWN_ZONE = "UTC"
OPEN = [MeetingState.PROPOSED.value, MeetingState.BOOKED.value]


class MongoAllSeries:
    """`AllSeries` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, partnership_id: str) -> Series:
        return await self._unit.get("series", Series, partnership_id)

    async def save(self, series: Series) -> None:
        self._unit.save("series", series)

    async def clear_later(self, series: Series) -> None:
        self._unit.remind(Timer(id=f"pause/{series.id}", kind="clear_pause", due_at=self._unit.at, subject=series.id))

    async def close_later(self, series: Series) -> None:
        self._unit.remind(Timer(id=f"close/{series.id}", kind="close_series", due_at=series.ended_at or self._unit.at, subject=series.id))


class MongoMeetings:
    """`Meetings` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, meeting_id: str) -> Meeting:
        return await self._unit.get("meetings", Meeting, meeting_id)

    async def find(self, meeting_id: str) -> Meeting | None:
        return await self._unit.find("meetings", Meeting, meeting_id)

    async def open_of(self, partnership_id: str) -> list[Meeting]:
        return await self._unit.query("meetings", Meeting, {"partnership_id": partnership_id, "state": {"$in": OPEN}})

    async def next_of(self, partnership_id: str, at: datetime) -> Meeting | None:
        booked = {"partnership_id": partnership_id, "state": MeetingState.BOOKED.value, "ends_at": {"$gt": at}}
        found = await self._unit.query("meetings", Meeting, booked, sort=[("starts_at", 1)])
        # The database does not know yet of one that this very unit has ended.
        return next((meeting for meeting in found if meeting.state is MeetingState.BOOKED), None)

    async def ahead_of(self, person_id: str, at: datetime) -> list[Meeting]:
        mine = {"$or": [{"protege_id": person_id}, {"mentor_id": person_id}]}
        return await self._unit.query("meetings", Meeting, {**mine, "state": MeetingState.BOOKED.value, "ends_at": {"$gt": at}})

    async def save(self, meeting: Meeting) -> None:
        self._unit.save("meetings", meeting)


class MongoTimes:
    """`Times` in one unit of work: a row for each person and quarter of an hour, whose id only one meeting can have."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def must_be_free(self, people: Sequence[str], starts_at: datetime, ends_at: datetime, *, but: Collection[str]) -> None:
        claims = [claim_id(person, bucket) for person in people for bucket in buckets_between(starts_at, ends_at)]
        await self._unit.prefetch({"claims": claims, "busy": people})
        for claim in claims:
            row = await self._unit.row("claims", claim)
            if row is not None and row["meeting_id"] not in but and not self._is_over(row):
                raise TimeTaken
        for person in people:
            busy = await self._unit.row("busy", person)
            if busy is not None and overlaps(busy["spans"], int(starts_at.timestamp()), int(ends_at.timestamp())):
                raise TimeTaken

    async def take(self, meeting: Meeting, *, instead_of: str | None = None) -> None:
        if meeting.starts_at is None or meeting.ends_at is None:
            raise ValueError(meeting.id)
        await self.must_be_free(meeting.partners, meeting.starts_at, meeting.ends_at, but={meeting.id, instead_of or ""})
        self._unit.release("claims", {"meeting_id": meeting.id})
        self._claim(meeting, meeting.buckets, until=meeting.ends_at)
        await self.note_clock(meeting)
        self._unit.remind(Timer(id=_end_timer(meeting), kind="meeting_end", due_at=meeting.ends_at, subject=meeting.id))

    async def note(self, meeting: Meeting) -> None:
        same_time = {"starts_at": {"$lt": meeting.ends_at}, "ends_at": {"$gt": meeting.starts_at}}
        held = {"partnership_id": meeting.partnership_id, "state": {"$ne": MeetingState.CANCELLED.value}}
        if await self._unit.query("meetings", Meeting, {**held, **same_time}):
            raise MetOtherwise
        self._claim(meeting, meeting.buckets, MetOtherwise(), until=meeting.ends_at)

    async def note_clock(self, meeting: Meeting) -> None:
        meeting.agree_on_clock((await MongoAvailabilities(self._unit).of(meeting.protege_id)).zone, IANA_VERSION)

    async def hold(self, meeting: Meeting) -> None:
        length = timedelta(minutes=meeting.minutes)
        for starts_at in meeting.wanted:
            await self.must_be_free(meeting.partners, starts_at, starts_at + length, but={meeting.id})
        self._unit.release("claims", {"meeting_id": meeting.id})
        self._claim(meeting, meeting.buckets, until=meeting.ends_at)
        if meeting.wanted:
            held_until = meeting.moving.held_until if meeting.moving is not None else meeting.held_until
            self._claim(meeting, meeting.held_buckets, until=max(meeting.wanted) + length, held_until=held_until)

    async def hold_plan(self, plan: Plan, meetings: Sequence[Meeting]) -> None:
        length = timedelta(minutes=plan.minutes)
        own, theirs = {plan.id, *(meeting.id for meeting in meetings)}, {bucket for meeting in meetings for bucket in meeting.buckets}
        for starts_at in plan.wanted:
            await self.must_be_free(plan.partners, starts_at, starts_at + length, but=own)
        await self.let_go(plan)
        buckets = [bucket for bucket in plan.held_buckets if bucket not in theirs]
        self._claim(plan, buckets, until=max(plan.wanted) + length, held_until=plan.held_until)

    async def let_go(self, plan: Plan) -> None:
        self._unit.release("claims", {"meeting_id": plan.id})

    def _claim(self, meeting: Meeting | Plan, buckets: Iterable[int], taken: Rejected | None = None, **ends: datetime | None) -> None:
        """A hold that is over, or whose time has passed, is taken by whoever asks first; a booked time by nobody."""
        now = {"$lt": int(self._unit.at.timestamp()) // BUCKET_SECONDS}
        over = {"$or": [{"held_until": {"$lte": self._unit.at}}, {"held_until": {"$ne": None}, "bucket": now}]}
        for person in meeting.partners:
            for bucket in buckets:
                claim = {"_id": claim_id(person, bucket), "person_id": person, "bucket": bucket, "meeting_id": meeting.id, **ends}
                self._unit.claim("claims", claim, taken=taken or TimeTaken(), over=over)

    def _is_over(self, claim: dict[str, Any]) -> bool:
        held_until = claim.get("held_until")
        return held_until is not None and held_until <= self._unit.at

    async def give_back(self, meeting: Meeting) -> None:
        self._unit.release("claims", {"meeting_id": meeting.id})
        self._unit.forget(_end_timer(meeting))

    async def know_slot(self, person_id: str, slot: Span, spans: Sequence[Span]) -> None:
        known = await self._unit.row("busy", person_id) or {"_id": person_id, "spans": []}
        rest = without([(start, end) for start, end in known["spans"]], [slot])
        fresh = merged([*rest, *clipped(spans, *slot)])
        self._unit.put("busy", {**known, "spans": [list(span) for span in fresh]})


def claim_id(person_id: str, bucket: int) -> str:
    """What is unique: one quarter of an hour of one person's life."""
    return f"{person_id}/{bucket}"


def claimed_spans(buckets: Iterable[int]) -> list[Span]:
    """The time that claimed buckets stand for."""
    return [(bucket * BUCKET_SECONDS, (bucket + 1) * BUCKET_SECONDS) for bucket in buckets]


def _end_timer(meeting: Meeting) -> str:
    return f"end/{meeting.id}"


class MongoAnnouncements:
    """`Announcements` as deliveries: they hold ids only; who sends one looks up what there is to say by then."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def invite(self, meeting: Meeting) -> None:
        if (choice := await self._call_for(meeting)) is not None:
            self._deliver(meeting, choice.id, "video", kind=choice.kind.value)
            if meeting.link_follows is None:
                return  # the two are invited when there is a call, or when it is clear that it takes longer
        for person in meeting.partners:
            self._deliver(meeting, person, "invitation")
            self._deliver(meeting, person, "calendar")
        await self._hand_agenda_on(meeting)

    async def _hand_agenda_on(self, meeting: Meeting) -> None:
        """Another meeting than before may be the next one now, whose entry alone tells the agenda: the two nearest are written anew."""
        agenda = await self._unit.row("agendas", meeting.partnership_id)
        if agenda is None or not agenda["items"]:
            return
        booked = {"partnership_id": meeting.partnership_id, "state": MeetingState.BOOKED.value, "ends_at": {"$gt": self._unit.at}}
        others = await self._unit.query("meetings", Meeting, {**booked, "_id": {"$ne": meeting.id}}, sort=[("starts_at", 1)], limit=2)
        for other in others:
            for person in other.partners:
                self._deliver(other, person, "calendar", f"/beside-{meeting.id}-{meeting.revision}")

    async def _call_for(self, meeting: Meeting) -> VideoChoice | None:
        """Whose choice makes the call of a meeting without a place: the protégé's before the mentor's; None where nobody wants one."""
        if not meeting.lacks_link:
            return None
        choices = [await self._unit.find("video_choices", VideoChoice, person) for person in meeting.partners]
        return next((choice for choice in choices if choice is not None and choice.kind is not VideoKind.NONE), None)

    async def ask_to_reconnect(self, calendar: Calendar) -> None:
        self._unit.deliver(
            Delivery(
                id=f"reconnect/{calendar.id}/{calendar.generation}/{calendar.version}",
                channel="reconnect",
                payload={"person_id": calendar.person_id, "calendar_id": calendar.id},
                expires_at=self._unit.at + timedelta(days=7),
            )
        )

    async def withdraw(self, meeting: Meeting) -> None:
        if meeting.starts_at is not None:
            await self.invite(meeting)

    async def rewrite(self, meeting: Meeting, edition: int) -> None:
        if meeting.state is MeetingState.BOOKED:
            for person in meeting.partners:
                self._deliver(meeting, person, "calendar", f"/agenda-{edition}")

    async def restore(self, meeting: Meeting, person_id: str, occasion: str) -> None:
        self._deliver(meeting, person_id, "calendar", f"/{occasion}")

    async def invite_again(self, meeting: Meeting, person_id: str) -> None:
        self._deliver(meeting, person_id, "invitation", f"/again-{new_id()}")

    async def decline_counter(self, meeting: Meeting, person_id: str) -> None:
        self._deliver(meeting, person_id, "invitation", f"/counter-{new_id()}", method="DECLINECOUNTER")

    async def look_for_times(self, meeting: Meeting, person_id: str) -> None:
        self._deliver(meeting, person_id, "other_times", f"/answer-{meeting.version}")

    async def write_to(self, meeting: Meeting, person_id: str, calendar_id: str, generation: int) -> None:
        self._deliver(meeting, person_id, "calendar", f"/connection-{calendar_id}-{generation}")

    def _deliver(self, meeting: Meeting, person_id: str, channel: str, occasion: str = "", **more: str) -> None:
        self._unit.deliver(
            Delivery(
                id=f"{channel}/{meeting.id}/{person_id}/{meeting.revision}{occasion}",
                channel=channel,
                payload={"meeting_id": meeting.id, "person_id": person_id, "revision": meeting.revision, **more},
                expires_at=meeting.ends_at or self._unit.at + timedelta(days=1),
            )
        )


class MongoAgendas:
    """`Agendas` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, series: Series) -> Agenda:
        return await self._unit.find("agendas", Agenda, series.id) or Agenda.of(series)

    async def find(self, partnership_id: str) -> Agenda | None:
        return await self._unit.find("agendas", Agenda, partnership_id)

    async def agreed_style(self, series: Series) -> Style:
        row = await self._unit.row("rhythms", series.id)
        return Style.named(row["agenda_style"] if row else None)

    async def save(self, agenda: Agenda) -> None:
        self._unit.save("agendas", agenda)


class MongoAllNotes:
    """`AllNotes` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, meeting: Meeting, by: str) -> Notes:
        blank = Notes.of(meeting, by)
        return await self._unit.find("notes", Notes, blank.id) or blank

    async def save(self, notes: Notes) -> None:
        self._unit.save("notes", notes)


class MongoAvailabilities:
    """`Availabilities` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, person_id: str) -> Availability:
        person = await self._unit.row("people", person_id)
        zone = person["zone"] if person else UNKNOWN_ZONE
        return await self._unit.find("availability", Availability, person_id) or Availability.usual(person_id, zone)

    async def save(self, availability: Availability) -> None:
        self._unit.save("availability", availability)


class MongoPlans:
    """`Plans` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, series: Series) -> Plan:
        return await self._unit.find("plans", Plan, series.id) or Plan.of(series)

    async def save(self, plan: Plan) -> None:
        self._unit.save("plans", plan)


class MongoPolicies:
    """`Policies` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, person_id: str) -> Policy:
        return await self._unit.find("policies", Policy, person_id) or Policy.usual(person_id)

    async def save(self, policy: Policy) -> None:
        self._unit.save("policies", policy)


class MongoVideoChoices:
    """`VideoChoices` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, person_id: str) -> VideoChoice:
        return await self._unit.find("video_choices", VideoChoice, person_id) or VideoChoice.usual(person_id)

    async def save(self, choice: VideoChoice) -> None:
        self._unit.save("video_choices", choice)


class MongoCalendars:
    """`Calendars` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, calendar_id: str) -> Calendar:
        return await self._unit.get("calendars", Calendar, calendar_id)

    async def of(self, person_id: str) -> list[Calendar]:
        return await self._unit.query("calendars", Calendar, of_person(person_id), sort=[("_id", 1)])

    async def save(self, calendar: Calendar) -> None:
        self._unit.save("calendars", calendar)

    async def remove(self, calendar: Calendar) -> None:
        self._unit.remove("calendars", calendar.id)


class MongoFacts:
    """`Facts` in one unit of work: rows that only events write."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def know_person(self, person: PersonHere) -> None:
        fields = {"name": person.name, "email": person.email, "zone": person.zone, "locale": person.locale, "active": person.active}
        self._unit.put("people", {"_id": person.person_id, **fields})

    async def know_programme(self, programme_id: str, name: str) -> None:
        self._unit.put("programmes", {"_id": programme_id, "name": name})

    async def know_rhythm(self, partnership_id: str, rhythm: Rhythm) -> None:
        self._unit.put("rhythms", {"_id": partnership_id, **vars(rhythm)})


def person_of(row: dict[str, Any] | None, person_id: str) -> PersonHere:
    """A person out of their row. Who is not known yet has an address nothing is sent to."""
    if row is None:
        return PersonHere(person_id, "", "", UNKNOWN_ZONE, "en", active=False)
    return PersonHere(person_id, row["name"], row["email"], row["zone"], row["locale"], row["active"])


def connected() -> dict[str, Any]:
    """A filter: calendars that something can be read from."""
    return {"kind": {"$ne": CalendarKind.NONE.value}}


def of_person(person_id: str) -> dict[str, Any]:
    """A filter: the calendars of a person. Before people could have several, theirs had their own id."""
    return {"$or": [{"person_id": person_id}, {"_id": person_id}]}


def moment(seconds: int) -> datetime:
    """Epoch seconds as a time."""
    return datetime.fromtimestamp(seconds, UTC)
