"""Valid programmes, people, enrolments, drafts and proposals, to be spoiled by tests."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.matching.domain import (
    Enrolment,
    MatchRun,
    MentorPlaces,
    MentorRequest,
    Outcome,
    Pair,
    Person,
    Programme,
    Proposal,
    Role,
    Terms,
    Wishes,
)
from shared.aggregate import new_id

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
MANAGER = "manager"


def terms(**changes: Any) -> Terms:
    given: dict[str, Any] = {"name": "Leaders", "starts_on": date(2026, 11, 1), "ends_on": date(2027, 10, 31)}
    return Terms(**{**given, **changes})


def a_programme(*, opened: bool = True, **changes: Any) -> Programme:
    programme = Programme.draft(terms(**changes), MANAGER, frozenset({"programme_manager"}), NOON)
    if opened:
        programme.open(MANAGER, NOON)
    programme.published()
    return programme


def a_person(person_id: str = "linh", **changes: Any) -> Person:
    given: dict[str, Any] = {"employee_id": f"E-{person_id}", "email": f"{person_id}@example.org", "languages": ("en",), "level": 3}
    return Person(id=person_id, **{**given, **changes})


def an_enrolment(programme: Programme, person_id: str = "linh", role: Role = Role.PROTEGE, **wishes: Any) -> Enrolment:
    """An approved one."""
    enrolment = Enrolment.request(programme, a_person(person_id), role, Wishes(**wishes), by=person_id, at=NOON)
    enrolment.approve(programme, by=MANAGER, at=NOON)
    enrolment.published()
    return enrolment


def a_pair(protege_id: str = "linh", mentor_id: str = "rui", points: int = 5_000) -> Pair:
    return Pair(protege_id=protege_id, mentor_id=mentor_id, points=points, shares={"needs": points})


def a_mentor(mentor_id: str = "rui", *, places: int = 1, taken: int = 1) -> MentorPlaces:
    return MentorPlaces(mentor_id=mentor_id, places=places, taken=taken)


def an_outcome(*pairs: Pair, **changes: Any) -> Outcome:
    given: dict[str, Any] = {
        "draft_id": new_id(),
        "paired": len(pairs),
        "left_out": 0,
        "total_points": sum(pair.points for pair in pairs),
        "smallest_points": min((pair.points for pair in pairs), default=None),
        "value": sum(pair.points for pair in pairs),
        "matched_upper_bound": len(pairs),
        "upper_bound": sum(pair.points for pair in pairs),
        "optimal": True,
        "released": [],
        "proteges": len(pairs),
        "places": len(pairs),
        "rounds": 1,
        "pairs_checked": 1,
        "weights": {"needs": 10_000},
        "input_hash": "0",
        "engine_version": "0",
    }
    return Outcome(**{**given, **changes})


def a_draft(*pairs: Pair, **changes: Any) -> MatchRun:
    """A run that has ended in a draft with these pairs, or one."""
    run = MatchRun(id=new_id(), programme_id=new_id(), number=1, started_by_id=MANAGER, requested_at=NOON, **changes)
    run.begin()
    run.finish(an_outcome(*(pairs or (a_pair(),))), NOON)
    run.published()
    return run


def a_published_run(*pairs: Pair, at: datetime = LATER, **changes: Any) -> MatchRun:
    """A run whose pairs have all been asked."""
    run = a_draft(*pairs, **changes)
    run.publish(at)
    run.ask(list(pairs or (a_pair(),)), [], at)
    run.published()
    return run


def a_proposal(programme: Programme | None = None, **names: str) -> tuple[Proposal, Enrolment, Enrolment]:
    """A proposal with the protégé's and the mentor's enrolment."""
    programme = programme or a_programme()
    protege = an_enrolment(programme, names.get("protege", "linh"))
    mentor = an_enrolment(programme, names.get("mentor", "rui"), Role.MENTOR, capacity=1)
    proposal = Proposal.make(a_pair(protege.person_id, mentor.person_id), protege, mentor, run_id=None, at=NOON)
    proposal.published()
    return proposal, protege, mentor


def a_request(programme: Programme | None = None, *mentors: str, words: str = "I would like to learn from you.") -> MentorRequest:
    """Linh asks these mentors, in this order."""
    programme = programme or a_programme()
    wanted = [(a_pair("linh", name), an_enrolment(programme, name, Role.MENTOR)) for name in mentors or ("rui",)]
    request = MentorRequest.make(programme, an_enrolment(programme, "linh"), wanted, words, at=NOON)
    request.published()
    return request
