"""The rhythm of a partnership: meetings past and planned on a line of months, the agreed gap as a band."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from markupsafe import Markup

from services.portal.pages.pictures_participant.speech import Speech
from services.portal.pages.pictures_participant.svg import circle, element, join, line, picture, rect, table, text

LEEWAY = 5 / 28
"""How far from the agreed day still counts as agreed, as a share of the gap: 23 to 33 days for four weeks."""
Kind = Literal["met", "missed", "next", "planned", "asked"]

BANDS_AHEAD = 2
DAY = timedelta(days=1)
MONTHS_AT_MOST = 13
LABELS_APART = 0.055
"""Two day numbers closer than this share of the width would run into each other on a phone."""
JANUARY, DECEMBER = 1, 12


@dataclass(frozen=True)
class Beat:
    """One meeting. `next` is the first one to come, `planned` any later one, `asked` one whose time waits for an answer."""

    on: date
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """What the picture shows. Without a cadence there are no bands. `off`: first and last days on which one of the two is not to be had."""

    beats: list[Beat]
    cadence_weeks: int | None
    started_on: date
    today: date
    off: list[tuple[date, date]] = field(default_factory=list)

    @property
    def gap(self) -> tuple[int, int] | None:
        """The agreed days between two meetings, fewest and most."""
        if self.cadence_weeks is None:
            return None
        days = 7 * self.cadence_weeks
        leeway = max(1, round(days * LEEWAY))
        return days - leeway, days + leeway


def rhythm_picture(rhythm: Rhythm, speech: Speech, name: str = "rhythm") -> Markup:
    """The line, its key, and the same as a table."""
    begin, end = months(rhythm)
    length = (end - begin).days

    def at(day: date) -> float:
        return (day - begin).days / length

    beats = [beat for beat in sorted(rhythm.beats, key=lambda beat: beat.on) if begin <= beat.on < end]
    bands = [
        rect("band", at(first), at(last) - at(first), 34, 40, radius=6) for first, last in due(rhythm, beats) if first < end and last < end
    ]
    off = [
        rect("off", at(max(first, begin)), at(min(last + DAY, end)) - at(max(first, begin)), 80, 6, radius=2)
        for first, last in rhythm.off
        if last >= begin and first < end
    ]
    now = min(max(at(rhythm.today), 0), 1)
    axis = [line("axis", 0, now, 54, 54), line("dash", now, 1, 54, 54)]
    drawn = [mark(beat, at(beat.on)) for beat in beats]
    figure = picture(
        name,
        124,
        title(begin, end, speech),
        description(rhythm, beats, speech),
        *bands,
        *off,
        *axis,
        *drawn,
        *numbers(beats, at),
        *calendar(begin, end, speech),
    )
    return join([element("figure", figure, key(rhythm, beats, speech, off=bool(off)), class_="picture"), as_table(rhythm, beats, speech)])


def months(rhythm: Rhythm) -> tuple[date, date]:
    """From the month of the first meeting to the month after what is known or due, at most a year and a month."""
    days = [beat.on for beat in rhythm.beats]
    ahead = timedelta(weeks=BANDS_AHEAD * (rhythm.cadence_weeks or 4))
    first = min([rhythm.started_on, *days])
    last = max([rhythm.today, *days]) + ahead
    end = following(last.replace(day=1))
    begin = first.replace(day=1)
    while (end - begin).days > MONTHS_AT_MOST * 31:
        begin = following(begin)
    return begin, end


def following(month: date) -> date:
    return month.replace(year=month.year + 1, month=JANUARY) if month.month == DECEMBER else month.replace(month=month.month + 1)


def due(rhythm: Rhythm, beats: list[Beat]) -> list[tuple[date, date]]:
    """When the next meeting was due after each one, and a little way ahead of the last. One that came earlier leaves nothing due."""
    if rhythm.gap is None:
        return []
    fewest, most = (timedelta(days=days) for days in rhythm.gap)
    anchors = [beat.on for beat in beats if beat.kind not in {"missed", "asked"}] or [rhythm.started_on]
    anchors += [anchors[-1] + timedelta(weeks=rhythm.cadence_weeks or 0) * count for count in range(1, BANDS_AHEAD)]
    followed = zip(anchors, [*anchors[1:], date.max], strict=True)
    return [(anchor + fewest, anchor + most) for anchor, then in followed if then >= anchor + fewest]


def mark(beat: Beat, x: float) -> Markup:
    kind, radius = {"met": ("dot", 6), "missed": ("lost", 6), "next": ("hotdot", 8), "planned": ("ring", 6), "asked": ("ring dash", 6)}[
        beat.kind
    ]
    return circle(kind, x, 54, radius)


def numbers(beats: list[Beat], at: Callable[[date], float]) -> list[Markup]:
    """The day of the month above each mark; where marks crowd, the next meeting keeps its number and others give way."""
    drawn: list[tuple[float, Markup]] = []
    for beat in sorted(beats, key=lambda beat: (beat.kind != "next", beat.on)):
        x = at(beat.on)
        if all(abs(x - other) >= LABELS_APART for other, _ in drawn):
            drawn.append((x, text("mid hot" if beat.kind == "next" else "mid", x, 24, str(beat.on.day))))
    return [number for _, number in drawn]


def calendar(begin: date, end: date, speech: Speech) -> list[Markup]:
    """The months under the line; every second one has its name where there are many."""
    length = (end - begin).days
    drawn = [line("rule", 0, 1, 92, 92)]
    month, count = begin, 0
    crowded = length > 8 * 31
    while month < end:
        x = (month - begin).days / length
        drawn.append(line("axis", x, x, 88, 92))
        if not crowded or count % 2 == 0:
            drawn.append(text("", x, 112, speech.month(month)))
        month, count = following(month), count + 1
    return drawn


def title(begin: date, end: date, speech: Speech) -> str:
    last = end - timedelta(days=1)
    return speech.gettext("Meetings from %(first)s to %(last)s") % {"first": speech.full_month(begin), "last": speech.full_month(last)}


def description(rhythm: Rhythm, beats: list[Beat], speech: Speech) -> str:
    """The picture in sentences."""
    met = [speech.day(beat.on) for beat in beats if beat.kind == "met"]
    sentences = [speech.gettext("Meetings on %(days)s.") % {"days": speech.list_of(met)} if met else speech.gettext("No meeting yet.")]
    sentences += [speech.gettext("The next is on %(day)s.") % {"day": speech.day(beat.on)} for beat in beats if beat.kind == "next"]
    if rhythm.gap:
        sentences.append(
            speech.gettext("As agreed, the next one is due %(fewest)s to %(most)s days after the last.")
            % {"fewest": rhythm.gap[0], "most": rhythm.gap[1]}
        )
    return " ".join(sentences)


def key(rhythm: Rhythm, beats: list[Beat], speech: Speech, *, off: bool) -> Markup:
    """What each mark means; only the marks that are drawn."""
    kinds = {beat.kind for beat in beats}
    words: dict[Kind, str] = {
        "met": speech.gettext("met"),
        "missed": speech.gettext("did not take place"),
        "next": speech.gettext("next"),
        "planned": speech.gettext("planned"),
        "asked": speech.gettext("asked"),
    }
    entries = [(circle_of(kind), words[kind]) for kind in words if kind in kinds]
    if rhythm.gap:
        due_words = speech.gettext("when the next one was due, %(fewest)s to %(most)s days after the last") % {
            "fewest": rhythm.gap[0],
            "most": rhythm.gap[1],
        }
        entries.append((element("rect", class_="band", x=4, width=20, height=12, rx=3), due_words))
    if off:
        entries.append((element("rect", class_="off", x=4, y=3, width=20, height=6, rx=2), speech.gettext("one of you has days off")))
    return element(
        "ul", *(element("li", element("svg", drawn, class_="pic", aria_hidden="true"), words) for drawn, words in entries), class_="key"
    )


def circle_of(kind: Kind) -> Markup:
    shape, radius = {"met": ("dot", 5), "missed": ("lost", 5), "next": ("hotdot", 6), "planned": ("ring", 5), "asked": ("ring dash", 5)}[
        kind
    ]
    return element("circle", class_=shape, cx=14, cy=6, r=radius)


def as_table(rhythm: Rhythm, beats: list[Beat], speech: Speech) -> Markup:
    """Each meeting with the days since the last one and whether that is as agreed."""
    rows: list[list[str]] = []
    last: date | None = None
    for beat in beats:
        days = (beat.on - last).days if last else None
        rows.append([worded(beat, speech), "" if days is None else str(days), "" if days is None else agreed(days, rhythm, speech)])
        last = last if beat.kind in {"missed", "asked"} else beat.on
    head = [speech.gettext("Meeting"), speech.gettext("Days since the last"), speech.gettext("As agreed")]
    return table(speech.gettext("Show as a table"), speech.gettext("Meetings and the days between them"), head, rows, frozenset({1}))


def worded(beat: Beat, speech: Speech) -> str:
    wording = {
        "met": "%(day)s",
        "missed": speech.gettext("%(day)s, did not take place"),
        "next": speech.gettext("%(day)s, planned"),
        "planned": speech.gettext("%(day)s, planned"),
        "asked": speech.gettext("%(day)s, waits for an answer"),
    }[beat.kind]
    return wording % {"day": speech.day(beat.on)}


def agreed(days: int, rhythm: Rhythm, speech: Speech) -> str:
    """Within the agreed gap, or by how many days not."""
    if rhythm.gap is None:
        return ""
    fewest, most = rhythm.gap
    if days > most:
        return speech.ngettext("one day later", "%(days)s days later", days - most) % {"days": days - most}
    if days < fewest:
        return speech.ngettext("one day earlier", "%(days)s days earlier", fewest - days) % {"days": fewest - days}
    return speech.gettext("yes")
