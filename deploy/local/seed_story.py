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

# Which pair of the first wave lives which story; all others do well. Of those who were asked ten days ago, the first wait for an answer.
DECLINED, HELP, WATCH, ENDED = {3}, {8, 22, 31}, {2, 13, 17, 27, 35}, {6, 15, 24, 30}
WAITING = {0, 1}
NEW_SINCE = timedelta(days=30)


@dataclass(frozen=True)
class Pair:
    """Two people who were asked, in the order of the list."""

    number: int
    proposal_id: str
    protege: str
    mentor: str
    state: str
    asked_at: datetime

    @property
    def is_first(self) -> bool:
        """Whether these are the two one can sign in as."""
        return self.protege == demo.PROTEGE.email

    def is_new(self, now: datetime) -> bool:
        """Whether these two were asked only lately."""
        return now - self.asked_at < NEW_SINCE

    @property
    def meetings(self) -> tuple[int, ...]:
        """The weeks in which the two have met, when they are not new."""
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

    async def tell(self, pair: Pair) -> None:
        """The whole story of a pair; what was told before is not told again."""
        new = pair.is_new(self._now)
        if pair.state == "open" and not await self._answer(pair, new=new):
            return
        partnership_id = await self._partnership_of(pair)
        if partnership_id is None:
            return
        await self._charter(pair, partnership_id, pair.asked_at + timedelta(days=5), signs=not new)
        if new:
            return
        await self._goal(pair, partnership_id, pair.asked_at + timedelta(days=14))
        await self._meetings(pair, partnership_id)
        if pair.is_first:
            await self._calendars(pair)
            await self._next_meeting(pair, partnership_id)
        if pair.number in ENDED:
            reason = "completed" if pair.number % 2 else "by_agreement"
            asker = self._person(pair.protege, "matching", self._start + timedelta(weeks=12))
            await asker.post(f"/partnerships/{partnership_id}/end", {"reason": reason})

    async def _answer(self, pair: Pair, *, new: bool) -> bool:
        """Both say yes a day or two later, or not; whether the two are partners now."""
        at, path = pair.asked_at + timedelta(hours=30), f"/proposals/{pair.proposal_id}"
        mentor = self._person(pair.mentor, "matching", at)
        if not new and pair.number in DECLINED:
            await mentor.post(f"{path}/decline", {"reason": "I go on parental leave in a month."})
            return False
        await mentor.post(f"{path}/accept")
        if new and pair.number in WAITING:
            return False
        await self._person(pair.protege, "matching", at + timedelta(hours=20)).post(f"{path}/accept")
        return True

    async def _partnership_of(self, pair: Pair) -> str | None:
        """The partnership of just these two, while it runs: an ended one's story has been told."""
        rows = await self._person(pair.protege, "matching", self._now).get("/partnerships/mine")
        mentor_id = await self._company.id_of(pair.mentor)
        own = [row for row in rows if row["programme_id"] == self._programme_id and row["mentor_id"] == mentor_id]
        return next((str(row["partnership_id"]) for row in own if row["state"] == "running"), None)

    async def _charter(self, pair: Pair, partnership_id: str, at: datetime, *, signs: bool) -> None:
        path = f"/charters/{partnership_id}"
        author = self._person(pair.protege, "goals", at)
        charter = await self._company.patiently(author.get, path)
        version = charter["current"]["version"] if charter["current"] else (await author.post(f"{path}/propose", CHARTER))["version"]
        if signs and charter["state"] != "signed":
            await self._person(pair.mentor, "goals", at + timedelta(days=2)).post(f"{path}/sign", {"version": version})

    async def _goal(self, pair: Pair, partnership_id: str, at: datetime) -> None:
        author = self._person(pair.protege, "goals", at)
        if pair.number in HELP or await author.get(f"/partnerships/{partnership_id}/goals"):
            return
        kind = pair.number % len(GOALS)
        due_on = (self._now + timedelta(weeks=10)).date().isoformat()
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
        met = await self._days_met(pair, partnership_id)
        for week in pair.meetings:
            day = self._start + timedelta(weeks=week)
            if any(day <= one < day + timedelta(days=7) for one in met):
                continue
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

    async def _days_met(self, pair: Pair, partnership_id: str) -> list[datetime]:
        """When meetings of the two are or were, or are to be."""
        reader = self._person(pair.protege, "scheduling", self._now)
        series = await self._company.patiently(reader.get, f"/partnerships/{partnership_id}/series")
        return [datetime.fromisoformat(meeting["starts_at"]) for meeting in series["meetings"] if meeting["starts_at"]]

    async def _book(self, pair: Pair, partnership_id: str, day: datetime, asked_at: datetime) -> str | None:
        asker = self._person(pair.protege, "scheduling", asked_at)
        path = f"/partnerships/{partnership_id}"
        query = {"from": day.date().isoformat(), "days": 7, "minutes": 45}
        slots = await self._company.patiently(asker.get, f"{path}/slots", **query)
        if not slots["offers"]:
            return None
        starts_at = slots["offers"][0]["starts_at"]
        made = await asker.post(f"{path}/meetings", {"starts": [starts_at], "minutes": 45, "place": "", "book": False})
        mentor = self._person(pair.mentor, "scheduling", asked_at)
        await mentor.post(f"/meetings/{made['meeting_id']}/pick", {"starts_at": starts_at})
        return str(made["meeting_id"])

    async def _next_meeting(self, pair: Pair, partnership_id: str) -> None:
        """What the two will see first: a meeting in a few days with a question on the agenda."""
        if any(one > self._now for one in await self._days_met(pair, partnership_id)):
            return
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
            await self._company.patiently(asker.post, "/calendars/mine", calendar)
