"""What happened to each pair of the demo in half a year: a few kinds of story, told in the order in which things came about."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.local import demo
from deploy.local.seed_words import CHARTER, GOALS, QUESTIONS, STEPS
from deploy.local.seeding import Asker, Company

# Weeks after the start in which a pair met; None: the meeting was missed.
MET_WELL = (1, 5, 9, 13, 17, 21, 25)
MET_SELDOM = (1, 6, 13, 19)
MET_AND_STOPPED = (1, 5, 9)

DECLINED, WAITING, NEW, HELP, WATCH, ENDED = {3}, {7, 11}, {5, 19, 33}, {8, 22, 31, 38}, {2, 13, 17, 27, 36}, {6, 15, 24, 30}


@dataclass(frozen=True)
class Pair:
    """Two people who were asked, in the order of the list."""

    number: int
    proposal_id: str
    protege: str
    mentor: str
    state: str

    @property
    def is_first(self) -> bool:
        """Whether these are the two one can sign in as."""
        return self.protege == demo.PROTEGE.email

    @property
    def is_waiting(self) -> bool:
        return self.number in WAITING

    @property
    def meetings(self) -> tuple[int, ...]:
        if self.number in NEW:
            return ()
        if self.number in HELP | ENDED:
            return MET_AND_STOPPED
        return MET_SELDOM if self.number in WATCH else MET_WELL


class Story:
    """Tells the half year of one pair after the other."""

    def __init__(self, company: Company, programme_id: str, start: datetime, now: datetime) -> None:
        self._company = company
        self._programme_id = programme_id
        self._start = start
        self._now = now

    def _person(self, email: str, service: str, at: datetime) -> Asker:
        return self._company.person(email, service, min(at, self._now))

    def _asked_at(self, pair: Pair) -> datetime:
        """Those who are new have answered late."""
        return self._now - timedelta(days=8) if pair.number in NEW else self._start

    async def tell(self, pair: Pair) -> None:
        """The whole story of a pair; what was told before is not told again."""
        if pair.is_waiting:
            return
        at = self._asked_at(pair)
        if pair.state == "open":
            if pair.number in DECLINED:
                await self._person(pair.mentor, "matching", at).post(
                    f"/proposals/{pair.proposal_id}/decline", {"reason": "I go on parental leave in a month."}
                )
                return
            for number, email in enumerate((pair.mentor, pair.protege)):
                await self._person(email, "matching", at + timedelta(hours=3 + 20 * number)).post(f"/proposals/{pair.proposal_id}/accept")
        partnership_id = await self._partnership_of(pair)
        if partnership_id is None or not await self._charter(pair, partnership_id, at + timedelta(days=3)):
            return
        await self._goal(pair, partnership_id, at + timedelta(days=9))
        await self._meetings(pair, partnership_id)
        if pair.is_first:
            await self._calendars(pair)
            await self._next_meeting(pair, partnership_id)
        if pair.number in ENDED:
            reason = "completed" if pair.number % 2 else "by_agreement"
            asker = self._person(pair.protege, "matching", self._start + timedelta(weeks=12))
            await asker.post(f"/partnerships/{partnership_id}/end", {"reason": reason})

    async def waiting_answers(self, pairs: list[Pair]) -> None:
        """One of the two has said yes; the other's answer is awaited."""
        for pair in pairs:
            if pair.state == "open":
                await self._person(pair.mentor, "matching", self._now).post(f"/proposals/{pair.proposal_id}/accept")

    async def _partnership_of(self, pair: Pair) -> str | None:
        rows = await self._person(pair.protege, "matching", self._now).get("/partnerships/mine")
        running = [row["partnership_id"] for row in rows if row["programme_id"] == self._programme_id]
        return str(running[0]) if running else None

    async def _charter(self, pair: Pair, partnership_id: str, at: datetime) -> bool:
        """Propose and sign; False when that was done before, so the rest of the story was told too."""
        path = f"/charters/{partnership_id}"
        reader = self._person(pair.protege, "goals", at)
        charter = await self._company.patiently(reader.get, path)
        if charter["state"] != "empty":
            return False
        version = (await self._person(pair.protege, "goals", at).post(f"{path}/propose", CHARTER))["version"]
        if pair.number not in NEW:
            await self._person(pair.mentor, "goals", at + timedelta(days=2)).post(f"{path}/sign", {"version": version})
        return True

    async def _goal(self, pair: Pair, partnership_id: str, at: datetime) -> None:
        if pair.number in HELP | NEW:
            return
        kind = pair.number % len(GOALS)
        due_on = (self._now + timedelta(weeks=10)).date().isoformat()
        author = self._person(pair.protege, "goals", at)
        goal = {**GOALS[kind], "area": "work", "due_on": due_on, "shared": True}
        goal_id = (await author.post(f"/partnerships/{partnership_id}/goals", goal))["goal_id"]
        for number, text in enumerate(STEPS[kind]):
            step_due = (self._now + timedelta(weeks=1 + 3 * number)).date().isoformat()
            await author.post(f"/goals/{goal_id}/steps", {"text": text, "due_on": step_due})
        if pair.number in WATCH:
            return
        steps = (await author.get(f"/goals/{goal_id}"))["steps"]
        later = self._person(pair.protege, "goals", at + timedelta(weeks=8))
        await later.post(f"/goals/{goal_id}/steps/{steps[0]['step_id']}/done")
        for weeks, percent, confidence in ((4, 10, 2), (12, 35, 3), (20, 60, 4)):
            teller = self._person(pair.protege, "goals", at + timedelta(weeks=weeks))
            await teller.post(f"/goals/{goal_id}/progress", {"percent": percent, "state": "open", "confidence": confidence})

    async def _meetings(self, pair: Pair, partnership_id: str) -> None:
        for week in pair.meetings:
            day = self._start + timedelta(weeks=week)
            meeting_id = await self._book(pair, partnership_id, day, asked_at=day - timedelta(days=4))
            if meeting_id is None:
                continue
            after = day + timedelta(days=4)
            if pair.number in HELP and week == MET_AND_STOPPED[-1]:
                asker = self._person(pair.protege, "scheduling", after)
                await self._company.patiently(asker.post, f"/meetings/{meeting_id}/missed")
                continue
            for email in (pair.protege, pair.mentor):
                taps = {"worth_it": pair.number not in WATCH or week % 2 == 1, "did_as_agreed": pair.number not in HELP, "line": ""}
                asker = self._person(email, "goals", after)
                await self._company.patiently(asker.post, f"/meetings/{meeting_id}/feedback", taps)

    async def _book(self, pair: Pair, partnership_id: str, day: datetime, asked_at: datetime) -> str | None:
        asker = self._person(pair.protege, "scheduling", asked_at)
        path = f"/partnerships/{partnership_id}"
        query = {"from": day.date().isoformat(), "days": 7, "minutes": 45}
        slots = await self._company.patiently(asker.get, f"{path}/slots", **query)
        if not slots["offers"]:
            return None
        starts_at = slots["offers"][0]["starts_at"]
        made = await asker.post(f"{path}/meetings", {"starts": [starts_at], "minutes": 45, "place": "", "book": True})
        return str(made["meeting_id"])

    async def _next_meeting(self, pair: Pair, partnership_id: str) -> None:
        """What the two will see first: a meeting in a few days with a question on the agenda."""
        await self._book(pair, partnership_id, self._now + timedelta(days=3), asked_at=self._now)
        for question in QUESTIONS[:2]:
            item = {"text": question, "kind": "question"}
            await self._person(pair.protege, "scheduling", self._now).post(f"/partnerships/{partnership_id}/agenda/items", item)

    async def _calendars(self, pair: Pair) -> None:
        """The two have connected the demo's calendars."""
        server = self._company.extras["calendar"]
        if not server:
            return
        for email in (pair.protege, pair.mentor):
            user = demo.by_email()[email].calendar_user
            calendar = {"kind": "caldav", "url": f"{server}/{user}/", "username": user, "password": demo.CALENDAR_PASSWORD}
            asker = self._person(email, "scheduling", self._now)
            await self._company.patiently(asker.put, "/calendars/mine", calendar)
