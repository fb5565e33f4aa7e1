"""Why a pair fits, in the words the two have used themselves."""

from services.matching.engine.cohort import Participant
from services.matching.engine.scoring import minutes_in_common
from services.matching.engine.words import canonical, likeness


def reasons(protege: Participant, mentor: Participant, year: int) -> dict[str, list[str]]:
    """What speaks for the pair, by criterion: their words, the levels apart ("+2"), the place or the hours in common ("6 h"), languages."""
    found = {
        "needs": _words(protege.needs, mentor.strengths) + _words(mentor.needs, protege.strengths),
        "goals": _words(protege.goals, (*mentor.goals, *mentor.strengths)),
        "level": [f"{mentor.level - protege.level:+d}"] if protege.level and mentor.level else [],
        "location": _place(protege, mentor, year),
        "languages": sorted(set(protege.languages) & set(mentor.languages)),
    }
    return {name: words for name, words in found.items() if words}


def _words(wanted: tuple[str, ...], offered: tuple[str, ...]) -> list[str]:
    """Each wish that is met at least a little; beside it the other's own words where they differ."""
    met = []
    for wish in wanted if offered else ():
        fits = [likeness(canonical(wish), canonical(offer)) for offer in offered]
        if max(fits) > 0:
            offer = offered[fits.index(max(fits))]
            met.append(wish if wish.casefold() == offer.casefold() else f"{wish} · {offer}")
    return met


def _place(protege: Participant, mentor: Participant, year: int) -> list[str]:
    if protege.location and protege.location.casefold().strip() == mentor.location.casefold().strip():
        return [protege.location]
    hours = minutes_in_common(protege.zone, mentor.zone, year) // 60
    return [f"{hours} h"] if hours > 0 else []
