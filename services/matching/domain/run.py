"""A match run: from "match now" over a draft that its managers change, to the questions put to people, and back."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.programme import Programme
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import MatchPublished, MatchPublishingUndone, MatchRunFailed, MatchRunFinished
from shared.errors import Rejected

Pairing = tuple[str, str]
"""Person id of the protégé, person id of the mentor."""


class RunState(StrEnum):
    """Queued and running ones are worked on; a draft, or one whose publishing was undone, can be changed."""

    QUEUED = "queued"
    RUNNING = "running"
    DRAFT = "draft"
    PUBLISHED = "published"
    UNDONE = "undone"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Pair(BaseModel):
    """Two who would be asked, with their points, where those come from, and why."""

    model_config = ConfigDict(extra="forbid")

    protege_id: str
    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]] = {}
    unanswered: list[str] = []
    locked: bool = False
    by_hand: bool = False

    @property
    def pairing(self) -> Pairing:
        """Who with whom."""
        return self.protege_id, self.mentor_id


class ShortPlaces(BaseModel):
    """People who can only be paired with these mentors, who have fewer places than they are."""

    model_config = ConfigDict(extra="forbid")

    proteges: int
    mentor_ids: list[str]
    places: int


class LeftOut(BaseModel):
    """A protégé without a partner: `no_eligible_mentor`, `too_few_places`, or `by_hand` when a manager undid the pair."""

    model_config = ConfigDict(extra="forbid")

    person_id: str
    reason: str
    rules: dict[str, int] = {}
    eligible: int = 0
    group: ShortPlaces | None = None

    @property
    def detail(self) -> str:
        """The reason in a sentence."""
        if self.group is not None:
            people, mentors = _counted(self.group.proteges, "protégé"), _counted(len(self.group.mentor_ids), "mentor")
            return f"{people} can only be paired with {mentors}, with {_counted(self.group.places, 'place')} in all."
        if self.reason == "by_hand":
            return "The pair was undone by hand."
        return "Every mentor is excluded by a hard rule."


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


class Outcome(BaseModel):
    """What the engine found."""

    model_config = ConfigDict(extra="forbid")

    pairs: list[Pair]
    left_out: list[LeftOut]
    idle_mentor_ids: list[str]
    released: list[Pairing]
    proteges: int
    places: int
    rounds: int
    pairs_checked: int


class Difference(BaseModel):
    """What changed against the draft before: pairs as [protégé, mentor]. Pairs that were forbidden in that draft count as removed."""

    model_config = ConfigDict(extra="forbid")

    added: list[Pairing]
    removed: list[Pairing]
    kept: int


class MatchRun(Aggregate):
    """A run of matching for one programme."""

    programme_id: str
    number: int
    started_by_id: str
    requested_at: datetime
    state: RunState = RunState.QUEUED
    previous_run_id: str | None = None
    pairs: list[Pair] = Field(default_factory=list)
    left_out: list[LeftOut] = Field(default_factory=list)
    idle_mentor_ids: list[str] = Field(default_factory=list)
    locked: list[Pairing] = Field(default_factory=list)
    forbidden: list[Pairing] = Field(default_factory=list)
    parted: list[Pairing] = Field(default_factory=list)
    """Pairs of this very draft that were forbidden while it was looked at."""
    released: list[Pairing] = Field(default_factory=list)
    """Locked pairs that no longer could be."""
    best_possible: int = 0
    proteges: int = 0
    places: int = 0
    rounds: int = 0
    pairs_checked: int = 0
    published_at: datetime | None = None

    @classmethod
    def start(cls, programme: Programme, previous: Self | None, *, by: str, at: datetime) -> Self:
        """Match now. What was locked or forbidden in the run before still is."""
        programme.must_be_managed_by(by)
        programme.must_be_open()
        if previous is not None and previous.state in {RunState.QUEUED, RunState.RUNNING}:
            raise RunUnderWay
        return cls(
            id=new_id(),
            programme_id=programme.id,
            number=previous.number + 1 if previous else 1,
            started_by_id=by,
            requested_at=at,
            previous_run_id=previous.draft_run_id if previous else None,
            locked=list(previous.locked) if previous and (previous.changeable or previous.state is RunState.FAILED) else [],
            forbidden=list(previous.forbidden) if previous else [],
        )

    # ------------------------------------------------------------ the work

    def begin(self) -> None:
        """A worker has taken it up, perhaps after another died over it."""
        if self.state not in {RunState.QUEUED, RunState.RUNNING}:
            raise RunSettled
        self.state = RunState.RUNNING

    def finish(self, outcome: Outcome, at: datetime) -> None:
        """End in a draft."""
        if self.state is not RunState.RUNNING:
            raise RunSettled
        self.state = RunState.DRAFT
        for name in ("left_out", "idle_mentor_ids", "released", "proteges", "places", "rounds", "pairs_checked"):
            setattr(self, name, getattr(outcome, name))
        self.locked = [pairing for pairing in self.locked if pairing not in outcome.released]
        self.pairs = [pair.model_copy(update={"locked": pair.pairing in self.locked}) for pair in outcome.pairs]
        self.best_possible = self.total_points
        self.record(
            MatchRunFinished(**self._facts(at), started_by_id=self.started_by_id, pairs=len(self.pairs), left_out=len(self.left_out))
        )

    def fail(self, at: datetime) -> None:
        """End without a draft."""
        if self.state not in {RunState.QUEUED, RunState.RUNNING}:
            raise RunSettled
        self.state = RunState.FAILED
        self.record(MatchRunFailed(**self._facts(at), started_by_id=self.started_by_id))

    # ------------------------------------------------------------ the draft

    @property
    def changeable(self) -> bool:
        """Whether it is a draft."""
        return self.state in {RunState.DRAFT, RunState.UNDONE}

    @property
    def draft_run_id(self) -> str | None:
        """The draft which a run after this one is compared with: this one, or the one before if this one failed."""
        if self.state is RunState.FAILED:
            return self.previous_run_id
        return self.id if self.changeable else None

    def difference_from(self, previous: Self) -> Difference | None:
        """What this run changed. Nothing can be said against a match that was already published: those pairs are partners by now."""
        if previous.published_at is not None and previous.published_at <= self.requested_at:
            return None
        old, new = {pair.pairing for pair in previous.pairs}, {pair.pairing for pair in self.pairs}
        removed = (old | set(previous.parted)) - new
        return Difference(added=sorted(new - old), removed=sorted(removed), kept=len(new & old))

    @property
    def total_points(self) -> int:
        """The points of all pairs."""
        return sum(pair.points for pair in self.pairs)

    def lock(self, protege_id: str, mentor_id: str) -> None:
        """Keep a pair whatever later runs find."""
        self._must_be_changeable()
        self._pair(protege_id, mentor_id).locked = True
        if (protege_id, mentor_id) not in self.locked:
            self.locked.append((protege_id, mentor_id))

    def unlock(self, protege_id: str, mentor_id: str) -> None:
        """Let the next run decide again."""
        self._must_be_changeable()
        self._pair(protege_id, mentor_id).locked = False
        self.locked = [pairing for pairing in self.locked if pairing != (protege_id, mentor_id)]

    def forbid(self, protege_id: str, mentor_id: str) -> None:
        """Never pair these two. If they are a pair in this draft, they no longer are."""
        self._must_be_changeable()
        if (protege_id, mentor_id) in self.locked:
            raise PairLocked
        if (protege_id, mentor_id) not in self.forbidden:
            self.forbidden.append((protege_id, mentor_id))
        if any(pair.pairing == (protege_id, mentor_id) for pair in self.pairs):
            self._leave_out(protege_id)
            self.parted.append((protege_id, mentor_id))

    def allow(self, protege_id: str, mentor_id: str) -> None:
        """Let these two be paired again."""
        self._must_be_changeable()
        self.forbidden = [pairing for pairing in self.forbidden if pairing != (protege_id, mentor_id)]

    def pair_by_hand(self, pair: Pair, broken_rules: Sequence[str], places: int) -> None:
        """Give a protégé this mentor. Raises HardRuleBroken, MentorFull, PairLocked. `places`: how many the mentor has to give."""
        self._must_be_changeable()
        if broken_rules:
            raise HardRuleBroken(f"The hard rule “{broken_rules[0]}” excludes this pair.")
        if any(locked == pair.protege_id and mentor != pair.mentor_id for locked, mentor in self.locked):
            raise PairLocked
        if self.places_used(pair.mentor_id, besides=pair.protege_id) >= places:
            raise MentorFull
        self.pairs = [other for other in self.pairs if other.protege_id != pair.protege_id]
        kept = pair.pairing in self.locked
        self.pairs.append(pair.model_copy(update={"by_hand": True, "locked": kept}))
        self.pairs.sort(key=lambda other: other.protege_id)
        self.left_out = [one for one in self.left_out if one.person_id != pair.protege_id]
        self.idle_mentor_ids = [mentor_id for mentor_id in self.idle_mentor_ids if mentor_id != pair.mentor_id]

    def unpair(self, protege_id: str) -> None:
        """Leave a protégé without a mentor."""
        self._must_be_changeable()
        if any(locked == protege_id for locked, _ in self.locked):
            raise PairLocked
        if all(pair.protege_id != protege_id for pair in self.pairs):
            raise PairNotInDraft
        self._leave_out(protege_id)

    def places_used(self, mentor_id: str, *, besides: str = "") -> int:
        """How many of a mentor's places this draft gives out, to others than `besides`."""
        return sum(pair.mentor_id == mentor_id and pair.protege_id != besides for pair in self.pairs)

    def _leave_out(self, protege_id: str) -> None:
        mentor_id = next(pair.mentor_id for pair in self.pairs if pair.protege_id == protege_id)
        self.pairs = [pair for pair in self.pairs if pair.protege_id != protege_id]
        self.left_out = sorted([*self.left_out, LeftOut(person_id=protege_id, reason="by_hand")], key=lambda one: one.person_id)
        if not self.places_used(mentor_id):
            self.idle_mentor_ids = sorted({*self.idle_mentor_ids, mentor_id})

    def _pair(self, protege_id: str, mentor_id: str) -> Pair:
        for pair in self.pairs:
            if pair.pairing == (protege_id, mentor_id):
                return pair
        raise PairNotInDraft

    def _must_be_changeable(self) -> None:
        if not self.changeable:
            raise RunNotDraft

    # ------------------------------------------------------------ publishing

    def publish(self, at: datetime) -> None:
        """Ask everybody who is paired."""
        self._must_be_changeable()
        if not self.pairs:
            raise NothingToPublish
        self.state = RunState.PUBLISHED
        self.published_at = at
        self.record(MatchPublished(**self._facts(at), pairs=len(self.pairs)))

    def undo(self, at: datetime) -> None:
        """Take the questions back: it is a draft again."""
        if self.state is not RunState.PUBLISHED:
            raise NotPublished
        self.state = RunState.UNDONE
        self.published_at = None
        self.record(MatchPublishingUndone(**self._facts(at)))

    def supersede(self) -> None:
        """Another draft was published."""
        self._must_be_changeable()
        self.state = RunState.SUPERSEDED

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {"run_id": self.id, "programme_id": self.programme_id, "at": at}


class RunUnderWay(Rejected):
    """A run of this programme is under way. Wait for its draft."""


class RunSettled(Rejected):
    """This run has ended already."""


class RunNotDraft(Rejected):
    """Only a draft can be changed or published."""


class PairNotInDraft(Rejected):
    """These two are no pair in this draft."""


class PairLocked(Rejected):
    """This pair is locked. Unlock it first."""


class HardRuleBroken(Rejected):
    """A hard rule of the programme excludes this pair."""


class MentorFull(Rejected):
    """This draft gives out all places of this mentor."""


class NothingToPublish(Rejected):
    """This draft has no pairs."""


class NotPublished(Rejected):
    """This run is not published."""


class DraftOutdated(Rejected):
    """Somebody in this draft is no longer free, or a rule now excludes the pair. Run the match again."""
