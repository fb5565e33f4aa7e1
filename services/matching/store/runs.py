"""Match runs in MongoDB, and who is working on which."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.matching.domain import MatchRun, RunState, RunUnderWay
from services.matching.store.drafts import COLLECTIONS, MongoDraft
from shared.mongo import Database, Document, Index, ReturnDocument, later, still
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [Index("runs", "programme_id", "-number"), Index("runs", "state")]

LEASE_MS = 15_000
MOST_ATTEMPTS = 3
_GOES_ON = {RunState.PUBLISHING: "go_on_publishing", RunState.UNDOING: "go_on_undoing"}


class MongoRuns:
    """`Runs` in one unit of work. A row in `run_numbers` keeps two managers from starting the same one."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, run_id: str) -> MatchRun:
        return await self._unit.get("runs", MatchRun, run_id)

    async def latest(self, programme_id: str) -> MatchRun | None:
        found = await self._unit.query("runs", MatchRun, {"programme_id": programme_id}, sort=[("number", -1)], limit=1)
        return found[0] if found else None

    async def last_published(self, programme_id: str) -> datetime | None:
        states = {"$in": [RunState.PUBLISHING.value, RunState.PUBLISHED.value]}
        rows = await self._unit.rows("runs", {"programme_id": programme_id, "state": states}, ["published_at"])
        return max((row["published_at"] for row in rows), default=None)

    async def drafts(self, programme_id: str) -> list[MatchRun]:
        states = [RunState.DRAFT.value, RunState.UNDONE.value]
        return await self._unit.query("runs", MatchRun, {"programme_id": programme_id, "state": {"$in": states}})

    def add(self, run: MatchRun) -> None:
        self._unit.claim("run_numbers", {"_id": f"{run.programme_id}/{run.number}", "run_id": run.id}, RunUnderWay())
        self._unit.put("run_work", {"_id": run.id, "attempts": 0, "progress": 0, "step": "queued"})
        self.save(run)

    def save(self, run: MatchRun) -> None:
        if not run.at_work:
            self._unit.remove("run_work", run.id)
        if run.state in _GOES_ON:
            timer = Timer(id=f"asking/{run.id}", kind=_GOES_ON[run.state], due_at=datetime.now(UTC), subject=run.id)
            self._unit.remind(timer)
        self._unit.save("runs", run)

    def draft_of(self, run: MatchRun) -> MongoDraft:
        return self.new_draft(run.id, run.draft_id or "")

    def new_draft(self, run_id: str, draft_id: str) -> MongoDraft:
        return MongoDraft(self._unit, run_id, draft_id)


class RunWork:
    """Which run is to be worked on, by whom, and how far it is: a row for each that is queued or running."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._rows = database.run_work
        self._owner = owner

    async def take(self) -> Document | None:
        """The next run that nobody works on, for the length of a lease; also one whose worker has died."""
        taken: Document | None = await self._rows.find_one_and_update(
            still("until", over=True),
            [{"$set": {"owner": self._owner, "until": later(LEASE_MS), "attempts": {"$add": ["$attempts", 1]}}}],
            sort=[("_id", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return taken

    async def keep(self, run_id: str, progress: Mapping[str, Any] | None = None) -> bool:
        """Keep the lease, and say how far the run is; False if somebody else has it now."""
        change = {"until": later(LEASE_MS), **(progress or {})}
        kept = await self._rows.update_one({"_id": run_id, "owner": self._owner}, [{"$set": change}])
        return bool(kept.matched_count)

    async def give_back(self, run_id: str, *, untried: bool = False) -> None:
        """Let whoever is free try again at once. `untried`: this one was told to stop, so the attempt does not count."""
        change = {"$unset": {"until": "", "owner": "", "process": ""}, "$inc": {"attempts": -1 if untried else 0}}
        await self._rows.update_one({"_id": run_id, "owner": self._owner}, change)

    async def clear(self, run_id: str) -> None:
        """Throw away what earlier attempts have written down."""
        for collection in COLLECTIONS:
            await self._database[collection].delete_many({"run_id": run_id})
