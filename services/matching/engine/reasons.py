"""Why a pair fits, in the words the two have used themselves."""

from collections.abc import Iterator, Sequence

from services.matching.engine.cohort import Cohort, Participant, Span
from services.matching.engine.measures import Measures
from services.matching.engine.terms import Question
from services.matching.engine.words import pieces
from services.matching.engine.zones import minutes_in_common, shared_spans

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SEEN = 200
"""Words less alike than that are so by chance, for all a reader can tell."""
MOST_SPANS = 3
"""Of the hours both can meet, so many are named."""


def reasons(cohort: Cohort, measures: Measures, protege: Participant, mentor: Participant) -> dict[str, list[str]]:
    """What speaks for the pair, by criterion, whether it counts or not.

    Their words, the levels apart ("+2"), the place or the hours in common ("6 h"), languages, when both can meet in the protégé's zone
    ("mon 09:00-10:30"), and answers to the programme's own questions.
    """
    found = {
        "needs": _words(measures, protege.needs, mentor.strengths),
        "learning": _words(measures, mentor.needs, protege.strengths),
        "goals": _words(measures, protege.goals, (*mentor.goals, *mentor.strengths)),
        "level": [f"{mentor.level - protege.level:+d}"] if protege.level and mentor.level else [],
        "department": _department(cohort, protege, mentor),
        "location": _place(protege, mentor, cohort.year),
        "languages": sorted(set(protege.languages) & set(mentor.languages)),
        "hours": [span for span, _ in zip(_spans(protege, mentor, cohort.year), range(MOST_SPANS), strict=False)],
        "earlier_partners": [mentor.person_id] if _were_partners(cohort, protege, mentor) else [],
        "waiting": [f"{protege.days_waited} d"] if protege.days_waited else [],
    }
    found |= {question.criterion: _answers(measures, question, protege, mentor) for question in cohort.questions}
    return {name: words for name, words in found.items() if words}


def _words(measures: Measures, wanted: Sequence[str], offered: Sequence[str]) -> list[str]:
    """Each wish that is met so well that people see it too; beside it the other's own words where they differ."""
    met = []
    for wish in wanted if offered else ():
        fits = [measures.likeness(wish, offer) for offer in offered]
        if max(fits) >= SEEN:
            offer = offered[fits.index(max(fits))]
            met.append(wish if wish.casefold() == offer.casefold() else f"{wish} · {offer}")
    return met


def _place(protege: Participant, mentor: Participant, year: int) -> list[str]:
    if protege.location and protege.location.casefold().strip() == mentor.location.casefold().strip():
        return [protege.location]
    hours = minutes_in_common(protege.zone, mentor.zone, year) // 60
    return [f"{hours} h"] if hours > 0 else []


def _department(cohort: Cohort, protege: Participant, mentor: Participant) -> list[str]:
    one, other = protege.department, mentor.department
    if not one or not other:
        return []
    together = one.casefold().strip() == other.casefold().strip()
    return ([one] if together else [f"{one} · {other}"]) if together == (cohort.wished.department == "same") else []


def _were_partners(cohort: Cohort, protege: Participant, mentor: Participant) -> bool:
    return cohort.wished.earlier_partners == "prefer" and (protege.person_id, mentor.person_id) in cohort.earlier_partners


def _spans(protege: Participant, mentor: Participant, year: int) -> Iterator[str]:
    """The longest first."""
    spans = sorted(shared_spans(protege, mentor, year), key=lambda span: (span[1] - span[2], span))
    return map(written, spans)


def written(span: Span) -> str:
    """As people write it: "mon 09:00-10:30"."""
    day, start, end = span
    return f"{DAYS[day]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def _answers(measures: Measures, question: Question, protege: Participant, mentor: Participant) -> list[str]:
    one, other = protege.answers.get(question.protege, "").strip(), mentor.answers.get(question.mentor, "").strip()
    if not one or not other or question.counts == "other":
        return []
    if question.kind == "text" and question.counts == "close":
        return _words(measures, pieces(one), pieces(other))
    if question.counts == "same" and not measures.same_word(one, other):
        return []
    return [one if one.casefold() == other.casefold() else f"{one} · {other}"]
