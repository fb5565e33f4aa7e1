"""What a draft is made of: pairs, people left out and why, and mentors with their places."""

from pydantic import BaseModel, ConfigDict

Pairing = tuple[str, str]
"""Person id of the protégé, person id of the mentor."""


class Pair(BaseModel):
    """Two who would be asked, with their points, where those come from, and why."""

    model_config = ConfigDict(extra="forbid")

    protege_id: str
    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]] = {}
    unanswered: list[str] = []
    by_hand: bool = False

    @property
    def pairing(self) -> Pairing:
        """Who with whom."""
        return self.protege_id, self.mentor_id


class ShortPlaces(BaseModel):
    """People who can only be paired with some mentors, who have fewer places than they are. `mentor_ids` are the first of these."""

    model_config = ConfigDict(extra="forbid")

    proteges: int
    mentors: int
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
            people, mentors = _counted(self.group.proteges, "protégé"), _counted(self.group.mentors, "mentor")
            return f"{people} can only be paired with {mentors}, with {_counted(self.group.places, 'place')} in all."
        if self.reason == "by_hand":
            return "The pair was undone by hand."
        return "Every mentor is excluded by a hard rule."


class MentorPlaces(BaseModel):
    """How many places a mentor has, and how many of them a draft gives out."""

    model_config = ConfigDict(extra="forbid")

    mentor_id: str
    places: int
    taken: int


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
