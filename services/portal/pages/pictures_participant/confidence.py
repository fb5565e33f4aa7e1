"""How sure a protégé feels about a goal, from the first rating to the last, with the changes of the goal marked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from services.portal.pages.pictures_participant.rhythm import following
from services.portal.pages.pictures_participant.speech import Speech
from services.portal.pages.pictures_participant.svg import circle, element, join, line, picture, table, text

HIGHEST = 5
LEFT = 0.06
TOP, BOTTOM = 16, 151
MONTH_NAMES_AT_MOST = 6
RIGHT_HALF = 0.62


@dataclass(frozen=True)
class Rating:
    on: date
    confidence: int


def confidence_picture(
    ratings: list[Rating], revised_on: list[date], due_on: date | None, speech: Speech, *, own: bool = True, name: str = "confidence"
) -> Markup:
    """A line from 1 to 5 over the months, and the same as a table. Needs at least one rating."""
    ratings = sorted(ratings, key=lambda rating: rating.on)
    first, last = ratings[0], ratings[-1]
    begin = min([first.on, *revised_on]).replace(day=1)
    end = following(max([last.on, *revised_on, *([due_on] if due_on else [])]).replace(day=1))
    length = (end - begin).days

    def at(day: date) -> float:
        return LEFT + (1 - LEFT) * (day - begin).days / length

    points = [(at(rating.on), height(rating.confidence)) for rating in ratings]
    curve = "M" + "L".join(f"{round(x * 100, 2):g} {y}" for x, y in points)
    drawn = [*scale(), *months(begin, end, at, speech)]
    drawn += [mark for day in revised_on for mark in revision(at(day), speech.gettext("goal changed"))]
    drawn.append(
        element(
            "svg", element("path", class_="trend", d=curve), width="100%", height=200, viewBox="0 0 100 200", preserveAspectRatio="none"
        )
    )
    drawn += [circle("dot", x, y, 5) for x, y in points[:-1]]
    drawn.append(circle("hotdot", *points[-1], 7))
    if len(ratings) > 1:
        # Beside a rising line there is room below it, else above.
        aside = 24 if ratings[1].confidence > first.confidence > 1 else -14
        drawn.append(
            text("strong", points[0][0], points[0][1] + aside, speech.gettext("before %(rating)s") % {"rating": first.confidence}, shift=-6)
        )
    drawn.append(latest(points[-1], speech.gettext("now %(rating)s") % {"rating": last.confidence}))
    figure = picture(name, 180, title(ratings, speech), description(ratings, revised_on, speech), *drawn)
    said = speech.gettext("Rated by you, from 1 to 5.") if own else speech.gettext("Rated by who wrote the goal, from 1 to 5.")
    caption = element("figcaption", said)
    return join([element("figure", figure, caption, class_="picture"), as_table(ratings, speech)])


def height(confidence: int) -> int:
    """The pixel row of a rating: 5 at the top, 1 at the bottom."""
    return round(TOP + (HIGHEST - confidence) * (BOTTOM - TOP - 15) / (HIGHEST - 1))


def scale() -> list[Markup]:
    marks = [
        (line("rule", LEFT, 1, height(value), height(value)), text("end", LEFT - 0.02, height(value) + 4, str(value)))
        for value in range(1, HIGHEST + 1)
    ]
    return [part for pair in marks for part in pair] + [line("axis", LEFT, 1, BOTTOM, BOTTOM)]


def months(begin: date, end: date, at: Callable[[date], float], speech: Speech) -> list[Markup]:
    """The names of the months in their middle, never more than fit on a phone."""
    firsts = [begin]
    while following(firsts[-1]) < end:
        firsts.append(following(firsts[-1]))
    every = -(-len(firsts) // MONTH_NAMES_AT_MOST)
    return [text("mid", at(month + timedelta(days=14)), 171, speech.month(month)) for month in firsts[::every]]


def revision(x: float, words: str) -> list[Markup]:
    side = ("end", x - 0.015) if x > RIGHT_HALF else ("start", x + 0.015)
    return [line("dash", x, x, TOP, BOTTOM), text(*side, BOTTOM - 6, words)]


def latest(point: tuple[float, int], words: str) -> Markup:
    x, y = point
    return text("hot end", x, y + 5, words, -14) if x > RIGHT_HALF else text("hot", x, y + 5, words, 14)


def title(ratings: list[Rating], speech: Speech) -> str:
    return speech.gettext("How sure of it, from %(first)s to %(last)s") % {
        "first": speech.day(ratings[0].on),
        "last": speech.day(ratings[-1].on),
    }


def description(ratings: list[Rating], revised_on: list[date], speech: Speech) -> str:
    rated = [
        speech.gettext("%(rating)s of 5 on %(day)s") % {"rating": rating.confidence, "day": speech.day(rating.on)} for rating in ratings
    ]
    sentences = [", ".join(rated) + "."]
    sentences += [speech.gettext("The goal changed on %(day)s.") % {"day": speech.day(day)} for day in revised_on]
    return " ".join(sentences)


def as_table(ratings: list[Rating], speech: Speech) -> Markup:
    rows = [[speech.day(rating.on), str(rating.confidence)] for rating in ratings]
    head = [speech.gettext("When"), speech.gettext("How sure")]
    return table(speech.gettext("Show as a table"), speech.gettext("How sure of it, from 1 to 5"), head, rows, frozenset({1}))
