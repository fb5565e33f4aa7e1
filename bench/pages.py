"""The partnership page under load, against a bare FastAPI and motor page that reads the same documents."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from motor.motor_asyncio import AsyncIOMotorClient

from bench.report import percentile, report
from bench.running import HERE, options_below, running
from deploy.local import demo
from deploy.local.environment import Surroundings
from deploy.local.parts import Program, start
from deploy.local.ports import free_ports
from deploy.local.seed import as_csv, with_managers
from deploy.local.seed_story import MET_WELL, Pair, Story
from deploy.local.seeding import Asker, Company
from deploy.local.system import TANDEM, put_together
from shared.http import Client, Response, open_client

PER_SECOND, SECONDS, WARM_UP_SECONDS, ROUNDS = 20, 10, 3, 5
LONGEST_SECONDS = 120.0  # a machine that has other things to do is to give a bad figure, not none
SERVICES = ("portal", "matching", "scheduling", "goals")
HALF_A_YEAR = timedelta(weeks=26)
SETTLED_WITHIN_SECONDS = 60.0

# ---------------------------------------------------------------- the bare page, in a process of its own

PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<title>{{ people | map(attribute="name") | join(" and ") }}</title>
<h1>{{ people | map(attribute="name") | join(" and ") }}</h1>
<p>{{ programme.name }}, every {{ series.cadence_weeks }} weeks, since {{ pair.started_at }}</p>
<ul>{% for meeting in meetings %}<li>{{ meeting.starts_at }} {{ meeting.state }} {{ meeting.place }}</li>{% endfor %}</ul>
<ol>{% for item in agenda["items"] %}<li>{{ item.text }}</li>{% endfor %}</ol>
{% for goal in goals %}<h2>{{ goal.title }}</h2><p>{{ goal.why }}</p>
<ul>{% for step in goal.steps %}<li>{{ step.text }} {{ step.due_on }}</li>{% endfor %}</ul>{% endfor %}
{% for version in charter.versions[-1:] %}<dl>{% for name, part in version.agreement.items() %}
<dt>{{ name }}</dt><dd>{{ part }}</dd>{% endfor %}</dl>{% endfor %}
""")


def _database(url: str) -> Any:
    return AsyncIOMotorClient[dict[str, Any]](url, tz_aware=True).get_default_database()


def bare(urls: Mapping[str, str]) -> FastAPI:
    """One route, no sign-in, no services: what anybody would write in a quarter of an hour."""
    portal, matching, scheduling, goals = (_database(urls[_variable(service)]) for service in SERVICES)
    app = FastAPI()

    @app.get("/partnerships/{partnership_id}", response_class=HTMLResponse)
    async def partnership(partnership_id: str) -> str:
        same, of_it = {"_id": partnership_id}, {"partnership_id": partnership_id}
        pair = await matching.partnerships.find_one(same)
        programme, people, series, meetings, agenda, charter, written = await asyncio.gather(
            matching.programmes.find_one({"_id": pair["programme_id"]}),
            portal.people.find({"_id": {"$in": [pair["protege_id"], pair["mentor_id"]]}}).to_list(None),
            scheduling.series.find_one(same),
            scheduling.meetings.find(of_it).sort("starts_at", 1).to_list(None),
            scheduling.agendas.find_one(same),
            goals.charters.find_one(same),
            goals.goals.find(of_it).to_list(None),
        )
        return PAGE.render(
            pair=pair, programme=programme, people=people, series=series, meetings=meetings, agenda=agenda, charter=charter, goals=written
        )

    return app


def _variable(service: str) -> str:
    return f"BENCH_{service.upper()}_URL"


# ---------------------------------------------------------------- two people who have met for half a year


async def _partnership(company: Company, now: datetime) -> str:
    """The demo's pair with its programme and half a year's story, told to the services as the demo tells it; the partnership's id."""
    manager, protege, mentor = demo.PROGRAMME_MANAGER, demo.PROTEGE, demo.MENTOR
    began = now - HALF_A_YEAR
    root = company.root("portal")
    everybody = with_managers([manager.employee, protege.employee, mentor.employee])
    shown = await root.post_bytes("/people/imports?file_name=people.csv", as_csv(everybody), "text/csv")
    await root.post(f"/people/imports/{shown['import_id']}/commit")

    def asks(email: str) -> Asker:
        return company.person(email, "matching", began)

    programme_id = (await asks(manager.email).post("/programmes", _programme(began)))["programme_id"]
    await asks(manager.email).post(f"/programmes/{programme_id}/open")
    for role, person in (("protege", protege), ("mentor", mentor)):
        enrolment = {"role": role, "needs": ["giving feedback"], "strengths": ["giving feedback"], "goals": [], "answers": {}}
        await company.patiently(asks(person.email).post, f"/programmes/{programme_id}/enrolments", enrolment)
    await asks(manager.email).post(f"/programmes/{programme_id}/enrolments/approve-all")
    ids = {"protege_id": await company.id_of(protege.email), "mentor_id": await company.id_of(mentor.email)}
    proposal_id = (await asks(manager.email).post(f"/programmes/{programme_id}/offers", ids))["proposal_id"]
    await Story(company, programme_id, began, now).tell(Pair(0, proposal_id, protege.email, mentor.email, "open", began))
    partnership_id = str((await asks(protege.email).get("/partnerships/mine"))[0]["partnership_id"])
    await _settled(company, partnership_id, now)
    return partnership_id


