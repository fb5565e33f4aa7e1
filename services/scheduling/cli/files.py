"""The calendar files of `tandem busy` and `tandem slots`: opened, read, and every word about what is wrong with them."""

import sys
from dataclasses import dataclass
from pathlib import Path

from services.scheduling.slots import LARGEST_FILE, Reading, Sheet, Span, Unreadable, busy_in, decoded, known_zone, read_sheet, shown

MOST_PROBLEMS_TOLD = 10


class WrongInput(Exception):  # noqa: N818 - says what it is
    """Something a person gave us that we cannot work with; the message names it."""


@dataclass(frozen=True)
class CalendarFile:
    """A calendar file that has been opened, and the zone its owner was given, if any."""

    path: str
    sheet: Sheet
    given_zone: str | None
    owners: tuple[str, ...]

    @property
    def zone(self) -> str:
        """The zone of times that name none."""
        named = self.sheet.default_zone
        return self.given_zone or (known_zone(named) if named else None) or "UTC"

    def read(self, start: int, end: int) -> Reading:
        """The owner's busy time. Raises WrongInput."""
        try:
            return busy_in(self.sheet, self.zone, start, end, addresses=self.owners)
        except Unreadable as problem:
            raise WrongInput(f"{self.path}: {problem}") from problem

    def busy(self, start: int, end: int, *, lenient: bool) -> tuple[Span, ...]:
        """As `read`, with word of what could not be understood. Raises WrongInput when that is not to be borne."""
        reading = self.read(start, end)
        problems = [f"{self._at(problem.place)}: {problem.reason}" for problem in reading.problems]
        if problems and not lenient:
            more = [f"and {len(problems) - MOST_PROBLEMS_TOLD} more"] if len(problems) > MOST_PROBLEMS_TOLD else []
            raise WrongInput("\n".join([*problems[:MOST_PROBLEMS_TOLD], *more, "With --lenient such entries are left out."]))
        for problem in problems:
            say(f"{problem} (left out)")
        for name, place in reading.unknown_zones.items():
            say(f"{self._at(place)}: nobody knows the zone {shown(name)}, so its times are read in {self.zone}")
        return reading.busy

    def _at(self, place: int) -> str:
        return f"{self.path}, line {self.sheet.line_number(place)}"


def opened(path: str, zone: str | None, owners: tuple[str, ...], *, lenient: bool) -> CalendarFile:
    """Read a file, but never more of it than a calendar holds. Raises WrongInput."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        text = decoded(content, lenient=lenient)
        return CalendarFile(path, read_sheet(text), zone, owners)
    except OSError as problem:
        raise WrongInput(f"{path}: {problem.strerror or problem}") from problem
    except Unreadable as problem:
        raise WrongInput(f"{path}: {problem}") from problem


def say(word: str) -> None:
    """A word to the person, beside the answer."""
    print(f"tandem: {word}", file=sys.stderr)
