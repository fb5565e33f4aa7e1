"""What the engine ends in, in figures."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.matching.domain.run.draft import Pairing


class Failure(StrEnum):
    """Why a run has no draft."""

    MEMORY = "memory"
    """It needed more memory than it may have."""
    TIME = "time"
    """It took longer than it may."""
    FAULT = "fault"
    """Whoever worked on it died or gave up, again and again."""


class FloorReached(BaseModel):
    """A group, how many of it were to be paired at least, and how many are."""

    model_config = ConfigDict(extra="forbid")

    group: str
    proteges: int
    floor: int
    paired: int


class CurveCorner(BaseModel):
    """So many people can have so many points together, and surely no more than `at_most`; between two corners the curve is straight."""

    model_config = ConfigDict(extra="forbid")

    people: int
    points: int
    at_most: int


class Outcome(BaseModel):
    """What the engine found, in figures. The draft itself is kept under `draft_id`.

    `value`: the points as they count, with what people have earned by waiting or were named for, and less for mentors with many. No match
    has more people than `matched_upper_bound`, nor with as many a greater value than `upper_bound`; `optimal` ones reach both. `weights`,
    in ten-thousandths, are what counted. The same `input_hash` and `engine_version` always give the same match.
    """

    model_config = ConfigDict(extra="forbid")

    draft_id: str
    paired: int
    left_out: int
    total_points: int
    smallest_points: int | None
    value: int
    matched_upper_bound: int
    upper_bound: int | None
    optimal: bool
    floors: list[FloorReached] = []
    curve: list[CurveCorner] = []
    released: list[Pairing]
    proteges: int
    places: int
    rounds: int
    pairs_checked: int
    weights: dict[str, int]
    input_hash: str
    engine_version: str