def _programme(began: datetime) -> dict[str, Any]:
    return {
        "name": "Alder mentoring",
        "starts_on": began.date().isoformat(),
        "ends_on": (began + 2 * HALF_A_YEAR).date().isoformat(),
        "default_capacity": 2,
        "questions": [],
        "weights": {"needs": 40, "goals": 20, "level": 15, "location": 15, "languages": 10},
        "rules": {"never_own_line": True, "shared_language": True},
    }


async def _settled(company: Company, partnership_id: str, now: datetime) -> None:
    """All that was told has been heard, and every meeting of the past has ended."""
    until = time.monotonic() + SETTLED_WITHIN_SECONDS
    asker = company.person(demo.PROTEGE.email, "scheduling", now)
    while (await asker.get(f"/partnerships/{partnership_id}/series"))["met"] < len(MET_WELL):
        if time.monotonic() > until:
            raise RuntimeError("the meetings of half a year have not ended")
        await asyncio.sleep(0.5)


async def _sign_in(surroundings: Surroundings, email: str) -> str:
    """The way a browser goes through the identity provider; the cookies it holds in the end, as one header.

    They are for https only, as a browser takes a loopback address to be; the HTTP client does not, so they are carried by hand.
    """
    cookies: dict[str, str] = {}
    async with open_client() as client:

        async def ask(method: str, address: str, **request: Any) -> str:
            answer: Response = await client.request(method, address, headers={"cookie": _header(cookies)}, **request)
            for line in answer.headers.get_list("set-cookie"):
                cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            return str(answer.headers["location"])

        provider = await ask("GET", f"{surroundings.url('portal')}/sign-in")
        back = await ask("POST", provider, data={"person": email})
        await ask("GET", back)
    return _header(cookies)


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items() if value)


# ---------------------------------------------------------------- the measurement


async def _at_rate(client: Client, address: str, cookies: Sequence[str], seconds: int) -> list[float]:
    """Milliseconds of each answer, counted from when its request was due: one that had to wait has waited."""
    began = time.monotonic()

    async def one(number: int) -> float:
        due = began + number / PER_SECOND
        await asyncio.sleep(due - time.monotonic())
        answer = await client.get(address, headers={"cookie": cookies[number % len(cookies)]}, timeout=LONGEST_SECONDS)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return (time.monotonic() - due) * 1000

    return await asyncio.gather(*(one(number) for number in range(PER_SECOND * seconds)))


async def _measure(surroundings: Surroundings, bare_address: str) -> bool:
    async with Company.from_environment(surroundings.of_seed()) as company:
        partnership_id = await _partnership(company, datetime.now(UTC).replace(microsecond=0))
    cookies = [await _sign_in(surroundings, person.email) for person in (demo.PROTEGE, demo.MENTOR)]
    ours, theirs = f"{surroundings.url('portal')}/partnerships/{partnership_id}", f"{bare_address}/partnerships/{partnership_id}"
    rounds = []
    async with open_client() as client:
        for address in (ours, theirs):
            await _at_rate(client, address, cookies, WARM_UP_SECONDS)
        for _ in range(ROUNDS):
            mine = await _at_rate(client, ours, cookies, SECONDS)
            rounds.append((mine, await _at_rate(client, theirs, cookies, SECONDS)))
    (p95, bare_p95), (p50, bare_p50) = _typical(rounds, 0.95), _typical(rounds, 0.5)
    notes = (
        f"p95 of {PER_SECOND * SECONDS} requests at {PER_SECOND}/s, median of {ROUNDS} rounds in turn; "
        f"p50 {p50:.1f} against {bare_p50:.1f}; "
        "ours knows who is signed in, asks three services and draws; bare reads the same documents itself; "
        f"{os.cpu_count()} processors with a load of {os.getloadavg()[0]:.1f}"
    )
    return report("pages", p95, bare_p95, unit="ms", goal="<= 5", notes=notes)


def _typical(rounds: Sequence[tuple[list[float], list[float]]], share: float) -> tuple[float, float]:
    """The median over the rounds of what this share of the requests took at most, for both sides."""
    mine, others = ([percentile(one[side], share) for one in rounds] for side in (0, 1))
    return statistics.median(mine), statistics.median(others)


def run() -> bool:
    """A system of its own, and the bare page beside it."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name, ExitStack() as stack:
        options = options_below(Path(name))
        stack.enter_context(running([TANDEM, "up", "--no-demo"], options, HERE))
        system = put_together(options)
        (port,) = free_ports(1)
        urls = {_variable(service): system.surroundings.mongodb_url_of(service) for service in SERVICES}
        command = [sys.executable, "-m", "bench.pages", str(port)]
        beside = Program("bare", f"http://127.0.0.1:{port}", command, system.environment(urls), Path(name) / "bare.log")
        stack.callback(beside.stop)
        start(beside)
        return asyncio.run(_measure(system.surroundings, beside.address))


if __name__ == "__main__":
    uvicorn.run(bare(os.environ), port=int(sys.argv[1]), access_log=False, log_level="warning")
