"""A match run: from "match now" over a draft that its managers change, to the questions put to people, and back."""

from services.matching.domain.run.draft import REASONS, LeftOut, MentorPlaces, Pair, Pairing, PlaceWorth, Shortage, ShortPlaces
from services.matching.domain.run.match_run import CurveCorner, Failure, FloorReached, MatchRun, Outcome, RunState
from services.matching.domain.run.refusals import (
    DraftOutdated,
    EngineSilent,
    HardRuleBroken,
    MentorFull,
    NothingKept,
    NothingToPublish,
    NotPublished,
    PairLocked,
    PairNotInDraft,
    PublishingUnderWay,
    RunNotDraft,
    RunSettled,
    RunUnderWay,
)

__all__ = [
    "REASONS",
    "CurveCorner",
    "DraftOutdated",
    "EngineSilent",
    "Failure",
    "FloorReached",
    "HardRuleBroken",
    "LeftOut",
    "MatchRun",
    "MentorFull",
    "MentorPlaces",
    "NotPublished",
    "NothingKept",
    "NothingToPublish",
    "Outcome",
    "Pair",
    "PairLocked",
    "PairNotInDraft",
    "Pairing",
    "PlaceWorth",
    "PublishingUnderWay",
    "RunNotDraft",
    "RunSettled",
    "RunState",
    "RunUnderWay",
    "ShortPlaces",
    "Shortage",
]
