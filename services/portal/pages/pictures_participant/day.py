"""The day of both: two working days on one line, and the meeting that lies in them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from services.portal.pages.pictures_participant.speech import Speech
from services.portal.pages.pictures_participant.svg import element, picture, rect, text

HALF_A_DAY = timedelta(hours=12)
TICKS_AT_MOST = 6
STEPS = (1, 2, 3, 4, 6, 12)
LETTER = 0.0215
"""A letter's share of the width on a phone, where the picture is about 290 px wide."""
MARGIN = 0.015

Span = tuple[datetime, datetime]
Place = Callable[[datetime], float]


@dataclass(frozen=True, kw_only=True)
class DayOfBoth:
    """One meeting and the working hours around it. Spans are (start, end) instants."""

    starts_at: datetime
    ends_at: datetime
    yours: list[Span]
    theirs: list[Span]
    partner: str
    partner_zone: str


def day_picture(day: DayOfBoth, speech: Speech, name: str = "day") -> Markup:
    """The two working days nearest to the meeting, in the reader's time from left to right."""
    yours, theirs = nearest(day.yours, day), nearest(day.theirs, day)
    spans = [(day.starts_at, day.ends_at), *(span for span in (yours, theirs) if span)]
    begin = floor_hour(min(start for start, _ in spans), speech.zone)
    end = max(finish for _, finish in spans)
    width = (end - begin).total_seconds()

    def at(instant: datetime) -> float:
        return (instant - begin).total_seconds() / width

    def bar(kind: str, span: Span, top: int, height: int) -> Markup:
        return rect(kind, at(span[0]), at(span[1]) - at(span[0]), top, height)

    parts: list[Markup] = []
    if yours:
        parts.append(bar("ground", yours, 8, 20))
    if theirs:
        parts.append(bar("ground", theirs, 34, 20))
    parts.append(bar("full", (day.starts_at, day.ends_at), 2, 58))
    if yours:
        you = speech.gettext("you")
        parts += label(yours, day, at, 23, f"{you}, {hours(yours, speech.zone, speech)}", you)
    if theirs:
        parts += label(theirs, day, at, 49, f"{day.partner}, {hours(theirs, day.partner_zone, speech)}", day.partner)
    parts += ticks(begin, end, at, speech)
    title = speech.gettext("Your day and the day of %(name)s, on one line") % {"name": day.partner}
    figure = picture(name, 78, title, description(day, yours, theirs, speech), *parts)
    return element("figure", figure, class_="picture")


def nearest(spans: list[Span], day: DayOfBoth) -> Span | None:
    """The working span the meeting lies in, else the nearest within half a day."""

    def distance(span: Span) -> timedelta:
        return max(span[0] - day.ends_at, day.starts_at - span[1], timedelta(0))

    near = sorted((span for span in spans if distance(span) <= HALF_A_DAY), key=distance)
    return near[0] if near else None


def floor_hour(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)


def room(span: Span, day: DayOfBoth) -> tuple[Span, bool]:
    """The longer stretch of a bar that the meeting leaves free, and whether it lies after the meeting."""
    before = (span[0], max(span[0], min(day.starts_at, span[1])))
    after = (min(span[1], max(day.ends_at, span[0])), span[1])
    later = after[1] - after[0] > before[1] - before[0]
    return (after if later else before), later


def label(span: Span, day: DayOfBoth, at: Place, top: int, *wordings: str) -> list[Markup]:
    """The longest wording that fits into the free stretch of its bar on a phone, or none."""
    (start, end), later = room(span, day)
    share = at(end) - at(start) - 2 * MARGIN
    for words in wordings:
        if len(words) * LETTER <= share:
            return [text("end" if later else "start", at(end) - MARGIN if later else at(start) + MARGIN, top, words)]
    return []


def hours(span: Span, zone: str, speech: Speech) -> str:
    return speech.gettext("%(start)s to %(end)s") % {"start": speech.time(span[0], zone), "end": speech.time(span[1], zone)}


def ticks(begin: datetime, end: datetime, at: Place, speech: Speech) -> list[Markup]:
    """The hours under the bars, at most six of them, none cut off at the edge."""
    length = end - begin
    step = next(hours for hours in STEPS if length / timedelta(hours=hours) <= TICKS_AT_MOST)
    drawn = []
    for count in range(int(length / timedelta(hours=step)) + 1):
        moment = begin + timedelta(hours=step * count)
        share = at(moment)
        kind = "start" if count == 0 else "end" if share > 1 - 2 * MARGIN else "mid"
        drawn.append(text(kind, share, 77, speech.time(moment)))
    return drawn


def description(day: DayOfBoth, yours: Span | None, theirs: Span | None, speech: Speech) -> str:
    """The picture in sentences, for whoever does not see it."""
    sentences = []
    if yours:
        sentences.append(
            speech.gettext("Your working day runs from %(start)s to %(end)s.")
            % {"start": speech.time(yours[0]), "end": speech.time(yours[1])}
        )
    if theirs:
        sentences.append(
            speech.gettext("That of %(name)s runs from %(start)s to %(end)s in %(place)s, which is %(from)s to %(until)s for you.")
            % {
                "name": day.partner,
                "start": speech.time(theirs[0], day.partner_zone),
                "end": speech.time(theirs[1], day.partner_zone),
                "place": speech.place(day.partner_zone),
                "from": speech.time(theirs[0]),
                "until": speech.time(theirs[1]),
            }
        )
    inside = [span for span in (yours, theirs) if span and span[0] <= day.starts_at and day.ends_at <= span[1]]
    place = (
        speech.gettext("The meeting at %(time)s lies in both.")
        if len(inside) == len((yours, theirs))
        else speech.gettext("The meeting is at %(time)s.")
    )
    return " ".join([*sentences, place % {"time": speech.time(day.starts_at)}])
