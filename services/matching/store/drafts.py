"""Drafts in MongoDB: a row for each pair, for each who was left out, and for each mentor, so that no draft is too large for a document."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from services.matching.domain import LeftOut, MentorPlaces, Pair, PairNotInDraft, Shortage
from services.matching.domain.run import Pairing
from shared.mongo import Document, Index
from shared.unit import Unit

PAIRS, LEFT_OUT, SHORTAGES, MENTORS = "run_pairs", "run_left_out", "run_shortages", "run_mentors"
CANDIDATES = "run_candidates"
COLLECTIONS = (PAIRS, LEFT_OUT, SHORTAGES, MENTORS, CANDIDATES)
DAYS_OF_CANDIDATES = 30
INDEXES = [
    Index(PAIRS, "draft_id", "protege_id"),
    Index(PAIRS, "draft_id", "mentor_id"),
    Index(LEFT_OUT, "draft_id"),
    Index(MENTORS, "draft_id"),
    *(Index(collection, "run_id") for collection in COLLECTIONS),
    Index(CANDIDATES, "draft_id"),
    Index(CANDIDATES, "kept_at", expire_after=DAYS_OF_CANDIDATES * 86_400),
]


class MongoDraft:
    """`Draft` in one unit of work. It is guarded by its run's version: whoever changes it saves the run too."""

    def __init__(self, unit: Unit, run_id: str, draft_id: str) -> None:
        self._unit, self._run_id, self._draft_id = unit, run_id, draft_id

    async def pair(self, protege_id: str, mentor_id: str) -> Pair:
        row = await self._unit.row(PAIRS, self._key(protege_id, mentor_id))
        if row is None:
            raise PairNotInDraft
        return pair_of(row)

    async def pairs_of(self, *protege_ids: str) -> list[Pair]:
        return await self._pairs({"protege_id": {"$in": list(protege_ids)}})

    async def pairs_with(self, *person_ids: str) -> list[Pair]:
        return await self._pairs({"$or": [{side: {"$in": list(person_ids)}} for side in ("protege_id", "mentor_id")]})

    async def _pairs(self, where: Document) -> list[Pair]:
        return [pair_of(row) for row in await self._unit.rows(PAIRS, {"draft_id": self._draft_id, **where})]

    async def mentor(self, mentor_id: str) -> MentorPlaces:
        row = await self._unit.row(MENTORS, self._key(mentor_id))
        return mentor_of(row) if row else MentorPlaces(mentor_id=mentor_id, places=0, taken=0)

    async def places_taken(self, *, both_sides: bool = False) -> dict[str, int]:
        return Counter(person_id for pairing in await self.pairings() for person_id in (pairing if both_sides else pairing[1:]))

    async def pairings(self) -> list[Pairing]:
        rows = await self._unit.rows(PAIRS, {"draft_id": self._draft_id}, ["protege_id", "mentor_id"])
        return [(row["protege_id"], row["mentor_id"]) for row in rows]

    async def portion(self, after: Pairing | None, most: int) -> list[Pair]:
        where = {"draft_id": self._draft_id, **({"_id": {"$gt": self._key(*after)}} if after else {})}
        return [pair_of(row) for row in await self._unit.rows(PAIRS, where, sort=[("_id", 1)], limit=most)]

    def put_pair(self, pair: Pair) -> None:
        self._put(PAIRS, self._key(pair.protege_id, pair.mentor_id), pair.model_dump())

    def put_left_out(self, one: LeftOut) -> None:
        self._put(LEFT_OUT, self._key(one.person_id), one.model_dump())

    def put_shortage(self, shortage: Shortage) -> None:
        self._put(SHORTAGES, self._key(str(shortage.number)), shortage.model_dump())

    def put_mentor(self, mentor: MentorPlaces) -> None:
        self._put(MENTORS, self._key(mentor.mentor_id), mentor.model_dump())

    def put_candidates(self, number: int, packed: bytes) -> None:
        self._put(CANDIDATES, self._key(str(number)), {"number": number, "packed": packed, "kept_at": datetime.now(UTC)})

    def take_apart(self, pair: Pair, mentor: MentorPlaces | None, left_out: Iterable[LeftOut]) -> None:
        self._unit.remove(PAIRS, self._key(*pair.pairing))
        if mentor is not None:
            self.put_mentor(mentor)
        for one in left_out:
            self.put_left_out(one)

    def put_together(self, pair: Pair, mentor: MentorPlaces | None, placed: Iterable[str]) -> None:
        for person_id in placed:
            self._unit.remove(LEFT_OUT, self._key(person_id))
        if mentor is not None:
            self.put_mentor(mentor)
        self.put_pair(pair)

    def _put(self, collection: str, key: str, document: Document) -> None:
        self._unit.put(collection, {"_id": key, "run_id": self._run_id, "draft_id": self._draft_id, **document})

    def _key(self, *person_ids: str) -> str:
        return "/".join((self._draft_id, *person_ids))


def pair_of(row: Document) -> Pair:
    """The pair that a row holds."""
    return Pair(**_without_keys(row))


def left_out_of(row: Document) -> LeftOut:
    """Whom a row says to be left out."""
    return LeftOut(**_without_keys(row))


def mentor_of(row: Document) -> MentorPlaces:
    """The mentor that a row holds."""
    return MentorPlaces(**_without_keys(row))


def _without_keys(row: Document) -> Document:
    return {name: value for name, value in row.items() if name not in {"_id", "run_id", "draft_id"}}
