"""A page of a whole Tandem under load, against a bare FastAPI and motor page that reads the same documents."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Measured:
    """`module` serves the bare page when it is run with a port; `path` holds a `{}` for the partnership's id."""

    name: str
    module: str
    path: str
    notes: str
    prepare: Callable[[Company], Awaitable[None]] | None = None


def database(service: str) -> Any:
    """A service's database, for the bare page."""
    return AsyncIOMotorClient[dict[str, Any]](os.environ[_variable(service)], tz_aware=True).get_default_database()


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


async def _measure(page: Measured, surroundings: Surroundings, bare_address: str) -> bool:
    async with Company.from_environment(surroundings.of_seed()) as company:
        partnership_id = await _partnership(company, datetime.now(UTC).replace(microsecond=0))
        if page.prepare is not None:
            await page.prepare(company)
    cookies = [await _sign_in(surroundings, person.email) for person in (demo.PROTEGE, demo.MENTOR)]
    path = page.path.format(partnership_id)
    ours, theirs = f"{surroundings.url('portal')}{path}", f"{bare_address}{path}"
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
        f"p50 {p50:.1f} against {bare_p50:.1f}; {page.notes}; "
        f"{os.cpu_count()} processors with a load of {os.getloadavg()[0]:.1f}"
    )
    return report(page.name, p95, bare_p95, unit="ms", goal="<= 5", notes=notes)


def _typical(rounds: Sequence[tuple[list[float], list[float]]], share: float) -> tuple[float, float]:
    """The median over the rounds of what this share of the requests took at most, for both sides."""
    mine, others = ([percentile(one[side], share) for one in rounds] for side in (0, 1))
    return statistics.median(mine), statistics.median(others)


def measure(page: Measured) -> bool:
    """A system of its own, and the bare page beside it."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name, ExitStack() as stack:
        options = options_below(Path(name))
        stack.enter_context(running([TANDEM, "up", "--no-demo"], options, HERE))
        system = put_together(options)
        (port,) = free_ports(1)
        urls = {_variable(service): system.surroundings.mongodb_url_of(service) for service in SERVICES}
        command = [sys.executable, "-m", page.module, str(port)]
        beside = Program("bare", f"http://127.0.0.1:{port}", command, system.environment(urls), Path(name) / "bare.log")
        stack.callback(beside.stop)
        start(beside)
        return asyncio.run(_measure(page, system.surroundings, beside.address))
