"""The programme from enrolling to closing: how many are at each place, and where they are not yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing, stretched, words
from services.portal.pages.svg import element, join
from services.portal.pages.viewer import Viewer

_TALL, _TOP, _BASE = 192, 28.0, 180.0
_LINE = 24  # pixels a line of words needs


@dataclass(frozen=True, kw_only=True)
class Place:
    """`name` is what they did, as in "have met"; `missing` says where the others are."""

    name: str
    people: int
    missing: str = ""


def programme_funnel(places: Sequence[Place], viewer: Viewer) -> Picture:
    """Five places from left to right; no place has more people than the one before it, the last is a part of the fourth."""
    voice = Voice.of(viewer)
    _ = voice.words.gettext
    most = max(place.people for place in places) or 1
    heights = [_BASE - (_BASE - _TOP) * place.people / most for place in places]
    middles = [100 / len(places) * (place + 0.5) for place in range(len(places))]
    last = 100 / len(places) * (len(places) - 1) - 2
    edge, lost = f"M0 {_BASE:g}L0 {heights[0]:g}L{middles[0]:g} {heights[0]:g}", ""
    for before, (x, y) in enumerate(list(zip(middles, heights, strict=True))[1:-1]):
        x0, y0 = middles[before], heights[before]
        edge += f"C{x0 + 11:g} {y0:g} {x - 11:g} {y:g} {x:g} {y:g}"
        lost += f"M{x0:g} {y0:g}C{x0 + 11:g} {y0:g} {x - 11:g} {y:g} {x:g} {y:g}L{x:g} {y0:g}Z"
    edge += f"L{last:g} {heights[-2]:g}L{last:g} {_BASE:g}Z"
    shapes = [
        element("path", class_="lostarea", d=lost) if lost else Markup(""),
        element("path", class_="flow", d=edge),
        element("path", class_="fall", d=f"M{last:g} {heights[-2]:g}L100 {heights[-2]:g}L100 {_BASE:g}L{last:g} {_BASE:g}"),
        element("rect", class_="full", x=f"{last:g}", width=f"{100 - last:g}", y=f"{heights[-1]:g}", height=f"{_BASE - heights[-1]:g}"),
    ]
    parts = [stretched(_TALL, shapes), *_labels(places, heights, middles, voice)]
    parts += [element("circle", class_="hotdot", cx=f"{x:g}%", cy=_BASE, r=4) for x in middles]
    about = ". ".join(f"{voice.number(place.people)} {place.name}" for place in places) + "."
    steps = element("ol", *(_step(place, voice) for place in places), class_="funnel")
    svg = drawing("funnel", _TALL, _("The programme from enrolment to closing"), about, parts)
    rows = tuple((place.name, voice.number(place.people), place.missing) for place in places)
    heads = (_("Place"), _("Protégés"), _("Not at this place"))
    table = Figures(_("Protégés at each place, and those who are not at the next one"), heads, rows, figures=False)
    return Picture(join([svg, steps]), table)


def _labels(places: Sequence[Place], heights: Sequence[float], middles: Sequence[float], voice: Voice) -> list[Markup]:
    labels = []
    for place in range(1, len(places) - 1):
        fewer = places[place - 1].people - places[place].people
        if fewer > 0:
            text = voice.words.ngettext("%(num)s fewer", "%(num)s fewer", fewer) % {"num": voice.number(fewer)}
            labels.append(words("mid", f"{middles[place]:g}%", heights[place - 1] - 8, text))
    running = places[-2].people - places[-1].people
    if running > 0:
        text = voice.words.ngettext("%(num)s still runs", "%(num)s still run", running) % {"num": voice.number(running)}
        roomy = heights[-1] - heights[-2] > _LINE
        at = (heights[-2] + heights[-1]) / 2 + 4 if roomy else heights[-2] - 8
        labels.append(words("mid", f"{middles[-1]:g}%", at, text))
    return labels


def _step(place: Place, voice: Voice) -> Markup:
    return element("li", element("b", voice.number(place.people)), element("small", place.name))
