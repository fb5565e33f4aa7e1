"""What can be seen before a run: that its options do not fit the people there are, or that the rules leave nobody a partner."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from services.matching.domain import Floors, MatchRun, PartnershipForm, Role, RulesExcludeEverybody
from services.matching.engine import Cohort
from services.matching.engine.outlook import shut_out
from services.matching.handlers.cohort import Field
from shared.errors import Invalid, NotFound, Rejected

SEVERAL = "This protégé is to be kept with several mentors, and can have one."
MORE_THAN_MEETINGS = "This protégé is to be kept with more mentors than there are meetings left."


def must_make_sense(run: MatchRun, field: Field) -> None:
    """Raises Invalid, with the option's field, or RulesExcludeEverybody."""
    cohort = field.cohort(run)
    for problem in _problems(run, field, cohort):
        raise problem


def _problems(run: MatchRun, field: Field, cohort: Cohort) -> Iterator[Rejected]:
    yield from _problems_of_scope(run, field, cohort)
    yield from _problems_of_floors(run.options.floors, cohort)
    yield from _problems_of_pairs(run, field, cohort)
    if rules := shut_out(cohort):
        named = ", ".join(f"“{rule}”" for rule in rules)
        yield RulesExcludeEverybody(f"Nobody can be matched: every pair is excluded by the hard rules {named}.")


def _problems_of_scope(run: MatchRun, field: Field, cohort: Cohort) -> Iterator[Invalid]:
    sides = ((Role.PROTEGE, "proteges", run.options.proteges), (Role.MENTOR, "mentors", run.options.mentors))
    for role, side, among in sides:
        there = [field.people[person_id] for person_id, one in field.enrolments.items() if one.role in {role, Role.PEER}]
        known = {
            "departments": {person.department for person in there},
            "locations": {person.location for person in there},
            "person_ids": {person.id for person in there},
        }
        for name, values in known.items():
            for place, value in enumerate(getattr(among, name)):
                if value not in values:
                    yield Invalid(f"Nobody who takes part as {role} is meant by this.", field=f"{side}.{name}.{place}")
        if not among.is_everybody and not getattr(cohort, side):
            yield Invalid("Of these people nobody can be matched now.", field=side)


def _problems_of_floors(floors: Floors | None, cohort: Cohort) -> Iterator[Invalid]:
    groups = {one.group for one in cohort.proteges}
    for group in floors.shares if floors else ():
        if group not in groups:
            yield Invalid("Nobody who is to be matched is in this group.", field=f"floors.shares.{group}")


def _problems_of_pairs(run: MatchRun, field: Field, cohort: Cohort) -> Iterator[Invalid]:
    for name in ("fixed", "forbidden"):
        for place, pairing in enumerate(getattr(run.options, name)):
            try:
                field.must_have(*pairing)
            except NotFound as refusal:
                yield Invalid(str(refusal), field=f"{name}.{place}")
    for place, pairing in enumerate(run.options.forbidden):
        if pairing in run.locked:
            yield Invalid("This pair is to be kept: it is fixed, or was locked before.", field=f"forbidden.{place}")
    for place, problem in _problems_of_fixed(run, field, cohort):
        yield Invalid(problem, field=f"fixed.{place}")


def _problems_of_fixed(run: MatchRun, field: Field, cohort: Cohort) -> Iterator[tuple[int, str]]:
    """By their place among the fixed pairs why some cannot be kept."""
    several = run.form is PartnershipForm.FLASH
    most = {one.person_id: one.places if several else 1 for one in cohort.proteges}
    places = {one.person_id: 1 if run.among_peers else one.places for one in cohort.mentors}
    proteges, mentors = (Counter(pairing[side] for pairing in run.locked) for side in (0, 1))
    if run.among_peers:
        proteges = mentors = proteges + mentors
    scored = field.scored(replace(cohort, partnered=cohort.partnered - set(cohort.running)), run.options.fixed)
    broken = {(pair.protege_id, pair.mentor_id): pair.broken_rules for pair in scored}
    for number, (protege_id, mentor_id) in enumerate(run.options.fixed):
        if protege_id not in most or places.get(mentor_id, 0) < 1:
            yield number, "One of the two is not free, or not among those to be matched."
        elif proteges[protege_id] > most[protege_id]:
            yield number, MORE_THAN_MEETINGS if several else SEVERAL
        elif (times := mentors[mentor_id]) > places[mentor_id]:
            yield number, f"This mentor is to be kept with {times} protégés, and has places for {places[mentor_id]}."
        elif rules := broken[protege_id, mentor_id]:
            yield number, f"The hard rule “{rules[0]}” excludes this pair."
