"""Puts half a year of a mentoring programme into a new system, by the same commands that people's clicks run, with their clock set back.

Never writes to a database. May be stopped and started again: what is there already is not done twice.
"""

import asyncio
import csv
import io
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local import demo
from deploy.local.demo import Employee
from deploy.local.places import home_directory
from deploy.local.seed_story import Pair, Story
from deploy.local.seed_words import AIMS, NEEDS, STRENGTHS
from deploy.local.seeding import Company, Refused

PROGRAMME = "Alder mentoring, spring"
HALF_A_YEAR = timedelta(weeks=26)
EARLY, LATE = 37, 7
MENTORS = 28
AT_ONCE = 4
# As long as people have in matching.
TIME_TO_ANSWER = timedelta(days=14)

# When the story is told, so that one that was interrupted goes on where it was; and whether all of it was told.
BEGAN, DONE = home_directory() / "seed-began", home_directory() / "seeded"


def say(words: str) -> None:
    """One line of progress."""
    print(words, flush=True)


def participants() -> tuple[list[Employee], list[Employee]]:
    """Who takes part: protégés below level 5, mentors from level 5; the two one can sign in as come first."""
    staff = sorted(demo.people(), key=lambda person: person.employee_id)
    signing_in = {sign_in.email for sign_in in demo.SIGN_INS}
    proteges = [person for person in staff if person.level < 5 and person.email not in signing_in][::4]  # noqa: PLR2004 - see above
    mentors = [person for person in staff if person.level >= 5 and person.email not in signing_in][::2]  # noqa: PLR2004 - see above
    return [demo.PROTEGE.employee, *proteges][: EARLY + LATE], [demo.MENTOR.employee, *mentors][:MENTORS]


def with_managers(people: Iterable[Employee]) -> list[Employee]:
    """The people and everybody above them: the rest of the company is left for whoever tries the import."""
    staff = {person.employee_id: person for person in demo.people()}
    chosen: dict[str, Employee] = {}
    for person in people:
        above: Employee | None = person
        while above is not None and above.employee_id not in chosen:
            chosen[above.employee_id] = above
            above = staff.get(above.manager_employee_id)
    return list(chosen.values())


