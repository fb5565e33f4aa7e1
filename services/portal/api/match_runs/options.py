"""What a manager asks of one run, as a form: read from what was typed, filled in with what is usual, its refusals beside the fields."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.portal.api.managing import lines, whole
from services.portal.api.page import PersonCard
from services.portal.pages.form import Form

HUNDREDTHS = 100
"""Matching counts in hundredths of a point; on pages a perfect pair has 100."""
GOALS = {
    "best_total": ("best_total", "first"),
    "most_points": ("best_total", "free"),
    "worst_first": ("worst_first", "first"),
    "stable": ("stable", "first"),
}
"""What comes before what: as it is chosen, and as matching knows it, mode and coverage."""
SPREADS = {"": 0, "little": 300, "much": 1_000}
"""By how much each further protégé of a mentor counts less, in hundredths of a point."""
SIDES = ("proteges", "mentors")
SCOPES = ("departments", "locations")
GROUPED_BY = ("department", "location", "level")
OF_A_QUESTION = "question."
USUAL = {"goal": "best_total", "spread": "", "running": "locked", "stickiness": "10", "first_choice": "15", "seed": "0", "floor_all": "80"}


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Who could be in a run: protégés who wait and mentors who take part; among peers each is both."""

    proteges: Sequence[PersonCard]
    mentors: Sequence[PersonCard]
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What protégés have answered, by person and question, where they are grouped by that."""

    def values(self, side: str, scope: str) -> list[str]:
        """The departments or places of one side, by name."""
        people = self.proteges if side == "proteges" else self.mentors
        found = {getattr(one, scope.removesuffix("s")) for one in people}
        return sorted(found - {""})

    def groups(self, by: str, form: Form) -> list[str]:
        """The groups of those protégés who are to be matched."""
        chosen = {scope: form.chosen(f"proteges_{scope}") for scope in SCOPES}
        people = [
            one
            for one in self.proteges
            if all(not named or getattr(one, scope.removesuffix("s")) in named for scope, named in chosen.items())
        ]
        found = {self._group(one, by) for one in people}
        return sorted(found - {""}, key=lambda name: (len(name), name) if by == "level" else (0, name))

    def _group(self, one: PersonCard, by: str) -> str:
        if by in GROUPED_BY:
            return str(getattr(one, by))
        return self.answers.get(one.person_id, {}).get(by.removeprefix(OF_A_QUESTION), "")


class Unreadable(Exception):  # noqa: N818 - what was typed, not a fault
    """Something that was typed means nothing. `fields` says where."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = fields


@dataclass(frozen=True, kw_only=True)
class Said:
    """The words for what cannot be read."""

    number: str
    pair: str


def options_of(form: Form, pool: Pool, criteria: Iterable[str], said: Said) -> dict[str, Any]:
    """The options as matching takes them. Raises Unreadable."""
    wrong: dict[str, str] = {}

    def number(name: str, *, times: int = 1) -> int:
        found = whole(form.value(name, USUAL.get(name, "0")))
        if found is None:
            wrong[name] = said.number
        return (found or 0) * times

    mode, coverage = GOALS.get(form.value("goal"), GOALS["best_total"])
    options: dict[str, Any] = {
        "mode": mode,
        "coverage": coverage,
        "weights": None,
        "floors": None,
        "spread": SPREADS.get(form.value("spread"), 0),
        "running": form.value("running", "locked"),
        "stickiness": number("stickiness", times=HUNDREDTHS),
        "first_choice": number("first_choice", times=HUNDREDTHS),
        "seed": number("seed"),
        **{side: {scope: form.chosen(f"{side}_{scope}") for scope in SCOPES} for side in SIDES},
        "limits": {"seconds": number("seconds") or None if form.value("seconds").strip() else None},
    }
    if form.value("own_weights"):
        options["weights"] = {name: number(f"weight_{name}") for name in criteria}
    if by := form.value("floors_by"):
        own = floor_fields(form)
        options["floors"] = {"by": by, "shares": {group: number(own.get(group, "floor_all")) for group in pool.groups(by, form)}}
    for name in ("fixed", "forbidden"):
        found, unknown = pairs_in(form.value(name), pool)
        options[name] = found
        if unknown:
            wrong[name] = said.pair % {"line": unknown}
    if wrong:
        raise Unreadable(wrong)
    return options


def floor_fields(form: Form) -> dict[str, str]:
    """The fields of the groups that have been opened, by group: `group.2` names what `floor.2` is about."""
    return {form.value(name): f"floor.{name.partition('.')[2]}" for name in form.values if name.startswith("group.")}


def pairs_in(text: str, pool: Pool) -> tuple[list[list[str]], str]:
    """The pairs that are named one a line, by name or address, protégé first; and the first line that does not name two people."""
    known = [_known(pool.proteges), _known(pool.mentors)]
    pairs: list[list[str]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        named = [one.casefold() for one in lines(line)]
        found = [people[name] for people, name in zip(known, named, strict=False) if name in people]
        if not len(found) == len(named) == len(known):
            return pairs, line
        pairs.append(found)
    return pairs, ""


def _known(people: Sequence[PersonCard]) -> dict[str, str]:
    """Ids by name and by address. Whose name others have too is known by address alone."""
    names = Counter(one.name.casefold() for one in people)
    by_name = {one.name.casefold(): one.person_id for one in people if names[one.name.casefold()] == 1}
    return by_name | {one.email.casefold(): one.person_id for one in people if one.email}


def form_named(form: Form) -> Form:
    """The messages under the names the fields have on the page: `weights.needs` is `weight_needs` there."""
    return Form(form.values, {_field_of(name, form): message for name, message in form.errors.items()}, form.message)


def _field_of(name: str, form: Form) -> str:
    first, _, rest = name.partition(".")
    match first:
        case "mode" | "coverage":
            return "goal"
        case "weights":
            return f"weight_{rest}" if rest else "own_weights"
        case "floors":
            return floor_fields(form).get(rest.removeprefix("shares."), "floors_by")
        case "proteges" | "mentors":
            return f"{first}_{rest.partition('.')[0] or SCOPES[0]}"
        case "limits":
            return "seconds"
        case _:
            return first
