"""What sums over many, read when it is asked for: the health of a programme's pairs, and which feedback is due."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.goals.domain import ASKED_FOR_DAYS, Charter, Meeting, Partnership, Programme, ProgrammeNotFound
from services.goals.health import AnswerFact, CharterFact, Facts, Feedback, Health, MeetingFact, assess, feedback_of
from services.goals.store.facts import meeting_from, partnership_from, programme_from
from shared.mongo import Database, Document, aggregate

MEETING_FIELDS = {"partnership_id": 1, "state": 1, "starts_at": 1, "ends_at": 1}
ANSWER_FIELDS = {"partnership_id": 1, "meeting_id": 1, "worth_it": 1, "did_as_agreed": 1, "given_at": 1}
"""The taps. The line is its author's alone and is not read here."""


@dataclass(frozen=True)
class PairHealth:
    """One pair: the facts a manager may see, and what they say."""

    facts: Facts
    health: Health
    feedback: Feedback | None


async def programme_of(database: Database, programme_id: str) -> Programme:
    """Raises ProgrammeNotFound."""
    row = await database.programmes.find_one({"_id": programme_id})
    if row is None:
        raise ProgrammeNotFound
    return programme_from(row)


async def health_of_programme(database: Database, programme_id: str, at: datetime) -> list[PairHealth]:
    """Every pair of a programme as it is now, the one that started last first."""
    rows = database.partnerships.find({"programme_id": programme_id}).sort([("started_at", -1), ("_id", 1)])
    partnerships = [partnership_from(row) async for row in rows]
    all_facts = await _facts_of(database, partnerships)
    return [PairHealth(facts, assess(facts, at), feedback_of(facts.answers)) for facts in all_facts]


async def feedback_due(database: Database, person_id: str, at: datetime) -> list[Meeting]:
    """The meetings of the last weeks after which the person has said nothing yet, the latest first."""
    mine = {"$or": [{"protege_id": person_id}, {"mentor_id": person_id}]}
    partnership_ids = [row["_id"] async for row in database.partnerships.find(mine, {"_id": 1})]
    since = at - timedelta(days=ASKED_FOR_DAYS)
    ended = {"partnership_id": {"$in": partnership_ids}, "state": "ended", "ends_at": {"$gte": since, "$lte": at}}
    meetings = [meeting_from(row) async for row in database.meetings.find(ended).sort("ends_at", -1)]
    given = database.feedback.find({"person_id": person_id, "meeting_id": {"$in": [meeting.id for meeting in meetings]}}, {"meeting_id": 1})
    answered = {row["meeting_id"] async for row in given}
    return [meeting for meeting in meetings if meeting.id not in answered]


async def _facts_of(database: Database, partnerships: list[Partnership]) -> list[Facts]:
    """One query a collection, however many pairs. No text is read but a charter's, which is dropped here."""
    ids = [partnership.id for partnership in partnerships]
    of_these = {"partnership_id": {"$in": ids}}
    charters = {row["_id"]: Charter.from_document(row) async for row in database.charters.find({"_id": {"$in": ids}})}
    meetings = await _by_partnership(database.meetings.find({**of_these, "starts_at": {"$ne": None}}, MEETING_FIELDS))
    answers = await _by_partnership(database.feedback.find(of_these, ANSWER_FIELDS))
    counts = await aggregate(database.goals, [{"$match": of_these}, {"$group": {"_id": "$partnership_id", "goals": {"$sum": 1}}}])
    goals = {row["_id"]: row["goals"] for row in counts}
    everyone = [person_id for partnership in partnerships for person_id in (partnership.protege_id, partnership.mentor_id)]
    left_ids = frozenset({row["_id"] async for row in database.people.find({"_id": {"$in": everyone}, "active": False}, {"_id": 1})})
    return [
        Facts(
            partnership_id=partnership.id,
            protege_id=partnership.protege_id,
            mentor_id=partnership.mentor_id,
            started_at=partnership.started_at,
            ends_on=partnership.ends_on,
            paused_until=partnership.paused_until,
            resumed_at=partnership.resumed_at,
            ended_at=partnership.ended_at,
            reason=partnership.reason,
            left_ids=left_ids,
            charter=_charter_fact(charters.get(partnership.id), partnership),
            meetings=tuple(_meeting_fact(row) for row in meetings[partnership.id]),
            goals=goals.get(partnership.id, 0),
            answers=tuple(_answer_fact(row) for row in answers[partnership.id]),
        )
        for partnership in partnerships
    ]


async def _by_partnership(rows: Any) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = defaultdict(list)
    async for row in rows:
        found[row["partnership_id"]].append(row)
    return found


def _charter_fact(charter: Charter | None, partnership: Partnership) -> CharterFact:
    if charter is None or charter.newest is None:
        return CharterFact()
    waits = charter.newest.signed_at is None
    return CharterFact(
        proposed_at=charter.newest.proposed_at,
        waits_for_id=partnership.other_than(charter.newest.proposed_by_id) if waits else None,
        signed=charter.in_force is not None,
        cadence_weeks=charter.in_force.agreement.ground_rules.cadence_weeks if charter.in_force else None,
    )


def _meeting_fact(row: Document) -> MeetingFact:
    return MeetingFact(state=row["state"], starts_at=row["starts_at"], ends_at=row["ends_at"])


def _answer_fact(row: Document) -> AnswerFact:
    return AnswerFact(meeting_id=row["meeting_id"], yes=int(row["worth_it"]) + int(row["did_as_agreed"]), given_at=row["given_at"])