def as_csv(people: Iterable[Employee]) -> bytes:
    """The people as the HR system exports them."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("Employee ID", "Name", "Work e-mail", "Manager ID", "Department", "Location", "Time zone", "Job level", "Languages"))
    for one in people:
        languages = "; ".join(one.languages)
        writer.writerow(
            (one.employee_id, one.name, one.email, one.manager_employee_id, one.department, one.location, one.zone, one.level, languages)
        )
    return file.getvalue().encode()


class Seed:
    """The steps, in their order."""

    def __init__(self, company: Company, now: datetime) -> None:
        self._company = company
        self._now = now
        self._start = now - HALF_A_YEAR
        self._proteges, self._mentors = participants()

    async def run(self) -> None:
        """Everything. Raises Refused when a service said no."""
        await self._people()
        programme_id = await self._programme()
        early, late = self._proteges[:EARLY], self._proteges[EARLY:]
        await self._enrol(programme_id, early, self._mentors, self._start - timedelta(weeks=4))
        pairs = await self._match(programme_id, self._start - timedelta(weeks=1))
        await self._tell(programme_id, pairs)
        # Ten days ago others joined; some of them have not answered yet.
        await self._enrol(programme_id, late, [], self._now - timedelta(days=14))
        await self._tell(programme_id, await self._match(programme_id, self._now - timedelta(days=10)))

    async def _tell(self, programme_id: str, pairs: list[Pair]) -> None:
        """What happened to these pairs since, several at a time."""
        story = Story(self._company, programme_id, self._start, self._now)
        slots = asyncio.Semaphore(AT_ONCE)
        told = 0

        async def tell(pair: Pair) -> None:
            nonlocal told
            async with slots:
                await story.tell(pair)
            told += 1
            if told % 10 == 0 or told == len(pairs):
                say(f"the story of {told} of {len(pairs)} pairs")

        await asyncio.gather(*(tell(pair) for pair in pairs))

    async def _people(self) -> None:
        signing_in = [sign_in.employee for sign_in in demo.SIGN_INS]
        everybody = with_managers([*signing_in, *self._proteges, *self._mentors])
        root = self._company.root("portal")
        shown = await root.post_bytes("/people/imports?file_name=people.csv", as_csv(everybody), "text/csv")
        if shown["new"] or shown["changed"]:
            await root.post(f"/people/imports/{shown['import_id']}/commit")
        say(f"{len(everybody)} people of Alder")

    async def _programme(self) -> str:
        manager = self._company.person(demo.PROGRAMME_MANAGER.email, "matching", self._start - timedelta(weeks=5))
        for programme in await manager.get("/programmes"):
            if programme["name"] == PROGRAMME:
                return str(programme["programme_id"])
        made = await manager.post(
            "/programmes",
            {
                "name": PROGRAMME,
                "starts_on": self._start.date().isoformat(),
                "ends_on": (self._start + timedelta(weeks=52)).date().isoformat(),
                "default_capacity": 2,
                "questions": [
                    {"id": "hope", "label": "What do you hope for?", "kind": "text", "options": [], "for_role": "both", "required": False}
                ],
                "weights": {"needs": 30, "learning": 10, "goals": 20, "level": 15, "location": 15, "languages": 10},
                "rules": {"never_own_line": True, "shared_language": True},
            },
        )
        await manager.post(f"/programmes/{made['programme_id']}/open")
        return str(made["programme_id"])

    async def _enrol(self, programme_id: str, proteges: list[Employee], mentors: list[Employee], at: datetime) -> None:
        manager = self._company.person(demo.PROGRAMME_MANAGER.email, "matching", at)
        known = {row["person_id"] for row in await manager.get(f"/programmes/{programme_id}/enrolments")}

        async def enrol(person: Employee, body: dict[str, Any], minutes: int) -> None:
            asker = self._company.person(person.email, "matching", at + timedelta(minutes=minutes))
            if await self._company.id_of(person.email) not in known:
                await self._company.patiently(asker.post, f"/programmes/{programme_id}/enrolments", body)

        for number, person in enumerate(proteges):
            body: dict[str, Any] = {
                "role": "protege",
                "needs": NEEDS[number % len(NEEDS)],
                "strengths": [],
                "goals": [AIMS[number % len(AIMS)]],
                "answers": {},
            }
            await enrol(person, body, number)
        for number, person in enumerate(mentors):
            strengths = STRENGTHS[number % len(STRENGTHS)]
            offer: dict[str, Any] = {
                "role": "mentor",
                "capacity": 2,
                "needs": [],
                "strengths": strengths,
                "goals": [AIMS[number % len(AIMS)]],
                "answers": {},
            }
            await enrol(person, offer, 100 + number)
        await manager.post(f"/programmes/{programme_id}/enrolments/approve-all")
        say(f"{len(proteges)} protégés and {len(mentors)} mentors take part")

    async def _match(self, programme_id: str, at: datetime) -> list[Pair]:
        """Match those who wait at this time, publish, and say who was asked; what was published before is not published again."""
        manager = self._company.person(demo.PROGRAMME_MANAGER.email, "matching", at)

        async def asked() -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = await manager.get(f"/programmes/{programme_id}/proposals")
            return [row for row in rows if datetime.fromisoformat(row["deadline_at"]) == at + TIME_TO_ANSWER]

        if not await asked():
            run_id = (await manager.post(f"/programmes/{programme_id}/runs"))["run_id"]
            await self._wait_for_draft(run_id, at)
            if at < self._start:
                await self._keep_the_two_together(run_id, at)
            await manager.post(f"/runs/{run_id}/publish")
        emails = await self._company.emails()
        rows = sorted(await asked(), key=lambda row: (emails[row["protege_id"]] != demo.PROTEGE.email, emails[row["protege_id"]]))
        say(f"{len(rows)} pairs asked")
        return [
            Pair(number, row["proposal_id"], emails[row["protege_id"]], emails[row["mentor_id"]], row["state"], at)
            for number, row in enumerate(rows)
        ]

    async def _wait_for_draft(self, run_id: str, at: datetime) -> None:
        while True:
            run = await self._company.person(demo.PROGRAMME_MANAGER.email, "matching", at).get(f"/runs/{run_id}")
            if run["state"] == "draft":
                return
            if run["state"] == "failed":
                raise Refused("the match run has failed")
            await asyncio.sleep(0.5)

    async def _keep_the_two_together(self, run_id: str, at: datetime) -> None:
        """Whoever signs in as the demo's protégé finds the demo's mentor as partner: the manager has changed that pair by hand."""
        manager = self._company.person(demo.PROGRAMME_MANAGER.email, "matching", at)
        protege_id, mentor_id = await self._company.id_of(demo.PROTEGE.email), await self._company.id_of(demo.MENTOR.email)
        run = await manager.get(f"/runs/{run_id}")
        if any((pair["protege_id"], pair["mentor_id"]) == (protege_id, mentor_id) for pair in run["pairs"]):
            return
        with_mentor = [pair for pair in run["pairs"] if pair["mentor_id"] == mentor_id]
        if len(with_mentor) > 1:
            await manager.post(f"/runs/{run_id}/unpair", {"protege_id": with_mentor[0]["protege_id"]})
        await manager.post(f"/runs/{run_id}/pair", {"protege_id": protege_id, "mentor_id": mentor_id})


async def seed() -> None:
    """Put everything in, once."""
    async with Company.from_environment(os.environ) as company:
        if not BEGAN.exists():
            BEGAN.write_text(datetime.now(UTC).replace(microsecond=0).isoformat(), encoding="utf-8")
        await Seed(company, datetime.fromisoformat(BEGAN.read_text(encoding="utf-8"))).run()


def main() -> int:
    """0 when the demo is there, 1 with a sentence when it could not be put in."""
    if DONE.exists():
        return 0
    try:
        asyncio.run(seed())
    except Refused as refusal:
        print(f"the demo programme is not complete: {refusal}", file=sys.stderr)
        return 1
    DONE.touch()
    say("the demo programme is there")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
