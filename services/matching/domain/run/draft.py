"""What a draft is made of: pairs, people left out and why, and mentors with their places."""

from pydantic import BaseModel, ConfigDict

Pairing = tuple[str, str]
"""Person id of the protégé, person id of the mentor."""

REASONS = {
    "no_eligible_mentor": "Every mentor is excluded by a hard rule.",
    "too_few_places": "Those who fit have too few places.",
    "more_points_without": "The match has more points without this protégé.",
    "others_preferred": "Everybody who fits has somebody liked as much or more.",
    "circle_too_small": "Too few people fit into a circle with this protégé.",
    "odd_one_out": "Everybody who fits is paired with somebody else.",
    "search_stopped": "The search was stopped before the best match was found.",
    "by_hand": "The pair was undone by hand.",
}
"""Why somebody is left out, in a sentence."""


class Pair(BaseModel):
    """Two who would be asked, with their points, where those come from, and why."""

    model_config = ConfigDict(extra="forbid")

    protege_id: str
    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]] = {}
    unanswered: list[str] = []
    best_points: int | None = None
    """Of the best pair that this protégé could be in if there were nobody else."""
    by_hand: bool = False
    round: int | None = None
    """Of rounds of short meetings the one in which the two meet."""

    @property
    def pairing(self) -> Pairing:
        """Who with whom."""
        return self.protege_id, self.mentor_id


class Shortage(BaseModel):
    """People who can only be paired with these mentors, who have fewer places than they are."""

    model_config = ConfigDict(extra="forbid")

    number: int
    protege_ids: list[str]
    mentor_ids: list[str]
    places: int


class ShortPlaces(BaseModel):
    """A shortage in figures, beside each whom it concerns; `number` leads to all of it, and `mentor_ids` are the first of its mentors."""

    model_config = ConfigDict(extra="forbid")

    number: int | None = None
    proteges: int
    mentors: int
    mentor_ids: list[str]
    places: int


class LeftOut(BaseModel):
    """A protégé without a partner. `reason` is one of REASONS; `best_points` are those of the best pair with a mentor who has places."""

    model_config = ConfigDict(extra="forbid")

    person_id: str
    reason: str
    rules: dict[str, int] = {}
    eligible: int = 0
    best_points: int | None = None
    group: ShortPlaces | None = None

    @property
    def detail(self) -> str:
        """The reason in a sentence."""
        if self.group is not None:
            people, mentors = _counted(self.group.proteges, "protégé"), _counted(self.group.mentors, "mentor")
            return f"{people} can only be paired with {mentors}, with {_counted(self.group.places, 'place')} in all."
        return REASONS[self.reason]


class PlaceWorth(BaseModel):
    """What one place more or fewer changes: so many people paired, so many of those whom floors ask for, and points."""

    model_config = ConfigDict(extra="forbid")

    people: int
    kept: int
    points: int


class MentorPlaces(BaseModel):
    """How many places a mentor has, how many of them a draft gives out, and what one more or one fewer would have changed."""

    model_config = ConfigDict(extra="forbid")

    mentor_id: str
    places: int
    taken: int
    one_more: PlaceWorth | None = None
    one_fewer: PlaceWorth | None = None


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
