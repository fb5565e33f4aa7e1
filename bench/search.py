"""Looking for a mentor among 10,000 over HTTP, with all filters and reasons: at rest, and while another programme is being matched."""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from bench.report import percentile, report
from bench.running import HERE, options_below, running
from deploy.local.seeding import Company
from deploy.local.system import TANDEM, put_together
from services.matching.domain import Enrolment, EnrolmentState, Person, Programme, Role, Terms
from shared.aggregate import new_id
from shared.http import Client, open_client

MENTORS, SEEKERS = 10_000, 2_000
MATCHED_PROTEGES, MATCHED_MENTORS = 10_000, 2_500
PER_SECOND, SECONDS, ROUNDS = 20, 10, 3
ASKING = 40
"""Different people, each with filters of their own."""
LONGEST_SECONDS = 60.0

MANAGER = "manager"
SUBJECTS = ("public", "technical", "strategic", "customer", "remote", "agile", "financial", "cloud", "data", "product", "team", "change")
DEEDS = ("speaking", "writing", "planning", "analysis", "thinking", "coaching", "delivery", "research", "design", "hiring", "negotiation")
TAGS = [f"{subject} {deed}" for subject in SUBJECTS for deed in DEEDS]
PLACES = [("Lisbon", "Europe/Lisbon"), ("Berlin", "Europe/Berlin"), ("Toronto", "America/Toronto"), ("Singapore", "Asia/Singapore")]
DEPARTMENTS, LANGUAGES = ("Sales", "IT", "Works", "Finance", "People"), ("de", "pt", "fr", "zh")
NOW = datetime.now(UTC)

# ---------------------------------------------------------------- the people


class Crowd:
    """The same people every time, put straight into the database: to enrol ten thousand by hand would take an hour."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._chance = random.Random(2026)  # noqa: S311 - people to measure with, no secret

    def programme(self, name: str, proteges: int, mentors: int) -> tuple[str, list[dict[str, Any]]]:
        """A programme with so many people; its id, and the protégés' filters."""
        programme = Programme.draft(
            Terms(name=name, starts_on=date(NOW.year, 1, 1), ends_on=date(NOW.year + 1, 1, 1)), MANAGER, frozenset({"administrator"}), NOW
        )
        programme.open(MANAGER, NOW)
        self._database.programmes.insert_one(programme.to_document())
        roles = [Role.PROTEGE] * proteges + [Role.MENTOR] * mentors
        made = [self._person(programme.id, f"{name}-{number:05}", role) for number, role in enumerate(roles)]
        self._database.people.insert_many([person.to_document() for person, _ in made])
        self._database.enrolments.insert_many([enrolment.to_document() for _, enrolment in made])
        return programme.id, [self._filters(person, enrolment) for person, enrolment in made[:proteges]]

    def _person(self, programme_id: str, person_id: str, role: Role) -> tuple[Person, Enrolment]:
        chance = self._chance
        location, zone = chance.choice(PLACES)
        tags = chance.sample(TAGS, 9)
        person = Person(
            id=person_id,
            department=chance.choice(DEPARTMENTS),
            location=location,
            zone=zone,
            level=chance.randint(1, 9),
            languages=("en", chance.choice(LANGUAGES)),
        )
        enrolment = Enrolment(
            id=new_id(),
            programme_id=programme_id,
            person_id=person_id,
            role=role,
            state=EnrolmentState.APPROVED,
            capacity=chance.randint(1, 3),
            needs=tags[:3],
            strengths=tags[3:6],
            goals=tags[6:],
            hours=[
                f"{day} {chance.randint(8, 11):02}:00-{chance.randint(13, 17)}:00" for day in chance.sample(("mon", "tue", "wed", "thu"), 3)
            ],
            requested_at=NOW,
        )
        return person, enrolment

    def _filters(self, person: Person, enrolment: Enrolment) -> dict[str, Any]:
        return {
            "person_id": person.id,
            "params": {
                "words": [*enrolment.needs, "leading people"],
                "department": list(self._chance.sample(DEPARTMENTS, 3)),
                "location": [person.location, "Berlin"],
                "language": ["en"],
                "least_level": 2,
                "most_level": 8,
                "shared_hours": 1,
            },
        }


