"""What of a match is looked at: everybody, one page of the pairs, or those of two groups, of some points, of a name."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from services.portal.api.managing import card_of, whole
from services.portal.api.page import PersonCard

T = TypeVar("T")

HUNDREDTHS = 100
"""Matching counts in hundredths of a point."""
SHOWN = 60
"""Rows on one page."""
MOST_LINES = 150
"""So many pairs can be followed by eye as lines; of more, groups are drawn."""
MOST_GROUPS = 12
OTHERS = "…"
"""All groups that are too small to be drawn by themselves, together."""
ANY = "*"
"""Whichever group. An empty one is of those of whom it is not known."""
COLUMN = 5
"""Points that a column of the plot by quality stands for."""


@dataclass(frozen=True, kw_only=True)
class Paged(Generic[T]):
    """Some of many rows. `first` and `last` count from 1."""

    rows: Sequence[T]
    first: int
    total: int
    number: int

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.last < self.total else None


def page_of(rows: Sequence[T], at: str, size: int = SHOWN) -> Paged[T]:
    """The page that `at` names, or the nearest there is."""
    pages = max(-(-len(rows) // size), 1)
    number = min(max(whole(at) or 1, 1), pages)
    start = size * (number - 1)
    return Paged(rows=rows[start : start + size], first=start + 1 if rows else 0, total=len(rows), number=number)


def matching_name(q: str, *names: str) -> bool:
    """Whether what somebody searches for is in one of the names."""
    wanted = q.casefold().strip()
    return not wanted or wanted in " ".join(names).casefold()


class Look(BaseModel):
    """What somebody wants to see of a match, as it stands in the address. `pair`: whose pair is open; `who`: why who is left out."""

    q: str = ""
    by: Literal["department", "location"] = "department"
    left: str = ANY
    right: str = ANY
    points: str = ""
    at: str = ""
    outdated: str = ""
    partner: str = ""
    who: str = ""
    pair: str = ""

    @property
    def lowest(self) -> int | None:
        """The fewest points of a pair in the chosen column."""
        return whole(self.points)

    @property
    def narrowed(self) -> bool:
        """Whether only some pairs are looked at."""
        return bool(self.q.strip()) or self.left != ANY or self.right != ANY or self.lowest is not None

    def address(self, run_id: str, **changes: object) -> str:
        """The address of this look, changed a little; what is as usual is left out."""
        said = {name: str(value) for name, value in {**self.model_dump(), "outdated": "", **changes}.items()}
        kept = {name: value for name, value in said.items() if value != getattr(_USUAL, name)}
        return f"/manage/runs/{run_id}" + (f"?{urlencode(kept)}" if kept else "")


_USUAL = Look()


@dataclass(frozen=True)
class Row:
    """A pair with names."""

    protege: PersonCard
    mentor: PersonCard
    points: int
    """Of 10,000."""
    shown: int
    """Of 100."""
    locked: bool
    by_hand: bool
    round: int | None


@dataclass(frozen=True)
class Whole:
    """A whole match with its people."""

    run: Mapping[str, Any]
    people: Mapping[str, PersonCard]

    @cached_property
    def rows(self) -> list[Row]:
        """Every pair, the best first."""
        rows = [
            Row(
                protege=card_of(self.people, one["protege_id"]),
                mentor=card_of(self.people, one["mentor_id"]),
                points=one["points"],
                shown=round(one["points"] / HUNDREDTHS),
                locked=one["locked"],
                by_hand=one["by_hand"],
                round=one["round"],
            )
            for one in self.run["pairs"]
        ]
        return sorted(rows, key=lambda row: (-row.points, row.protege.name, row.mentor.name))

    @property
    def columns(self) -> list[int]:
        """The fewest points of each column in which there are pairs, the best first."""
        return sorted({column_of(row.shown) for row in self.rows}, reverse=True)

    def groups(self, by: str) -> "Groups":
        """The groups of both sides, and of those who are left out."""
        left_out = [card_of(self.people, one["person_id"]) for one in self.run["left_out"]]
        return Groups(
            by=by,
            left=largest(getattr(one, by) for one in [*(row.protege for row in self.rows), *left_out]),
            right=largest(getattr(row.mentor, by) for row in self.rows),
        )

    def chosen(self, look: Look, groups: "Groups") -> list[Row]:
        """The pairs that are looked at."""
        lowest = look.lowest
        return [
            row
            for row in self.rows
            if matching_name(look.q, row.protege.name, row.mentor.name)
            and (look.left == ANY or groups.left_of(row.protege) == look.left)
            and (look.right == ANY or groups.right_of(row.mentor) == look.right)
            and (lowest is None or column_of(row.shown) == column_of(lowest))
        ]


@dataclass(frozen=True)
class Groups:
    """Of which groups of people a match is drawn, the largest first; the small ones together are OTHERS."""

    by: str
    left: Sequence[str]
    right: Sequence[str]

    def left_of(self, one: PersonCard) -> str:
        """A protégé's group."""
        return self._of(one, self.left)

    def right_of(self, one: PersonCard) -> str:
        """A mentor's group."""
        return self._of(one, self.right)

    def _of(self, one: PersonCard, known: Sequence[str]) -> str:
        name: str = getattr(one, self.by)
        return name if name in known else OTHERS


def largest(names: Iterable[str]) -> list[str]:
    """The largest groups by name, and OTHERS when there are more than can be drawn."""
    counts = Counter(names)
    found = sorted(counts, key=lambda name: (-counts[name], name))
    return found if len(found) <= MOST_GROUPS else [*found[: MOST_GROUPS - 1], OTHERS]


def column_of(points: int) -> int:
    """The first of the five points of 100 among which these are; full points are in the last column."""
    return min(points // COLUMN * COLUMN, 100 - COLUMN)


@dataclass(frozen=True)
class ChangeRow:
    """What changes for one protégé: the mentors before and after, by name and with points of 100 as far as they are known."""

    protege: PersonCard
    kind: str
    before: list[tuple[str, int | None]]
    after: list[tuple[str, int | None]]


def change_rows(changes: Iterable[Mapping[str, Any]], people: Mapping[str, PersonCard]) -> list[ChangeRow]:
    """The changes between two matches with names: who loses a partner first, then who gains one, then who moves."""
    order = {"lost": 0, "gained": 1, "moved": 2}

    def named(partners: Iterable[Mapping[str, Any]]) -> list[tuple[str, int | None]]:
        shown = ((one, one["points"]) for one in partners)
        return [(card_of(people, one["mentor_id"]).name, points and round(points / HUNDREDTHS)) for one, points in shown]

    rows = [ChangeRow(card_of(people, one["protege_id"]), one["kind"], named(one["before"]), named(one["after"])) for one in changes]
    return sorted(rows, key=lambda row: (order.get(row.kind, 3), row.protege.name))
