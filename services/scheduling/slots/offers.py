"""The three times worth offering out of all that are free, each with one word that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.scheduling.slots.clocks import wall_time
from services.scheduling.slots.diary import Diary
from services.scheduling.slots.spans import overlaps

Why = Literal["usual_time", "on_rhythm", "quiet", "fair_hours", "soonest", "free"]

MOST_OFFERS = 3
PLEASANT_FROM, PLEASANT_UNTIL = 9 * 60, 17 * 60
BREATH = 60 * 60
_DAY_OFF = 40  # a day beside the ideal date weighs as much as forty minutes of unpleasant hour
_CROWDED = 20
_OTHER_TIME = 10


@dataclass(frozen=True)
class Wish:
    """What would be best: the date the rhythm asks for, and the start of the last meeting, whose weekday and hour one is used to."""

    ideal_on: date | None = None
    usual_start: int | None = None


@dataclass(frozen=True)
class Offer:
    start: int
    end: int
    why: Why


@dataclass(frozen=True)
class _Look:
    """One free time as it looks to the people who would meet then."""

    start: int
    day: date
    days_off: int
    burden: int
    quiet: bool
    usual: bool

    @property
    def cost(self) -> int:
        """Lower is better; in minutes of unpleasant hour."""
        return self.days_off * _DAY_OFF + self.burden + (0 if self.quiet else _CROWDED) + (0 if self.usual else _OTHER_TIME)


def best_offers(starts: Sequence[int], length: int, diaries: Sequence[Diary], wish: Wish) -> list[Offer]:
    """Up to three free times, best first: on different days where there are so many, near the rhythm's date, at fair hours for all."""
    looks = sorted((_look(start, length, diaries, wish) for start in starts), key=lambda look: (look.cost, look.start))
    chosen: list[_Look] = []
    for new_day in (True, False):
        for look in looks:
            if len(chosen) == MOST_OFFERS:
                break
            clash = any(abs(look.start - other.start) < length for other in chosen)
            if not clash and not (new_day and any(look.day == other.day for other in chosen)):
                chosen.append(look)
    chosen.sort(key=lambda look: (look.cost, look.start))
    return _with_reasons(chosen, length, min(starts, default=0))


def _look(start: int, length: int, diaries: Sequence[Diary], wish: Wish) -> _Look:
    here = wall_time(diaries[0].zone, start)
    burdens = [burden(diary.zone, start, length) for diary in diaries]
    usual = wall_time(diaries[0].zone, wish.usual_start) if wish.usual_start is not None else None
    return _Look(
        start=start,
        day=here.date(),
        days_off=abs((here.date() - wish.ideal_on) // timedelta(days=1)) if wish.ideal_on else 0,
        burden=2 * max(burdens) + sum(burdens),  # the one who has it worse counts most
        quiet=not any(overlaps(diary.busy, start - BREATH, start + length + BREATH) for diary in diaries),
        usual=usual is not None and (usual.weekday(), usual.hour, usual.minute) == (here.weekday(), here.hour, here.minute),
    )


def burden(zone: str, start: int, length: int) -> int:
    """Minutes of the meeting's start and end outside pleasant hours on this person's clock."""
    begins, ends = wall_time(zone, start), wall_time(zone, start + length)
    first = begins.hour * 60 + begins.minute
    last = ends.hour * 60 + ends.minute + (24 * 60 if ends.date() > begins.date() else 0)
    return max(PLEASANT_FROM - first, 0) + max(last - PLEASANT_UNTIL, 0)


def _with_reasons(chosen: Sequence[_Look], length: int, soonest: int) -> list[Offer]:
    """Give each offer its strongest reason that no better offer has been given already."""
    offers: list[Offer] = []
    given: set[Why] = set()
    for look in chosen:
        holds: list[tuple[Why, bool]] = [
            ("usual_time", look.usual),
            ("on_rhythm", look.days_off <= 1 and any(other.days_off != look.days_off for other in chosen)),
            ("quiet", look.quiet),
            ("fair_hours", look.burden == 0),
            ("soonest", look.start == soonest),
        ]
        true = [why for why, does in holds if does]
        reason: Why = next((why for why in true if why not in given), true[0] if true else "free")
        given.add(reason)
        offers.append(Offer(look.start, look.start + length, reason))
    return offers