# ---------------------------------------------------------------- the measurement


class Search:
    """Forty people who search, at a steady rate."""

    def __init__(self, client: Client, url: str, asking: Sequence[tuple[dict[str, str], dict[str, Any]]]) -> None:
        self._client, self._url, self.asking = client, url, asking
        self.hits: list[int] = []

    async def at_rate(self, seconds: float) -> list[float]:
        """Milliseconds of each answer, counted from when its request was due: one that had to wait has waited."""
        began = time.monotonic()
        return await asyncio.gather(*(self._one(number, began + number / PER_SECOND) for number in range(int(PER_SECOND * seconds))))

    async def _one(self, number: int, due: float) -> float:
        headers, params = self.asking[number % len(self.asking)]
        await asyncio.sleep(due - time.monotonic())
        answer = await self._client.get(self._url, headers=headers, params=params, timeout=LONGEST_SECONDS)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert all(one["reasons"] for one in found["mentors"])
        self.hits.append(found["total"])
        return (time.monotonic() - due) * 1000


async def _while(under_way: Callable[[], Awaitable[bool]], search: Search) -> list[float]:
    """Search for as long as something else is under way."""
    taken: list[float] = []
    while await under_way():
        taken += await search.at_rate(1)
    return taken


async def _measure(company: Company, searched: str, matched: str, filters: Sequence[dict[str, Any]]) -> bool:
    async def signed(person_id: str) -> dict[str, str]:
        """A token is good for five minutes, so each phase begins with new ones."""
        return {"authorization": f"Bearer {await company.token('matching', {'person_id': person_id, 'roles': []})}"}

    async def asking() -> list[tuple[dict[str, str], dict[str, Any]]]:
        return [(await signed(one["person_id"]), one["params"]) for one in filters[:ASKING]]

    async def under_way(address: str) -> bool:
        return (await company.send("GET", address, headers=await signed(MANAGER)))["state"] in {"queued", "running"}

    url = company.urls["matching"]
    quiet, busy = [], []
    async with open_client() as client:
        search = Search(client, f"{url}/programmes/{searched}/mentor-suggestions", await asking())
        await search.at_rate(1 / PER_SECOND)  # the first one waits for what all others look at
        await search.at_rate(5)
        for _ in range(ROUNDS):
            search.asking = await asking()
            quiet.append(await search.at_rate(SECONDS))
            search.asking = await asking()
            run = await company.send("POST", f"{url}/programmes/{matched}/runs", headers=await signed(MANAGER))
            run_url = f"{url}/runs/{run['run_id']}"
            busy.append(await _while(partial(under_way, run_url), search))
            ended = await company.send("GET", run_url, headers=await signed(MANAGER))
            assert ended["state"] == "draft", ended["state"]
    p95, at_rest = (statistics.median(percentile(one, 0.95) for one in rounds) for rounds in (busy, quiet))
    notes = (
        f"p95 of {PER_SECOND} searches/s with seven filters among {MENTORS} mentors, {statistics.median(search.hits):.0f} found, "
        f"20 with reasons; while {MATCHED_PROTEGES} x {MATCHED_MENTORS} are matched ({sum(map(len, busy))} searches in {ROUNDS} runs), "
        f"at rest {at_rest:.1f}; "
        f"{os.cpu_count()} processors with a load of {os.getloadavg()[0]:.1f}"
    )
    absolute = report("search", p95, None, unit="ms", goal="<= 50", notes=notes)
    return report("search-beside-a-run", p95, at_rest, unit="ms", goal="<= 2", notes=notes) and absolute


def run() -> bool:
    """A system of its own."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        options = options_below(Path(name))
        with running([TANDEM, "up", "--no-demo"], options, HERE):
            surroundings = put_together(options).surroundings
            with MongoClient[dict[str, Any]](surroundings.mongodb_url_of("matching")) as client:
                crowd = Crowd(client.get_default_database())
                searched, filters = crowd.programme("searched", SEEKERS, MENTORS)
                matched, _ = crowd.programme("matched", MATCHED_PROTEGES, MATCHED_MENTORS)

            async def measure() -> bool:
                async with Company.from_environment(surroundings.of_seed()) as company:
                    return await _measure(company, searched, matched, filters)

            return asyncio.run(measure())
