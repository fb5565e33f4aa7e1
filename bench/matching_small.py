"""1,000 protégés and 500 mentors, end to end, against mentor-match 7.0.1 on the same people."""

import json
import random
import subprocess
import sys
import time
from typing import Any

from bench.report import interleaved, report
from bench.tools import tools
from services.matching.engine import Cohort, Participant, match

PROTEGES, MENTORS, PLACES, ROUNDS = 1000, 500, 3, 3
TAGS = [f"skill {number}" for number in range(120)]
PLACES_OF_WORK = [("Lisbon", "Europe/Lisbon"), ("Berlin", "Europe/Berlin"), ("Toronto", "America/Toronto"), ("Singapore", "Asia/Singapore")]

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


def _people() -> list[dict[str, Any]]:
    """The same people every time."""
    chance = random.Random(2026)  # noqa: S311 - a cohort to measure with, no secret
    people = []
    for number in range(PROTEGES + MENTORS):
        location, zone = chance.choice(PLACES_OF_WORK)
        tags = chance.sample(TAGS, 9)
        people.append({"id": f"p{number:05}", "location": location, "zone": zone, "tags": tags, "level": chance.randint(1, 9)})
    return people


def _cohort(people: list[dict[str, Any]]) -> Cohort:
    def participant(one: dict[str, Any], places: int) -> Participant:
        return Participant(
            person_id=one["id"],
            needs=tuple(one["tags"][:3]),
            strengths=tuple(one["tags"][3:6]),
            goals=tuple(one["tags"][6:]),
            level=one["level"],
            location=one["location"],
            zone=one["zone"],
            languages=("en",),
            places=places,
        )

    return Cohort(
        proteges=tuple(participant(one, 1) for one in people[:PROTEGES]),
        mentors=tuple(participant(one, PLACES) for one in people[PROTEGES:]),
    )


def _peer_people(people: list[dict[str, Any]]) -> str:
    def person(one: dict[str, Any]) -> dict[str, Any]:
        return {"email": one["id"], "grade": one["level"], "organisation": one["location"], "profession": one["tags"][0]}

    return json.dumps({"proteges": [person(one) for one in people[:PROTEGES]], "mentors": [person(one) for one in people[PROTEGES:]]})


def run() -> bool:
    """Scoring, solving and proof of ours against scoring and solving of theirs."""
    people, python = _people(), tools()
    theirs = _peer_people(people)
    proven = 0

    def ours() -> float:
        nonlocal proven
        began = time.perf_counter()
        result = match(_cohort(people))
        proven = result.pairs_checked
        return time.perf_counter() - began

    def peer() -> float:
        done = subprocess.run([python, "-c", PEER], input=theirs, capture_output=True, text=True, check=True)  # noqa: S603 - the text above
        return float(done.stdout)

    ours()  # imports and caches, as in a service that runs
    print(f"{ROUNDS} rounds; mentor-match takes about a minute each", file=sys.stderr)
    mine, other = interleaved(ours, peer, ROUNDS)
    notes = (
        f"1,000 x 500, {PLACES} places each; ours proves the best total over {proven} pairs, theirs has {PLACES} greedy rounds of one place"
    )
    return report("matching-small", mine, other, unit="s", goal="<= 0.025", notes=notes)
