"""1,000 protégés and 500 mentors, end to end, against mentor-match 7.0.1 on the same people."""

import json
import subprocess
import sys
import time
from typing import Any

from bench.cohorts import programme
from bench.report import interleaved, report
from bench.tools import tools
from services.matching.engine import Cohort, Participant, match

PROTEGES, MENTORS, PLACES, ROUNDS = 1000, 500, 3, 3

# Runs in a process of its own, with mentor-match and nothing of ours. Its three rounds give a mentor up to three people.
PEER = """
import json, operator, sys, time
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules.rule import Grade, Generic
people = json.load(sys.stdin)
def common(field, points):
    return Generic({True: points, False: 0}, lambda match: getattr(match.mentor, field) == getattr(match.mentee, field))
def rules():
    return [Grade(1, operator.ge, {True: 12, False: 0}), common("organisation", 10), common("profession", 6)]
began = time.perf_counter()
mentors = [Mentor(**one) for one in people["mentors"]]
mentees = [Mentee(**one) for one in people["proteges"]]
process_data(mentors, mentees, [rules() for _ in range(3)])
print(time.perf_counter() - began)
"""


def _peer_people(cohort: Cohort) -> str:
    def person(one: Participant) -> dict[str, Any]:
        return {"email": one.person_id, "grade": one.level, "organisation": one.location, "profession": one.department}

    return json.dumps({"proteges": [person(one) for one in cohort.proteges], "mentors": [person(one) for one in cohort.mentors]})


def run() -> bool:
    """Scoring, solving and proof of ours against scoring and solving of theirs."""
    cohort, python = programme(PROTEGES, MENTORS, (PLACES, PLACES)), tools()
    theirs = _peer_people(cohort)
    proven = 0

    def ours() -> float:
        nonlocal proven
        began = time.perf_counter()
        result = match(cohort)
        proven = result.pairs_checked
        return time.perf_counter() - began

    def peer() -> float:
        done = subprocess.run([python, "-c", PEER], input=theirs, capture_output=True, text=True, check=True)  # noqa: S603 - the text above
        return float(done.stdout)

    ours()  # imports and caches, as in a service that runs
    print(f"{ROUNDS} rounds; mentor-match takes about a minute each", file=sys.stderr)
    mine, other = interleaved(ours, peer, ROUNDS)
    notes = (
        f"1,000 x 500, {PLACES} places each; ours has seven criteria and six hard rules, proves the best total over {proven:,} pairs "
        f"and gives reasons; theirs has three rules and {PLACES} rounds of one place"
    )
    return report("matching-small", mine, other, unit="s", goal="<= 0.01", notes=notes)
