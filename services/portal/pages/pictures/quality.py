"""A match too big for lines: a dot per pair by its points, who is left out in a column of their own."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing, words
from services.portal.pages.pictures.match import grade
from services.portal.pages.svg import element
from services.portal.pages.viewer import Viewer

_BIN = 5  # points a column of dots stands for
_FROM, _TO = 14.0, 100.0  # percent: the scale from 0 to 100 points
_DOT, _FOOT, _HEAD = 7, 48, 24  # pixels
_TALLEST = 280


def quality_plot(points: Sequence[float], left_out: int, viewer: Viewer, href: Callable[[int], str] | None = None) -> Picture:
    """How many pairs have how many points, in columns of five; a dot stands for one pair, or for several when there are many.

    `href` leads to the pairs of the column that begins with so many points.
    """
    voice = Voice.of(viewer)
    _ = voice.words.gettext
    counts = [0] * (100 // _BIN)
    for value in points:
        counts[min(int(value) // _BIN, len(counts) - 1)] += 1
    tallest = max([*counts, left_out, 1])
    each = -(-tallest * _DOT // _TALLEST)  # pairs a dot stands for, rounded up
    height = _HEAD + -(-tallest // each) * _DOT + _FOOT
    base = height - _FOOT
    width = (_TO - _FROM) / len(counts)
    parts: list[Markup] = []
    for place, count in enumerate(counts):
        x = _FROM + width * (place + 0.5)
        kind = {"q3": "hotdot", "q2": "fairdot", "q1": "weakdot"}[grade(place * _BIN)]
        dots = _column(x, count, each, base, kind)
        if href:
            # By keyboard one goes through the form, which chooses the same.
            title = element("title", f"{span(place * _BIN)}: {voice.number(count)}")
            area = element("rect", class_="touch", x=f"{x - width / 2:g}%", width=f"{width:g}%", y=0, height=base)
            dots = [element("a", title, *dots, area, href=href(place * _BIN), tabindex="-1", aria_hidden="true")]
        parts += dots
    parts += _column(4, left_out, each, base, "lost")
    parts.append(element("line", class_="axis", x1=f"{_FROM}%", x2="100%", y1=base, y2=base))
    parts.append(element("line", class_="dash", x1="0", x2="8%", y1=base, y2=base))
    for mark in range(0, 101, 20):
        x = _FROM + (_TO - _FROM) * mark / 100
        parts.append(words("end" if mark == 100 else "mid", f"{x:g}%", base + 18, voice.number(mark)))  # noqa: PLR2004 - the end of the scale
    parts.append(words("end", "100%", base + 38, _("points of a pair")))
    parts.append(words("strong", "0", base + 18, voice.number(left_out)))
    parts.append(words("", "0", base + 36, _("left out")))
    if each > 1:
        parts.append(words("", f"{_FROM}%", 12, _("a dot is %(each)s pairs") % {"each": voice.number(each)}))
    rows = [(span(place * _BIN), voice.number(count)) for place, count in enumerate(counts) if count]
    rows.append((_("left out"), voice.number(left_out)))
    about = _("%(pairs)s pairs by their points. %(left)s protégés are left out.") % {
        "pairs": voice.number(len(points)),
        "left": voice.number(left_out),
    }
    svg = drawing("quality", height, _("The whole match by quality"), about, parts, kind="match", live=href is not None)
    return Picture(svg, Figures(_("Pairs by their points"), (_("Points"), _("Pairs")), tuple(rows)))


def span(first: int) -> str:
    """Of a column, by its fewest points: 0 to 4, and 95 to 100 at the end."""
    last = first + _BIN - 1
    return f"{first}\N{EN DASH}{last + (last == 99)}"  # noqa: PLR2004 - full points stand in the last column


def _column(x: float, count: int, each: int, base: float, kind: str) -> list[Markup]:
    dots = -(-count // each)
    return [element("circle", class_=kind, cx=f"{x:g}%", cy=base - _DOT * (dot + 0.5), r=2.75) for dot in range(dots)]
