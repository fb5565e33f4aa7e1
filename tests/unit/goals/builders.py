"""Things with valid defaults, so that a test says only what it is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.goals.domain import (
    AgendaStyle,
    Agreement,
    Charter,
    Confidentiality,
    Goal,
    GroundRules,
    Meeting,
    MeetingState,
    Minutes,
    Needs,
    Partnership,
    Trust,
    Words,
)
from services.goals.health import AnswerFact, CharterFact, Facts, MeetingFact
from shared.aggregate import new_id

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INES, DEBORAH, STRANGER = "ines", "deborah", "somebody-else"


def a_partnership(**changed: Any) -> Partnership:
    given: dict[str, Any] = {"programme_id": "programme", "protege_id": INES, "mentor_id": DEBORAH, "started_at": NOON}
    return Partnership(**{"id": new_id(), **given, **changed})


def an_agreement(needs: str = "Run a review on my own", cadence_weeks: int = 4) -> Agreement:
    return Agreement(
        needs=Needs(protege_needs=needs, mentor_offers="Stories of reviews that went wrong", success="One review led"),
        trust=Trust(openness="We say what did not work", when_stuck="We call"),
        ground_rules=GroundRules(
            cadence_weeks=cadence_weeks,
            minutes=Minutes.THREE_QUARTERS,
            agenda_style=AgendaStyle.QUESTIONS,
            confidentiality=Confidentiality.BETWEEN_US,
            between_meetings="A note",
            cancel_notice_hours=24,
        ),
    )


def a_charter() -> Charter:
    return Charter.between(a_partnership())


def a_signed_charter() -> Charter:
    charter = a_charter()
    charter.propose(an_agreement(), by=INES, at=NOON)
    charter.sign(1, by=DEBORAH, at=NOON + DAY)
    return charter


def some_words(**changed: Any) -> Words:
    given: dict[str, Any] = {
        "title": "Run the spring capacity review on my own",
        "why": "It is the part of the work I want to do next year",
        "measure": "All seven plants send their numbers the week before",
        "due_on": date(2026, 9, 1),
    }
    return Words(**{**given, **changed})


def a_goal(*, shared: bool | None = None, at: datetime = NOON, **words: Any) -> Goal:
    return Goal.write(some_words(**words), partnership=a_partnership(), by=INES, at=at, shared=shared)


def a_meeting(state: MeetingState = MeetingState.ENDED, **changed: Any) -> Meeting:
    given: dict[str, Any] = {"partnership_id": new_id(), "programme_id": "programme", "starts_at": NOON, "ends_at": NOON + DAY / 24}
    return Meeting(**{"id": new_id(), "state": state, **given, **changed})


def met(day: float) -> MeetingFact:
    """A meeting so many days after the start."""
    return MeetingFact(state="ended", starts_at=NOON + day * DAY, ends_at=NOON + day * DAY)


def missed(day: float) -> MeetingFact:
    return MeetingFact(state="missed", starts_at=NOON + day * DAY, ends_at=NOON + day * DAY)


def booked(day: float) -> MeetingFact:
    return MeetingFact(state="booked", starts_at=NOON + day * DAY, ends_at=NOON + day * DAY)


SIGNED = CharterFact(proposed_at=NOON, signed=True, cadence_weeks=4)


def some_facts(**changed: Any) -> Facts:
    """A pair that is well: signed, met ten days after the start, with a goal."""
    given: dict[str, Any] = {"partnership_id": "pair", "protege_id": INES, "mentor_id": DEBORAH, "started_at": NOON}
    return Facts(**{**given, "charter": SIGNED, "meetings": (met(10),), "goals": 1, **changed})


def answers(*yes_of_both: tuple[int, int]) -> tuple[AnswerFact, ...]:
    """Both people's answers after each of these meetings: how many of the two taps were yes."""
    return tuple(
        AnswerFact(meeting_id=f"meeting-{number}", yes=yes, given_at=NOON + number * DAY)
        for number, both in enumerate(yes_of_both)
        for yes in both
    )
