"""A match run's life: worked on, looked at and changed as a draft, published, perhaps taken back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from services.matching.domain.programme import PartnershipForm, Programme
from services.matching.domain.run.draft import LeftOut, MentorPlaces, Pair, Pairing
from services.matching.domain.run.options import Limits, RunOptions
from services.matching.domain.run.outcome import CurveCorner, Failure, FloorReached, Outcome
from services.matching.domain.run.refusals import (
    CircleTooSmall,
    HardRuleBroken,
    MentorFull,
    NothingToPublish,
    NotPublished,
    OnlySuggestion,
    PairLocked,
    PublishingUnderWay,
    RoundsByRun,
    RunNotDraft,
    RunSettled,
    RunUnderWay,
)
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import MatchPublished, MatchPublishingUndone, MatchRunFailed, MatchRunFinished


class RunState(StrEnum):
    """Queued and running ones are worked on; a draft, or one whose publishing was undone, can be changed."""

    QUEUED = "queued"
    RUNNING = "running"
    DRAFT = "draft"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


_AT_WORK = frozenset({RunState.QUEUED, RunState.RUNNING})
_WITHOUT_DRAFT = frozenset({RunState.FAILED, RunState.CANCELLED})
_ASKING = frozenset({RunState.PUBLISHING, RunState.UNDOING})


class MatchRun(Aggregate):
    """A run of matching for one programme. Pairs, people left out and mentors of its draft are kept beside it, under `draft_id`."""

    programme_id: str
    number: int
    started_by_id: str
    requested_at: datetime
    form: PartnershipForm = PartnershipForm.ONE_TO_ONE
    """The programme's when it was asked for."""
    options: RunOptions = Field(default_factory=RunOptions)
    state: RunState = RunState.QUEUED
    failure: Failure | None = None
    previous_run_id: str | None = None
    draft_id: str | None = None
    locked: list[Pairing] = Field(default_factory=list)
    forbidden: list[Pairing] = Field(default_factory=list)
    parted: list[Pairing] = Field(default_factory=list)
    """Pairs of this very draft that were forbidden while it was looked at."""
    released: list[Pairing] = Field(default_factory=list)
    """Locked pairs that no longer could be."""
    paired: int = 0
    left_out: int = 0
    total_points: int = 0
    best_possible: int = 0
    smallest_points: int | None = None
    value: int = 0
    matched_upper_bound: int = 0
    upper_bound: int | None = None
    optimal: bool = False
    floors: list[FloorReached] = Field(default_factory=list)
    curve: list[CurveCorner] = Field(default_factory=list)
    proteges: int = 0
    places: int = 0
    rounds: int = 0
    pairs_checked: int = 0
    weights: dict[str, int] = Field(default_factory=dict)
    """What each criterion counted when it was matched, in ten-thousandths; the programme's may be others by now."""
    input_hash: str = ""
    engine_version: str = ""
    published_at: datetime | None = None
    asked: int = 0
    """How many pairs publishing has got to, in their order; `asked_up_to` is the last of them."""
    asked_up_to: Pairing | None = None
    passed_over: list[Pairing] = Field(default_factory=list)
    """Pairs that were not asked: one of the two was no longer free when their turn came."""

    @classmethod
    def start(
        cls,
        programme: Programme,
        previous: Self | None,
        *,
        options: RunOptions | None = None,
        allowed: Limits | None = None,
        by: str,
        at: datetime,
    ) -> Self:
        """Match now. What was locked or forbidden in the run before still is. Raises Invalid for options that cannot be."""
        programme.must_be_managed_by(by)
        programme.must_be_open()
        options = options or RunOptions()
        options.check(programme.terms, allowed or Limits())
        if programme.terms.form is PartnershipForm.PEER:
            options = options.between_peers()
        if previous is not None and previous.state in _AT_WORK:
            raise RunUnderWay
        if previous is not None and previous.state in _ASKING:
            raise PublishingUnderWay
        return cls(
            id=new_id(),
            programme_id=programme.id,
            number=previous.number + 1 if previous else 1,
            started_by_id=by,
            requested_at=at,
            form=programme.terms.form,
            options=options,
            previous_run_id=previous.draft_run_id if previous else None,
            locked=_together(previous.kept if previous else [], options.fixed),
            forbidden=_together(previous.ruled_out if previous else [], options.forbidden),
        )

    # ------------------------------------------------------------ the work

    @property
    def at_work(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in _AT_WORK

    def begin(self) -> None:
        """A worker has taken it up, perhaps after another died over it."""
        self._must_be_at_work()
        self.state = RunState.RUNNING

    def finish(self, outcome: Outcome, at: datetime) -> None:
        """End in a draft."""
        if self.state is not RunState.RUNNING:
            raise RunSettled
        self.state = RunState.DRAFT
        for name in Outcome.model_fields:
            setattr(self, name, getattr(outcome, name))
        self.locked = [pairing for pairing in self.locked if pairing not in outcome.released]
        self.best_possible = self.total_points
        self.record(MatchRunFinished(**self._facts(at), started_by_id=self.started_by_id, pairs=self.paired, left_out=self.left_out))

    def fail(self, failure: Failure, at: datetime) -> None:
        """End without a draft."""
        self._must_be_at_work()
        self.state, self.failure = RunState.FAILED, failure
        self.record(MatchRunFailed(**self._facts(at), started_by_id=self.started_by_id))

    def cancel(self) -> None:
        """End without a draft because nobody wants it any more; whoever works on it stops."""
        self._must_be_at_work()
        self.state = RunState.CANCELLED

    def _must_be_at_work(self) -> None:
        if not self.at_work:
            raise RunSettled

    # ------------------------------------------------------------ the draft

    @property
    def changeable(self) -> bool:
        """Whether it is a draft."""
        return self.state in {RunState.DRAFT, RunState.UNDONE}

    @property
    def draft_run_id(self) -> str | None:
        """The draft which a run after this one is compared with: this one, or the one before if this one has none."""
        if self.state in _WITHOUT_DRAFT:
            return self.previous_run_id
        return self.id if self.changeable else None

    @property
    def kept(self) -> list[Pairing]:
        """The locked pairs that a run after this one has to keep. Whom only this one was to fix nobody has seen if it has no draft."""
        if self.state in _WITHOUT_DRAFT:
            return [pairing for pairing in self.locked if pairing not in self.options.fixed]
        return self.locked if self.changeable else []

    @property
    def ruled_out(self) -> list[Pairing]:
        """The pairs that a run after this one must not form."""
        if self.state in _WITHOUT_DRAFT:
            return [pairing for pairing in self.forbidden if pairing not in self.options.forbidden]
        return self.forbidden

    def can_be_compared_with(self, previous: Self) -> bool:
        """Nothing can be said against a match that was already published when this one was asked for: those pairs are partners by now."""
        return previous.published_at is None or previous.published_at > self.requested_at

    def lock(self, pair: Pair) -> None:
        """Keep a pair whatever later runs find."""
        self._must_be_changeable()
        if pair.pairing not in self.locked:
            self.locked.append(pair.pairing)

    def unlock(self, pair: Pair) -> None:
        """Let the next run decide again."""
        self._must_be_changeable()
        self.locked = [pairing for pairing in self.locked if pairing != pair.pairing]

    def forbid(self, pairing: Pairing) -> None:
        """Never pair these two."""
        self._must_be_changeable()
        if pairing in self.locked:
            raise PairLocked
        if pairing not in self.forbidden:
            self.forbidden.append(pairing)

    def part(self, pair: Pair, mentor: MentorPlaces | None, *, others: bool = False) -> list[LeftOut]:
        """Take a pair of this draft apart that was just forbidden; whoever has nobody now."""
        self.parted.append(pair.pairing)
        return self.unpair(pair, mentor, others=others)

    def allow(self, pairing: Pairing) -> None:
        """Let these two be paired again."""
        self._must_be_changeable()
        self.forbidden = [other for other in self.forbidden if other != pairing]

    def pair_by_hand(
        self, pair: Pair, mentor: MentorPlaces | None, broken_rules: Sequence[str], *before: tuple[Pair, MentorPlaces | None]
    ) -> list[LeftOut]:
        """Have a pair instead of those `before`; whoever has nobody now. Among peers no `mentor` gives places.

        Raises HardRuleBroken, PairLocked, MentorFull, and RoundsByRun: a pair by hand would be in no round.
        """
        self._must_be_changeable()
        if self.form is PartnershipForm.FLASH:
            raise RoundsByRun
        if broken_rules:
            raise HardRuleBroken(f"The hard rule “{broken_rules[0]}” excludes this pair.")
        if any(had.pairing in self.locked and had.pairing != pair.pairing for had, _ in before):
            raise PairLocked
        for had, whose in before:
            self._count(had, whose, -1)
        if mentor is not None and mentor.taken >= mentor.places:
            raise MentorFull
        self._count(pair, mentor, 1)
        placed, had_somebody = set(self.placed_by(pair)), {one for had, _ in before for one in self.placed_by(had)}
        self.left_out -= len(placed - had_somebody)
        return self._leave_out(had_somebody - placed)

    def unpair(self, pair: Pair, mentor: MentorPlaces | None, *, others: bool = False) -> list[LeftOut]:
        """Take a pair apart; whoever has nobody now, which is nobody if the protégé has `others` besides. Raises PairLocked."""
        self._must_be_changeable()
        if pair.pairing in self.locked:
            raise PairLocked
        self._count(pair, mentor, -1)
        return [] if others else self._leave_out(self.placed_by(pair))

    @property
    def among_peers(self) -> bool:
        """Whether a pair is of two of a kind, whose order says nothing."""
        return self.form is PartnershipForm.PEER

    def pairing(self, one: str, other: str) -> Pairing:
        """What these two are in a draft: among peers the first by id comes first."""
        return (other, one) if self.among_peers and other < one else (one, other)

    def placed_by(self, pair: Pair) -> tuple[str, ...]:
        """Who has somebody by a pair: the protégé, or both peers."""
        return pair.pairing if self.among_peers else (pair.protege_id,)

    def _leave_out(self, person_ids: Iterable[str]) -> list[LeftOut]:
        alone = [LeftOut(person_id=person_id, reason="by_hand") for person_id in sorted(person_ids)]
        self.left_out += len(alone)
        return alone

    def _count(self, pair: Pair, mentor: MentorPlaces | None, one: int) -> None:
        self.paired += one
        self.total_points += one * pair.points
        if mentor is not None:
            mentor.taken += one

    def _must_be_changeable(self) -> None:
        if not self.changeable:
            raise RunNotDraft

    # ------------------------------------------------------------ publishing, in portions

    def publish(self, at: datetime) -> None:
        """Begin to ask everybody who is paired."""
        self._must_be_changeable()
        if self.options.suggests:
            raise OnlySuggestion
        if not self.paired:
            raise NothingToPublish
        self.state = RunState.PUBLISHING
        self.published_at, self.asked, self.asked_up_to, self.passed_over = at, 0, None, []

    def must_fill_circles(self, smallest: int, members: Mapping[str, int], pairings: Iterable[Pairing]) -> None:
        """Raises CircleTooSmall. `members`: how many the mentors have in their circles already."""
        if self.form is PartnershipForm.CIRCLE:
            for mentor_id, places in Counter(mentor_id for _, mentor_id in pairings).items():
                if places + members.get(mentor_id, 0) < smallest:
                    raise CircleTooSmall

    def ask(self, portion: Sequence[Pair], passed_over: Sequence[Pair], at: datetime) -> None:
        """Publishing has got to these pairs too; in those it passed over, one of the two was no longer free."""
        if self.state is not RunState.PUBLISHING:
            raise NotPublished
        self.asked += len(portion)
        self.asked_up_to = portion[-1].pairing if portion else self.asked_up_to
        self.passed_over += [pair.pairing for pair in passed_over]
        if not portion or self.asked >= self.paired:
            self.state = RunState.PUBLISHED
            self.record(MatchPublished(**self._facts(at), pairs=self.paired - len(self.passed_over)))

    def undo(self) -> None:
        """Begin to take the questions back."""
        if self.state not in {RunState.PUBLISHING, RunState.PUBLISHED}:
            raise NotPublished
        self.state = RunState.UNDOING

    def finish_undoing(self, at: datetime) -> None:
        """All questions are taken back: it is a draft again."""
        if self.state is not RunState.UNDOING:
            raise NotPublished
        self.state = RunState.UNDONE
        self.published_at = None
        self.record(MatchPublishingUndone(**self._facts(at)))

    def must_not_be_undone(self) -> None:
        """Raises PublishingUnderWay while the questions are taken back: it is too late to say yes."""
        if self.state is RunState.UNDOING:
            raise PublishingUnderWay

    def supersede(self) -> None:
        """Another draft was published."""
        self._must_be_changeable()
        self.state = RunState.SUPERSEDED

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {"run_id": self.id, "programme_id": self.programme_id, "at": at}


def _together(before: Sequence[Pairing], now: Sequence[Pairing]) -> list[Pairing]:
    return list(dict.fromkeys((*before, *now)))
