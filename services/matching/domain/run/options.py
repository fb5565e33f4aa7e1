"""What a manager asks of one run, beside what the programme has decided."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.person import Person
from services.matching.domain.programme import CriterionWeights, PartnershipForm, Terms
from services.matching.domain.run.draft import Pairing
from shared.errors import Invalid

PERCENT = 100
MOST_POINTS = 10_000
MOST_WEIGHT = 10_000
LARGEST_SEED = 2**31 - 1
MOST_NAMED = 500
FEWEST_MEGABYTES = 500
GROUPED_BY = ("department", "location", "level")


class RunMode(StrEnum):
    """What comes before what."""

    BEST_TOTAL = "best_total"
    """As many people as can be, then the most points."""
    WORST_FIRST = "worst_first"
    """As many people as can be, then the weakest pair as good as it can be, then the most points."""
    STABLE = "stable"
    """No two would rather have each other than whom they got."""


class Coverage(StrEnum):
    """Whether as many people as can be come before points. Free: the most points, and among those the most people."""

    FIRST = "first"
    FREE = "free"


class RunningPairs(StrEnum):
    """What becomes of those who are partners already. If they may move, the run is a suggestion and cannot be published."""

    LOCKED = "locked"
    STICKY = "sticky"
    FREE = "free"


class Floors(BaseModel):
    """Of which groups of protégés at least how many in a hundred are to have a partner, if that can be."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(description="department, location, level, or question.ID for the answers to a choice or yes-or-no question")
    shares: dict[str, int] = Field(description="by department, location, level or answer: from 0 to 100 in a hundred")

    def group_of(self, person: Person, answers: Mapping[str, str]) -> str:
        """The group of a protégé; empty for who is in none."""
        value = getattr(person, self.by) if self.by in GROUPED_BY else answers.get(self.by.removeprefix("question."), "")
        return str(value) if str(value) in self.shares else ""

    def problems(self, terms: Terms) -> Iterator[Invalid]:
        """What makes no sense in them, by field."""
        asked = [question for question in terms.questions if question.kind in {"choice", "yes_no"} and question.for_role != "mentor"]
        if self.by not in GROUPED_BY and self.by not in {f"question.{question.id}" for question in asked}:
            yield Invalid(
                "People are grouped by department, location, level, or a question of the programme with answers to choose from.",
                field="floors.by",
            )
        for group, share in self.shares.items():
            if not 0 <= share <= PERCENT:
                yield Invalid("From 0 to 100 in a hundred.", field=f"floors.shares.{group}")


class Among(BaseModel):
    """Who is to be in a run: of these departments, at these places, these people; all where nothing is named."""

    model_config = ConfigDict(extra="forbid")

    departments: list[str] = Field(default=[], max_length=MOST_NAMED)
    locations: list[str] = Field(default=[], max_length=MOST_NAMED)
    person_ids: list[str] = Field(default=[], max_length=MOST_NAMED)

    def has(self, person: Person) -> bool:
        """Whether somebody is in it."""
        of_each = ((self.departments, person.department), (self.locations, person.location), (self.person_ids, person.id))
        return all(not named or value in named for named, value in of_each)

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return not (self.departments or self.locations or self.person_ids)


class Limits(BaseModel):
    """How long the engine may look, and with how much memory; as much as the service allows where nothing is said."""

    model_config = ConfigDict(extra="forbid")

    seconds: int | None = Field(
        default=None, description="then the best match so far, with what is proven of it; forms and modes that have none fail"
    )
    megabytes: int | None = Field(default=None, description="a run that needs more fails")

    def problems(self, allowed: "Limits") -> Iterator[Invalid]:
        """What the service does not allow, by field."""
        for name, fewest in (("seconds", 1), ("megabytes", FEWEST_MEGABYTES)):
            value, most = getattr(self, name), getattr(allowed, name)
            if value is not None and not fewest <= value <= (most or value):
                yield Invalid(f"From {fewest:,} to {most:,} {name}." if most else f"At least {fewest:,} {name}.", field=f"limits.{name}")


