"""What people and programmes have said, in the words of the engine."""

from datetime import datetime
from typing import Any

from services.matching.domain import Coverage, Enrolment, PartnershipForm, Person, Question, RunMode, RunningPairs, RunOptions, Terms
from services.matching.domain.hours import spans
from services.matching.engine import Aims, HardRules, Mode, Participant, Weights, Wished
from services.matching.engine import Question as Compared


def terms_of(terms: Terms) -> dict[str, Any]:
    """What a programme has decided, as fields of a cohort."""
    by_id = {question.id: question for question in terms.questions}
    return {
        "weights": Weights(**terms.weights.model_dump()),
        "rules": HardRules(**terms.rules.model_dump()),
        "wished": Wished(**terms.wished.model_dump()),
        "reverse": terms.form is PartnershipForm.REVERSE,
        "questions": tuple(compared(question, by_id[question.against or question.id]) for question in terms.questions if question.matters),
        "aliases": tuple(map(tuple, terms.aliases)),
        "no_aliases": tuple(terms.no_aliases),
        "compare_meanings": terms.compare_meanings,
    }


MODES = {
    (RunMode.BEST_TOTAL, Coverage.FIRST): Mode.MOST_PEOPLE,
    (RunMode.BEST_TOTAL, Coverage.FREE): Mode.MOST_POINTS,
    (RunMode.WORST_FIRST, Coverage.FIRST): Mode.WORST_FIRST,
    (RunMode.STABLE, Coverage.FIRST): Mode.MOST_PEOPLE,  # which a stable run does not look at
}


def aims_of(options: RunOptions) -> Aims:
    """What a manager asks of a run."""
    return Aims(
        mode=MODES[options.mode, options.coverage],
        floors=options.floors.shares if options.floors else {},
        spread=options.spread,
        stickiness={RunningPairs.LOCKED: None, RunningPairs.STICKY: options.stickiness, RunningPairs.FREE: 0}[options.running],
        first_choice=options.first_choice,
        seed=options.seed,
    )


def compared(question: Question, other: Question) -> Compared:
    """A question beside the one it counts against. Who is asked it says whose answer is whose."""
    protege, mentor = (other, question) if question.for_role == "mentor" else (question, other)
    return Compared(
        id=question.id,
        protege=protege.id,
        mentor=mentor.id,
        protege_options=tuple(protege.options),
        mentor_options=tuple(mentor.options),
        **question.model_dump(include={"kind", "counts", "weight", "hard", "within"}),
    )


def participant_of(
    enrolment: Enrolment, person: Person, at: datetime | None, *, places: int = 1, partners: int = 0, bonus: int = 0
) -> Participant:
    """One who takes part; `at`: the day up to which waiting counts."""
    return Participant(
        person_id=person.id,
        needs=tuple(enrolment.needs),
        strengths=tuple(enrolment.strengths),
        goals=tuple(enrolment.goals),
        hours=spans(enrolment.hours),
        answers=enrolment.answers,
        level=person.level,
        department=person.department,
        location=person.location,
        zone=person.zone,
        languages=person.languages,
        days_waited=None if at is None else max((at - enrolment.requested_at).days, 0),
        places=places,
        partners=partners,
        bonus=bonus,
    )
