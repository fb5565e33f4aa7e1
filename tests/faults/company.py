"""The small company that lives in a world of fault tests: a manager, some pairs, one programme, all made through the services' own APIs."""

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from deploy.local.seeding import Company

PAIRS = 6
MANAGER = "meg@alder.example"
DEPARTMENTS = ("Sales", "Finance", "Support", "Engineering")


@dataclass(frozen=True)
class Pair:
    """Two partners."""

    partnership_id: str
    protege: str
    mentor: str


def people_as_csv(department: str) -> bytes:
    """Everybody, in a department."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("Employee ID", "Name", "Work e-mail", "Manager ID", "Department", "Location", "Time zone", "Job level", "Languages"))
    people = [("E900", "Meg Alder", MANAGER, 9)]
    people += [(f"P{number:03}", f"Pia {number}", address("pia", number), 2) for number in range(PAIRS)]
    people += [(f"M{number:03}", f"Max {number}", address("max", number), 7) for number in range(PAIRS)]
    for employee_id, name, email, level in people:
        writer.writerow((employee_id, name, email, "", department, "Berlin", "Europe/Berlin", level, "en; de"))
    return file.getvalue().encode()


def address(name: str, number: int) -> str:
    return f"{name}{number}@alder.example"


def terms(name: str) -> dict[str, Any]:
    """A programme's settings."""
    today = date.today()  # noqa: DTZ011 - any day will do
    return {
        "name": name,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(weeks=52)).isoformat(),
        "default_capacity": 1,
        "questions": [],
        "weights": {"needs": 40, "goals": 20, "level": 15, "location": 15, "languages": 10},
        "rules": {"never_own_line": True, "shared_language": True},
    }


async def import_people(company: Company, department: str) -> bool:
    """Have the portal take everybody in; whether anybody has changed by it."""
    root = company.root("portal")
    shown = await root.post_bytes("/people/imports?file_name=people.csv", people_as_csv(department), "text/csv")
    if not (shown["new"] or shown["changed"]):
        return False
    await root.post(f"/people/imports/{shown['import_id']}/commit")
    return True


async def found(company: Company) -> tuple[str, list[Pair]]:
    """Everything from the people to the partnerships; the programme's id and the pairs."""
    now = datetime.now(UTC)
    await import_people(company, DEPARTMENTS[0])
    manager = company.person(MANAGER, "matching", now)
    programme_id = str((await manager.post("/programmes", terms("Pairs under load")))["programme_id"])
    await manager.post(f"/programmes/{programme_id}/open")
    await asyncio.gather(*(_enrol(company, programme_id, number, now) for number in range(PAIRS)))
    await manager.post(f"/programmes/{programme_id}/enrolments/approve-all")
    run_id = (await manager.post(f"/programmes/{programme_id}/runs"))["run_id"]
    while (run := await manager.get(f"/runs/{run_id}"))["state"] != "draft":
        assert run["state"] != "failed", run
        await asyncio.sleep(0.1)
    await manager.post(f"/runs/{run_id}/publish")
    proposals = await manager.get(f"/programmes/{programme_id}/proposals")
    emails = await company.emails()
    pairs = await asyncio.gather(*(_accept(company, proposal, emails, now) for proposal in proposals))
    await _heard_everywhere(company, pairs, now)
    return programme_id, sorted(pairs, key=lambda pair: pair.protege)


async def _enrol(company: Company, programme_id: str, number: int, now: datetime) -> None:
    words = {"needs": ["leading a team"], "strengths": ["leading a team"], "goals": ["lead a project"], "answers": {}}
    for name, role in (("pia", "protege"), ("max", "mentor")):
        asker = company.person(address(name, number), "matching", now)
        await company.patiently(asker.post, f"/programmes/{programme_id}/enrolments", {"role": role, **words})


async def _accept(company: Company, proposal: dict[str, Any], emails: dict[str, str], now: datetime) -> Pair:
    protege, mentor = emails[proposal["protege_id"]], emails[proposal["mentor_id"]]
    for email in (mentor, protege):
        await company.person(email, "matching", now).post(f"/proposals/{proposal['proposal_id']}/accept")
    (row,) = await company.person(protege, "matching", now).get("/partnerships/mine")
    return Pair(row["partnership_id"], protege, mentor)


async def _heard_everywhere(company: Company, pairs: Sequence[Pair], now: datetime) -> None:
    """Wait until goals and scheduling know of the pairs."""
    for pair in pairs:
        await company.patiently(company.person(pair.protege, "goals", now).get, f"/charters/{pair.partnership_id}")
        await company.patiently(company.person(pair.protege, "scheduling", now).get, f"/partnerships/{pair.partnership_id}/series")
