"""Mixed load on a world: what people do, each thing under a mark of its own, and what became of it: done, refused, or not known."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from deploy.local.seed_words import CHARTER
from deploy.local.seeding import Refused
from shared.http import Client, HTTPError, open_client
from tests.faults.book import Attempt, Book, Outcome
from tests.faults.company import DEPARTMENTS, MANAGER, Pair, import_people, terms
from tests.faults.world import World

TOKEN_SECONDS = 200.0
MOST_ITEMS, MOST_STEPS_OF_A_GOAL = 20, 25


@dataclass(frozen=True)
class Ask:
    """Somebody asks a service for something."""

    email: str
    service: str
    method: str
    path: str
    body: Any = None


class Load:
    """People at work. The same seed does the same things, as far as the answers are the same."""

    def __init__(self, world: World, book: Book, *, seed: int, pause: float) -> None:
        self._world = world
        self._book = book
        self._seed = seed
        self._pause = pause
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}
        self._clients: dict[float, Client] = {}
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`: every pair by itself, and the manager."""
        self._client = open_client()
        try:
            workers = [self._pair(pair, random.Random(f"{self._seed}/{pair.protege}")) for pair in self._world.pairs]  # noqa: S311 - a game's dice
            await asyncio.gather(self._manager(random.Random(f"{self._seed}/manager")), *workers)  # noqa: S311 - see above
        finally:
            await self._client.aclose()

    def stop(self) -> None:
        """Have everybody finish what they are at."""
        self._stopping = True

    # ---------------------------------------------------------------- people

    async def _pair(self, pair: Pair, dice: random.Random) -> None:
        person = Person(self, pair, dice)
        while not self._stopping:
            await person.do_something()
            await asyncio.sleep(self._pause * dice.uniform(0.5, 1.5))

    async def _manager(self, dice: random.Random) -> None:
        number = 0
        while not self._stopping:
            number += 1
            path = f"/programmes/{self._world.programme_id}"
            revision = Ask(MANAGER, "matching", "PUT", path, terms(f"Pairs under load, {number}"))
            await self.attempt("programme", f"revision {number}", revision)
            if number % 4 == 0:
                try:
                    await import_people(self._world.company, DEPARTMENTS[number // 4 % len(DEPARTMENTS)])
                except Refused:
                    self._note("people", str(number), Outcome.UNKNOWN)
            await asyncio.sleep(0.5 * dice.uniform(0.5, 1.5))

    # ---------------------------------------------------------------- asking

    async def attempt(self, kind: str, mark: str, ask: Ask, *, of: str = "") -> Any:
        """Try one thing and note what became of it; the answer, or None. `of` is the thing it was done to."""
        outcome, answer = await self.ask(ask)
        identity = next(iter(answer.values()), "") if isinstance(answer, dict) else ""
        self._note(kind, mark, outcome, of or str(identity))
        return answer if outcome is Outcome.DONE else None

    async def ask(self, ask: Ask) -> tuple[Outcome, Any]:
        """Ask a service as somebody."""
        try:
            headers = {"authorization": f"Bearer {await self._token(ask)}"}
        except Refused:
            await asyncio.sleep(0.5)
            return Outcome.REFUSED, None  # it was never asked for
        replicas = [one for one in self._world.of(ask.service) if one.runs and not one.held]
        if not replicas:
            await asyncio.sleep(0.5)
            return Outcome.REFUSED, None
        address = random.choice(replicas).address  # noqa: S311 - any will do
        try:
            response = await self._client.request(ask.method, address + ask.path, json=ask.body, headers=headers)
        except HTTPError:
            await asyncio.sleep(0.2)
            return Outcome.UNKNOWN, None
        if response.is_success:
            return Outcome.DONE, response.json() if response.content else {}
        if response.is_server_error:
            await asyncio.sleep(0.2)
            return Outcome.UNKNOWN, None
        return Outcome.REFUSED, None

    async def _token(self, ask: Ask) -> str:
        email, service = ask.email, ask.service
        until, token = self._tokens.get((email, service), (0.0, ""))
        if time.monotonic() > until:
            token = await self._world.company.token(service, {"email": email})
            self._tokens[email, service] = (time.monotonic() + TOKEN_SECONDS, token)
        return token

    def _note(self, kind: str, mark: str, outcome: Outcome, subject: str = "") -> None:
        self._book.attempts.append(Attempt(kind, mark, outcome, subject, time.monotonic()))


class Person:
    """A protégé and, where two are needed, their mentor."""

    def __init__(self, load: Load, pair: Pair, dice: random.Random) -> None:
        self._load = load
        self._pair = pair
        self._dice = dice
        self._done = 0
        self._goals: list[str] = []
        self._items: list[str] = []

    async def do_something(self) -> None:
        """One thing of the many that people do, the more usual the more often."""
        self._done += 1
        deeds: list[tuple[int, Callable[[str], Awaitable[None]]]] = [
            (3, self._write_goal),
            (8, self._progress),
            (4, self._agenda),
            (1, self._charter),
            (1, self._meeting),
        ]
        deed = self._dice.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]
        await deed(f"{self._pair.protege}/{self._load._seed}/{self._done}")

    async def _write_goal(self, mark: str) -> None:
        path = f"/partnerships/{self._pair.partnership_id}/goals"
        answer = await self._load.attempt("goal", mark, Ask(self._pair.protege, "goals", "POST", path, {"title": mark, "shared": True}))
        if answer:
            self._goals = [*self._goals, answer["goal_id"]][-3:]

    async def _progress(self, mark: str) -> None:
        if not self._goals:
            return await self._write_goal(mark)
        goal = self._goals[-1]
        body = {"percent": self._dice.randrange(100), "state": "open", "confidence": 3}
        await self._load.attempt("progress", mark, Ask(self._pair.protege, "goals", "POST", f"/goals/{goal}/progress", body), of=goal)
        return None

    async def _agenda(self, mark: str) -> None:
        path = f"/partnerships/{self._pair.partnership_id}/agenda/items"
        if len(self._items) >= MOST_ITEMS:
            item = self._items.pop(0)
            await self._load.attempt("removal", item, Ask(self._pair.protege, "scheduling", "DELETE", f"{path}/{item}"), of=item)
            return
        answer = await self._load.attempt(
            "item", mark, Ask(self._pair.protege, "scheduling", "POST", path, {"text": mark, "kind": "question"})
        )
        if answer:
            self._items.append(answer["item_id"])
            return
        # It may be full of what earlier loads have left, or of what nobody heard the answer to.
        _, agenda = await self._load.ask(Ask(self._pair.protege, "scheduling", "GET", path.removesuffix("/items")))
        if agenda:
            self._items = [item["item_id"] for item in agenda["items"]]

    async def _charter(self, mark: str) -> None:
        path = f"/charters/{self._pair.partnership_id}"
        charter: dict[str, Any] = dict(CHARTER)
        words = {**charter, "needs": {**charter["needs"], "success": mark}}
        answer = await self._load.attempt("charter", mark, Ask(self._pair.protege, "goals", "POST", f"{path}/propose", words))
        if answer:
            await self._load.ask(Ask(self._pair.mentor, "goals", "POST", f"{path}/sign", {"version": answer["version"]}))

    async def _meeting(self, mark: str) -> None:
        path = f"/partnerships/{self._pair.partnership_id}"
        _, slots = await self._load.ask(Ask(self._pair.protege, "scheduling", "GET", f"{path}/slots?days=7&minutes=45"))
        if slots and slots["offers"]:
            # Whoever is not asked first: what is counted is the booking, in one request.
            policy = {"partner_may_book": True, "partner_may_move": False}
            await self._load.ask(Ask(self._pair.mentor, "scheduling", "PUT", "/policy/mine", policy))
            starts = [self._dice.choice(slots["offers"])["starts_at"]]
            body = {"starts": starts, "minutes": 45, "place": mark, "book": True}
            answer = await self._load.attempt("meeting", mark, Ask(self._pair.protege, "scheduling", "POST", f"{path}/meetings", body))
            if answer:
                await self._load.ask(Ask(self._pair.mentor, "scheduling", "POST", f"/meetings/{answer['meeting_id']}/cancel"))


@asynccontextmanager
async def under_load(world: World, book: Book, *, seed: int = 1, pause: float = 0.1) -> AsyncIterator[Load]:
    """Load for as long as the block lasts; everybody has finished when it ends."""
    load = Load(world, book, seed=seed, pause=pause)
    running = asyncio.create_task(load.run())
    try:
        yield load
    finally:
        load.stop()
        await running
