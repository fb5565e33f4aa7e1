"""A run of whatever form: a cohort in, lines out that are short enough to be written down one after the other."""

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import orjson

from services.matching.engine.asked import Asked, asked_of
from services.matching.engine.candidate_pairs import Candidates
from services.matching.engine.cohort import Cohort
from services.matching.engine.deferred import find_stable_everywhere
from services.matching.engine.forms.matches import match_circles, match_peers, match_rounds
from services.matching.engine.left_out import OTHERS_PREFERRED, Group, LeftOut
from services.matching.engine.match import Match, Progress, matched, tell
from services.matching.engine.pairs import Pairs
from services.matching.engine.problem import Problem, Undecided
from services.matching.engine.scoring import Scorer
from services.matching.engine.solver import Search
from services.matching.engine.tastes import Tastes
from services.matching.engine.tradeoffs import curve

VERSION = "3"
"""Another one where the same order can give another match."""
PORTION = 100
"""Pairs or people in one line: whoever writes them down does something else in between."""
PACKED = 1_000_000
"""Bytes of the candidates in one line."""
SHOWN = 20
"""Of a group's mentors, beside everybody whom it concerns."""


class Form(StrEnum):
    """Who comes together. In reverse the cohort says so, and otherwise it is one to one."""

    ONE_TO_ONE = "one_to_one"
    CIRCLES = "circles"
    ROUNDS = "rounds"
    """Many short meetings of each."""
    PEERS = "peers"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a run is to be made from. `stable`: so that no two would rather have each other, instead of what the cohort's aims say first."""

    cohort: Cohort
    stable: bool = False
    form: Form = Form.ONE_TO_ONE
    smallest: int = 3
    """As many protégés a circle must have, and `largest` it can have."""
    largest: int = 6
    meetings: int = 3
    """So many each protégé has in `rounds`."""
    rounds: int = 3

    def to_json(self) -> dict[str, Any]:
        """The order in what JSON knows."""
        return {**vars(self), "cohort": self.cohort.to_json()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Order":
        """What `to_json` made."""
        return cls(**{**document, "cohort": Cohort.from_json(document["cohort"]), "form": Form(document["form"])})

    @property
    def can_stop(self) -> bool:
        """Whether there is a match to be had before the best is found and proven."""
        return self.form is Form.ONE_TO_ONE and not self.stable

    @property
    def digest(self) -> str:
        """The same for the same order, in whatever order its people come: two runs with one digest and version have one match."""
        canonical = replace(self, cohort=self.cohort.in_order()).to_json()
        return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


def run(order: Order, progress: Progress, enough: Callable[[], bool] = lambda: False) -> Iterator[dict[str, Any]]:
    """Some pairs, people, groups, mentors or packed candidates a line, and last the figures under `found`. Raises ValueError.

    `enough`: whether to stop with the best match so far, where the order can.
    """
    found, market, packed = _found(order, progress, enough)
    yield from _lines(found, order)
    progress(95, "trade-offs")
    for number, start in enumerate(range(0, len(packed), PACKED)):
        yield {"candidates": [{"number": number, "packed": base64.b64encode(packed[start : start + PACKED]).decode()}]}
    figures = {name: getattr(found, name) for name in _FIGURES}
    yield {
        "found": {
            **figures,
            "paired": len(found.pairs),
            "left_out": len(found.left_out),
            "floors": [vars(floor) for floor in found.floors],
            "curve": [vars(corner) for corner in (curve(*market) if market else ())],
            "input_hash": order.digest,
            "engine_version": VERSION,
        }
    }


_FIGURES = (
    "total_points",
    "smallest_points",
    "value",
    "matched_upper_bound",
    "upper_bound",
    "optimal",
    "released",
    "proteges",
    "places",
    "rounds",
    "pairs_checked",
    "weights",
)


def _found(order: Order, progress: Progress, enough: Callable[[], bool]) -> tuple[Match, tuple[Problem, Pairs] | None, bytes]:
    """The match; where it is one to one what its trade-offs come from, and the candidates for looks at single pairs."""
    cohort = order.cohort
    match order.form:
        case Form.CIRCLES:
            return match_circles(cohort, order.smallest, order.largest, progress), None, b""
        case Form.ROUNDS:
            return match_rounds(cohort, order.meetings, order.rounds, progress), None, b""
        case Form.PEERS:
            return match_peers(cohort, progress), None, b""
        case Form.ONE_TO_ONE if order.stable:
            found, asked = _stable(cohort, progress)
            return found, (asked.problem, Search(asked.problem, cohort.aims.seed).known), b""
        case Form.ONE_TO_ONE:
            best = matched(cohort, progress, enough)
            return best.match, (best.asked.problem, best.known), Candidates.of(best).to_bytes()


def _stable(cohort: Cohort, progress: Progress) -> tuple[Match, Asked]:
    """A stable match of those who are to be decided on; whom people have named comes before points. Others are kept as they are."""
    progress(5, "rules")
    scorer = Scorer(replace(cohort, partnered=cohort.partnered - set(cohort.running)))
    asked = asked_of(scorer)
    progress(30, "solving")
    decided, judged = find_stable_everywhere(_tastes(scorer.cohort, asked), scorer.cohort.aims.seed)
    progress(90, "explanations")
    told = tell(scorer, asked, decided.astype(np.int64), OTHERS_PREFERRED)
    kept = int(np.count_nonzero(asked.kept >= 0))
    most = judged.most_people + kept
    return replace(told, matched_upper_bound=most, optimal=len(told.pairs) == most, pairs_checked=judged.pairs_checked), asked


def _tastes(cohort: Cohort, asked: Asked) -> Tastes:
    blocks = Undecided(problem=asked.problem)
    if not cohort.choices:
        return Tastes.by_points(blocks)
    wishes: dict[str, defaultdict[str, dict[str, int]]] = {"protege": defaultdict(dict), "mentor": defaultdict(dict)}
    for choice in cohort.choices:
        person, other = (choice.protege_id, choice.mentor_id) if choice.by == "protege" else (choice.mentor_id, choice.protege_id)
        known = wishes[choice.by][person]
        known[other] = min(choice.rank, known.get(other, choice.rank))
    return Tastes.by_wishes(blocks, wishes["protege"], wishes["mentor"])


# ---------------------------------------------------------------- lines


def _lines(found: Match, order: Order) -> Iterator[dict[str, Any]]:
    pairs = [
        {
            **{name: value for name, value in vars(pair).items() if name != "broken_rules"},
            "best_points": found.best_points.get(pair.protege_id, pair.points),
        }
        for pair in found.pairs
    ]
    groups = {id(one.group): one.group for one in found.left_out if one.group is not None}
    numbers = {key: number for number, key in enumerate(groups)}
    taken, values = Counter(pair.mentor_id for pair in found.pairs), {one.mentor_id: one for one in found.place_values}
    mentors = [
        {
            "mentor_id": one.person_id,
            "places": max(one.places, 0),
            "taken": taken[one.person_id],
            **({name: _change(getattr(values[one.person_id], name)) for name in ("one_more", "one_fewer")} if values else {}),
        }
        for one in (order.cohort.mentors if order.form is not Form.PEERS else ())
    ]
    yield from _portions("pairs", pairs)
    yield from _portions("left_out", [_left_out(one, numbers) for one in found.left_out])
    for group, number in zip(groups.values(), numbers.values(), strict=True):
        yield {"groups": [{"number": number, **vars(group)}]}  # one may be half the cohort
    yield from _portions("mentors", mentors)


def _change(change: object) -> dict[str, int] | None:
    return None if change is None else dict(vars(change))


def _left_out(one: LeftOut, numbers: Mapping[int, int]) -> dict[str, Any]:
    """With the first few mentors of the group: most of those who are left out share one."""
    return {**vars(one), "group": None if one.group is None else _shown(one.group, numbers[id(one.group)])}


def _shown(group: Group, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "proteges": len(group.protege_ids),
        "mentors": len(group.mentor_ids),
        "mentor_ids": group.mentor_ids[:SHOWN],
        "places": group.places,
    }


def _portions(name: str, rows: Sequence[object]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(rows), PORTION):
        yield {name: rows[start : start + PORTION]}
