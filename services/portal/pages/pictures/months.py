"""The programme over the months: how many pairs ran at the end of each."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing, stretched, words
from services.portal.pages.svg import element
from services.portal.pages.times import locale_of
from services.portal.pages.viewer import Viewer

_TALL, _TOP, _BASE = 150, 28.0, 108.0
_FROM, _TO = 10.0, 96.0
_MOST_MONTHS = 14


def running_by_month(runs: Sequence[tuple[date, date | None]], today: date, viewer: Viewer) -> Picture:
    """`runs`: first day and last day of each pair, without a last day while it runs. The last point is today."""
    voice = Voice.of(viewer)
    _ = voice.words.gettext
    days = _month_ends(min((start for start, _end in runs), default=today), today)
    counts = [sum(start <= day and (end is None or end > day) for start, end in runs) for day in days]
    top = max(_round_up(max(counts)), 1)
    at = [_FROM + 4 + (_TO - _FROM - 4) * place / max(len(days) - 1, 1) for place in range(len(days))]
    heights = [_BASE - (_BASE - _TOP) * count / top for count in counts]
    parts = []
    for mark in sorted({0, top // 2, top}):
        y = _BASE - (_BASE - _TOP) * mark / top
        parts.append(element("line", class_="rule", x1=f"{_FROM}%", x2="100%", y1=f"{y:g}", y2=f"{y:g}"))
        parts.append(words("end", "7.5%", y + 4, voice.number(mark)))
    curve = "M" + "L".join(f"{x:g} {y:g}" for x, y in zip(at, heights, strict=True))
    parts.append(stretched(_TALL, [element("path", class_="trend", d=curve)]))
    locale = locale_of(viewer.locale)
    for place, (x, y) in enumerate(zip(at, heights, strict=True)):
        here = place == len(days) - 1
        parts.append(element("circle", class_="hotdot" if here else "dot", cx=f"{x:g}%", cy=f"{y:g}", r=6 if here else 4))
        if here or place % max(len(days) // 6, 1) == 0:
            parts.append(words("mid", f"{x:g}%", 132, format_date(days[place], "LLL", locale=locale).rstrip(".")))
    parts.append(words("hot end", f"{at[-1] + 1:g}%", heights[-1] - 12, voice.number(counts[-1])))
    names = [format_date(day, "LLLL y", locale=locale) for day in days[:-1]] + [_("today")]
    rows = tuple((name, voice.number(count)) for name, count in zip(names, counts, strict=True))
    about = ", ".join(f"{name}: {count}" for name, count in rows)
    svg = drawing("months", _TALL, _("Running pairs, month by month"), about, parts)
    return Picture(svg, Figures(_("Running pairs at the end of each month"), (_("Month"), _("Pairs")), rows))


def _month_ends(first: date, today: date) -> list[date]:
    ends = [today]
    day = today.replace(day=1)
    while day > first and len(ends) < _MOST_MONTHS:
        ends.append(date.fromordinal(day.toordinal() - 1))
        day = ends[-1].replace(day=1)
    return ends[::-1]


def _round_up(count: int) -> int:
    step = 2 if count <= 10 else 10 if count <= 100 else 100  # noqa: PLR2004 - marks one can read
    return -(-count // step) * step
