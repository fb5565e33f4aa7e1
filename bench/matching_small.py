"""1,000 protégés and 500 mentors, end to end, against mentor-match 7.0.1 on the same people."""

import json
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench.cohorts import programme
from bench.report import interleaved, report
from bench.tools import tools
from services.matching.engine import Cohort, Participant, line_above, match
from services.matching.engine.match import prove

PROTEGES, MENTORS, PLACES, ROUNDS = 1000, 500, 3, 3

# Runs in a process of its own, with mentor-match and nothing of ours. Its three rounds give a mentor up to three people. That nobody is
# matched with themselves is built in; it looks at rules from the last to the first, and at no more once one has disqualified a pair.
PEER = """
import json, operator, sys, time
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules.rule import Disqualify, Equivalent, Generic, Grade
people = json.load(sys.stdin)
def person(kind, one):
    made = kind(**one)
    for name in ("needs", "strengths", "goals", "languages", "hours", "above"):
        setattr(made, name, frozenset(one[name]))
    made.clock = one["clock"]
    return made
def points(some, condition):
    return Generic({True: some, False: 0}, condition)
def rules():
    return [
        points(30, lambda match: bool(match.mentee.needs & match.mentor.strengths)),
        points(10, lambda match: bool(match.mentor.needs & match.mentee.strengths)),
        points(20, lambda match: bool(match.mentee.goals & (match.mentor.goals | match.mentor.strengths))),
        Grade(2, operator.eq, {True: 15, False: 0}),
        Equivalent("organisation", {True: 10, False: 0}),
        points(5, lambda match: len(match.mentor.languages & match.mentee.languages) > 1),
        points(10, lambda match: len(match.mentor.hours & match.mentee.hours) >= 20),
        Disqualify(lambda match: match.mentor.email in match.mentee.above or match.mentee.email in match.mentor.above),
        Disqualify(lambda match: not match.mentor.languages & match.mentee.languages),
        Disqualify(lambda match: match.mentor.grade <= match.mentee.grade),
        Disqualify(lambda match: min(abs(match.mentor.clock - match.mentee.clock), 24 - abs(match.mentor.clock - match.mentee.clock)) > 8),
        Disqualify(lambda match: len(match.mentor.hours & match.mentee.hours) < 4),
    ]
began, cpu = time.perf_counter(), time.process_time()
mentors = [person(Mentor, one) for one in people["mentors"]]
mentees = [person(Mentee, one) for one in people["proteges"]]
process_data(mentors, mentees, [rules() for _ in range(3)])
print(json.dumps([time.perf_counter() - began, time.process_time() - cpu]))
"""


def _peer_people(cohort: Cohort) -> str:
    """The same people as it knows them: hours as quarters of an hour of the week, on one clock."""

    def person(one: Participant) -> dict[str, Any]:
        clock = int(datetime(cohort.year, 1, 15, tzinfo=ZoneInfo(one.zone)).utcoffset() / timedelta(hours=1))  # type: ignore[operator]
        quarters = {(day * 1_440 + minute - clock * 60) // 15 for day, start, stop in one.hours for minute in range(start, stop, 15)}
        return {
            "email": one.person_id,
            "grade": one.level,
            "organisation": one.location,
            "needs": one.needs,
            "strengths": one.strengths,
            "goals": one.goals,
            "languages": one.languages,
            "hours": sorted(quarters),
            "above": line_above(one.person_id, cohort.managers),
            "clock": clock,
        }

    return json.dumps({"proteges": [person(one) for one in cohort.proteges], "mentors": [person(one) for one in cohort.mentors]})


def run() -> bool:
    """From people to pairs, ours with proof."""
    cohort, python = programme(PROTEGES, MENTORS, (PLACES, PLACES)), tools()
    theirs = _peer_people(cohort)
    spent: list[float] = []
    used: list[float] = []

    def ours() -> float:
        began, cpu = time.perf_counter(), time.process_time()
        assert prove(cohort).verdict.optimal
        spent.append(time.process_time() - cpu)
        return time.perf_counter() - began

    def peer() -> float:
        done = subprocess.run([python, "-c", PEER], input=theirs, capture_output=True, text=True, check=True)  # noqa: S603 - the text above
        seconds, cpu = json.loads(done.stdout)
        used.append(cpu)
        return float(seconds)

    ours()  # imports and caches, as in a service that runs
    print(f"{ROUNDS} rounds; mentor-match takes up to a minute each", file=sys.stderr)
    mine, other = interleaved(ours, peer, ROUNDS)
    began = time.perf_counter()
    told = match(cohort)
    notes = (
        f"1,000 x 500, {PLACES} places each, both with seven criteria and six hard rules; ours proves the best total over "
        f"{told.pairs_checked:,} pairs, theirs has {PLACES} rounds of one place; processor time {statistics.median(spent):.2f} s and "
        f"{statistics.median(used):.2f} s; with all reasons ours took {time.perf_counter() - began:.2f} s"
    )
    return report("matching-small", mine, other, unit="s", goal="<= 0.01", notes=notes)