class RunOptions(BaseModel):
    """What a manager asks of one run. Without anything said it is the best match for everybody who is free."""

    model_config = ConfigDict(extra="forbid")

    mode: RunMode = RunMode.BEST_TOTAL
    coverage: Coverage = Coverage.FIRST
    weights: dict[str, int] | None = Field(
        default=None,
        description="instead of the programme's, for this run alone; own questions as question.ID; one that is not named counts nothing",
    )
    floors: Floors | None = None
    spread: int = Field(default=0, description="by how many points each further protégé of one mentor counts less than the one before")
    running: RunningPairs = Field(default=RunningPairs.LOCKED, description="locked, or for a suggestion sticky or free")
    stickiness: int = Field(default=1_000, description="by how many points sticky pairs count more than their own")
    fixed: list[Pairing] = Field(
        default=[], max_length=MOST_NAMED, description="protégé and mentor who must be a pair, beside those locked before"
    )
    forbidden: list[Pairing] = Field(default=[], max_length=MOST_NAMED, description="protégé and mentor who must be none")
    first_choice: int = Field(
        default=1_500, description="by how many points the first one a protégé has asked for counts more; 0: not at all"
    )
    seed: int = Field(default=0, description="decides between equals")
    proteges: Among = Field(default_factory=Among)
    mentors: Among = Field(default_factory=Among)
    limits: Limits = Field(default_factory=Limits)

    def check(self, terms: Terms, allowed: Limits) -> None:
        """Raises Invalid, with the field, for what cannot be asked of a programme with these terms."""
        for problem in self._problems(terms, allowed):
            raise problem

    def _problems(self, terms: Terms, allowed: Limits) -> Iterator[Invalid]:
        for name in ("spread", "stickiness", "first_choice"):
            if not 0 <= getattr(self, name) <= MOST_POINTS:
                yield Invalid(f"From 0 to {MOST_POINTS:,} points.", field=name)
        if not 0 <= self.seed <= LARGEST_SEED:
            yield Invalid(f"A whole number from 0 to {LARGEST_SEED:,}.", field="seed")
        yield from self._problems_of_weights(terms)
        yield from self.floors.problems(terms) if self.floors else ()
        yield from self.limits.problems(allowed)
        yield from self._problems_of_form(terms.form)

    def _problems_of_weights(self, terms: Terms) -> Iterator[Invalid]:
        if self.weights is None:
            return
        known = {*CriterionWeights.model_fields, *(f"question.{question.id}" for question in terms.questions if question.matters)}
        for name, weight in self.weights.items():
            if name not in known:
                yield Invalid("There is no such criterion.", field=f"weights.{name}")
            if not 0 <= weight <= MOST_WEIGHT:
                yield Invalid(f"A weight is a whole number from 0 to {MOST_WEIGHT:,}.", field=f"weights.{name}")
        if not any(self.weights.values()):
            yield Invalid("At least one criterion must count.", field="weights")

    def _problems_of_form(self, form: PartnershipForm) -> Iterator[Invalid]:
        if self.coverage is Coverage.FREE and self.mode is not RunMode.BEST_TOTAL:
            yield Invalid("Only the best total can be without most people first; the other modes begin with them.", field="coverage")
        asked = {"floors": bool(self.floors), "spread": self.spread > 0}
        for name in (name for name, said in asked.items() if said and self.mode is RunMode.STABLE):
            yield Invalid("A stable match knows no floors and spreads no load.", field=name)
        if form in {PartnershipForm.ONE_TO_ONE, PartnershipForm.REVERSE}:
            return
        asked |= {"mode": self.mode is not RunMode.BEST_TOTAL, "coverage": self.coverage is Coverage.FREE}
        for name in (name for name, said in asked.items() if said):
            yield Invalid(
                "Only pairs of one protégé and one mentor can be matched so; here it is most people, then most points.", field=name
            )
        if form is PartnershipForm.FLASH and self.suggests:
            yield Invalid("Short meetings are over when they are over: nobody is moved.", field="running")

    def between_peers(self) -> "RunOptions":
        """The same with the first by id of two peers first, as in a draft."""
        ordered = {name: [(min(pairing), max(pairing)) for pairing in getattr(self, name)] for name in ("fixed", "forbidden")}
        return self.model_copy(update=ordered)

    @property
    def suggests(self) -> bool:
        """Whether running pairs may be moved, so that the run is nothing but a suggestion."""
        return self.running is not RunningPairs.LOCKED
