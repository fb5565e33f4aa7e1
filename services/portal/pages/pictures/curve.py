"""Quality against coverage: how good pairs can be on average when more or fewer people have a partner."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing, stretched, words
from services.portal.pages.svg import element
from services.portal.pages.viewer import Viewer

_TALL, _TOP, _BASE = 250, 26.0, 196.0
_FROM, _TO = 10.0, 97.0  # percent
_STEPS = 12  # points of the line between two corners, where it is curved
_MARK = 5  # points of 100 between two lines of the ground


@dataclass(frozen=True, kw_only=True)
class Corner:
    """So many people can have so many points together; points are of 100."""

    people: int
    points: float

    @property
    def mean(self) -> float:
        """On average for each pair."""
        return self.points / self.people if self.people else 0.0


def quality_curve(corners: Sequence[Corner], here: Corner, viewer: Viewer) -> Picture:
    """`corners` with ever more people; between two of them total points lie on a straight line. `here`: the match one looks at."""
    voice = Voice.of(viewer)
    _ = voice.words.gettext
    known = [corner for corner in corners if corner.people]
    line = [known[0], *(between for pair in pairwise(known) for between in _between(*pair))]
    low, high = _range([*(corner.mean for corner in line), here.mean])
    first, most = line[0].people, max(line[-1].people, here.people)
    # With nearly as many people at both ends, one sees more of the curve when it does not begin at nobody.
    start = 0 if first < most / 2 else first - max((most - first) // 4, 1)

    def x(people: int) -> float:
        return _FROM + (_TO - _FROM) * (people - start) / max(most - start, 1)

    def y(mean: float) -> float:
        return _BASE - (_BASE - _TOP) * (mean - low) / (high - low)

    parts = []
    step = _MARK * max(round((high - low) / _MARK / 5), 1)
    for mark in range(low, high + 1, step):
        parts.append(element("line", class_="rule", x1=f"{_FROM}%", x2="100%", y1=f"{y(mark):g}", y2=f"{y(mark):g}"))
        parts.append(words("end", f"{_FROM - 2}%", y(mark) + 4, voice.number(mark)))
    trend = "M" + "L".join(f"{x(corner.people):.2f} {y(corner.mean):.1f}" for corner in line)
    parts.append(stretched(_TALL, [element("path", class_="trend", d=trend)]))
    parts += [
        element(
            "circle", element("title", _said(corner, voice)), class_="dot", cx=f"{x(corner.people):.2f}%", cy=f"{y(corner.mean):.1f}", r=3.5
        )
        for corner in known
    ]
    parts.append(element("circle", class_="ring", cx=f"{x(here.people):.2f}%", cy=f"{y(here.mean):.1f}", r=7))
    # The line falls, so below it there is room at its right end.
    edge = "end" if x(here.people) > (_FROM + _TO) / 2 else ""
    parts.append(words(f"hot {edge}".strip(), f"{x(here.people):.2f}%", y(here.mean) + 24, _("this match")))
    parts += [words(kind, f"{x(people):.2f}%", _BASE + 20, voice.number(people)) for people, kind in ((start, "mid"), (most, "end"))]
    parts.append(words("end", "100%", _BASE + 42, _("people with a partner")))
    parts.append(words("", "0", 12, _("points of a pair on average")))
    rows = tuple((voice.number(corner.people), voice.number(round(corner.mean, 1)), voice.number(round(corner.points))) for corner in known)
    about = ". ".join(_said(corner, voice) for corner in (known[0], known[-1], here)) + "."
    heads = (_("People with a partner"), _("Points on average"), _("Points together"))
    return Picture(
        drawing("curve", _TALL, _("Quality against coverage"), about, parts),
        Figures(_("The best that can be for so many people"), heads, rows),
    )


def _between(left: Corner, right: Corner) -> list[Corner]:
    people = sorted({left.people + (right.people - left.people) * part // _STEPS for part in range(1, _STEPS + 1)} - {left.people})
    rise = (right.points - left.points) / max(right.people - left.people, 1)
    return [Corner(people=count, points=left.points + rise * (count - left.people)) for count in people]


def _range(means: Sequence[float]) -> tuple[int, int]:
    """From one line of the ground below the lowest, where a word has room, to one above the highest."""
    low, high = int(min(means) // _MARK) * _MARK - _MARK, -int(-max(means) // _MARK) * _MARK
    return max(low, 0), max(high, low + 2 * _MARK)


def _said(corner: Corner, voice: Voice) -> str:
    one, several = "%(people)s person: %(mean)s points on average", "%(people)s people: %(mean)s points on average"
    return voice.words.ngettext(one, several, corner.people) % {
        "people": voice.number(corner.people),
        "mean": voice.number(round(corner.mean, 1)),
    }
