"""The whole match: protégés left, mentors right, a line per pair; who is left out stands apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing, stretched, words
from services.portal.pages.svg import element, join
from services.portal.pages.viewer import Viewer

GOOD = 80
FAIR = 60
_TOP = 34
_LEFT, _RIGHT = 34, 64  # percent: where the lines begin and end
_NAMED = 45  # up to so many pairs each protégé has a name of their own
_ROW, _DENSE_ROW, _LABEL = 24, 12, 22  # pixels
_MOST_DOTS = 6
_MOST_IDLE = 8  # mentors without a protégé who have a line of their own
_MOST_LEFT_OUT = 12


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A line. `href` leads to why these two."""

    protege: str
    mentor_id: str
    points: float
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Mentor:
    id: str
    name: str
    places: int = 1
    """Of a peer, who gives no places, 0."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    name: str
    reason: str
    href: str = ""


@dataclass
class _Layout:
    """Where everything stands, in pixels from the top."""

    protege_at: list[float] = field(default_factory=list)
    mentor_at: dict[str, float] = field(default_factory=dict)
    bottom: float = _TOP


def grade(points: float) -> str:
    """The class of a line: how good a pair is."""
    return "q3" if points >= GOOD else "q2" if points >= FAIR else "q1"


def whole_match(
    pairs: Sequence[Pair], mentors: Sequence[Mentor], left_out: Sequence[LeftOut], viewer: Viewer, heads: tuple[str, str] | None = None
) -> Picture:
    """Pairs stand beside their mentor, the best mentors' pairs first, so that lines do not cross. `heads`: what stands over the sides."""
    voice = Voice.of(viewer)
    known = {mentor.id: mentor for mentor in mentors}
    ordered = _ordered(pairs, known)
    busy = {pair.mentor_id for pair in ordered}
    idle = [mentor for mentor in mentors if mentor.id not in busy]
    shown = [mentor for mentor in mentors if mentor.id in busy] + idle[:_MOST_IDLE]
    layout = _lay_out(ordered, shown)
    taken = {mentor.id: sum(pair.mentor_id == mentor.id for pair in ordered) for mentor in mentors}
    named = len(ordered) <= _NAMED
    left, right = heads or _heads(ordered, left_out, mentors, voice)
    parts: list[Markup] = [words("strong", "0", 14, left), words("strong", f"{_RIGHT}%", 14, right)]
    lines = [_line(pair, at, layout.mentor_at[pair.mentor_id], known) for pair, at in zip(ordered, layout.protege_at, strict=True)]
    # The open pair is drawn last, over the others.
    lines = [line for line, pair in zip(lines, ordered, strict=True) if not pair.chosen] + [
        line for line, pair in zip(lines, ordered, strict=True) if pair.chosen
    ]
    parts.append(stretched(layout.bottom, lines, x=f"{_LEFT}%", width=f"{_RIGHT - _LEFT}%"))
    for pair, at in zip(ordered, layout.protege_at, strict=True):
        parts.append(element("circle", class_="dot", cx=f"{_LEFT}%", cy=at, r=5 if pair.chosen else 3))
        if named or pair.chosen:
            parts += _name(pair.protege, at, "strong end" if pair.chosen else "end")
    for mentor in shown:
        at = layout.mentor_at[mentor.id]
        chosen = any(pair.chosen and pair.mentor_id == mentor.id for pair in ordered)
        parts.append(
            element("text", short(mentor.name, 22), class_="strong" if chosen else None, x=f"{_RIGHT}%", y=round(at + 4, 1), dx=10)
        )
        parts.extend(_places(mentor, taken[mentor.id], at))
    height = layout.bottom
    more = len(idle) - _MOST_IDLE
    if more > 0:
        text = voice.words.ngettext("%(num)s more is free", "%(num)s more are free", more) % {"num": voice.number(more)}
        parts.append(element("text", text, x=f"{_RIGHT}%", y=round(height - _ROW / 2 + _LABEL + 4), dx=10))
        height += _LABEL
    if left_out:
        height = _left_out(parts, left_out, height, voice)
    title, about = _said(ordered, left_out, len(mentors), sum(max(mentor.places - taken[mentor.id], 0) for mentor in mentors), voice)
    svg = drawing("match", height, title, about, parts, kind="match", live=any(pair.href for pair in ordered))
    return Picture(svg, _table(ordered, left_out, known, voice))


def _ordered(pairs: Iterable[Pair], known: dict[str, Mentor]) -> list[Pair]:
    by_mentor: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_mentor.setdefault(pair.mentor_id, []).append(pair)
    groups = sorted(by_mentor.items(), key=lambda group: (-sum(p.points for p in group[1]) / len(group[1]), known[group[0]].name))
    return [pair for _, group in groups for pair in sorted(group, key=lambda pair: (-pair.points, pair.protege))]


def _lay_out(ordered: Sequence[Pair], mentors: Sequence[Mentor]) -> _Layout:
    layout = _Layout()
    row = _ROW if len(ordered) <= _NAMED else _DENSE_ROW
    layout.protege_at = [_TOP + row * (place + 0.5) for place in range(len(ordered))]
    middles: dict[str, list[float]] = {}
    for pair, at in zip(ordered, layout.protege_at, strict=True):
        middles.setdefault(pair.mentor_id, []).append(at)
    lowest = _TOP - _LABEL / 2
    for mentor_id, places in middles.items():
        lowest = max(sum(places) / len(places), lowest + _LABEL)
        layout.mentor_at[mentor_id] = lowest
    for mentor in mentors:
        if mentor.id not in layout.mentor_at:
            lowest += _LABEL
            layout.mentor_at[mentor.id] = lowest
    layout.bottom = max([*layout.protege_at, *layout.mentor_at.values(), _TOP]) + _ROW / 2
    return layout


def _heads(ordered: Sequence[Pair], left_out: Sequence[LeftOut], mentors: Sequence[Mentor], voice: Voice) -> tuple[str, str]:
    ngettext = voice.words.ngettext
    proteges = len(ordered) + len(left_out)
    return (
        ngettext("%(num)s protégé", "%(num)s protégés", proteges) % {"num": voice.number(proteges)},
        ngettext("%(num)s mentor", "%(num)s mentors", len(mentors)) % {"num": voice.number(len(mentors))},
    )


def _line(pair: Pair, start: float, end: float, known: dict[str, Mentor]) -> Markup:
    curve = f"M0 {start:g}C45 {start:g} 55 {end:g} 100 {end:g}"
    path = element("path", d=curve, class_="open" if pair.chosen else grade(pair.points))
    if not pair.href:
        return path
    # By keyboard one goes through the table, where each pair is a link too.
    title = element("title", f"{pair.protege}, {known[pair.mentor_id].name}: {pair.points:g}")
    return element("a", title, path, element("path", d=curve, class_="touch"), href=pair.href, tabindex="-1", aria_hidden="true")


def _name(name: str, at: float, kind: str) -> list[Markup]:
    """A name beside its dot: whole where there is room, first name and an initial on a phone."""
    parts = name.split()
    brief = f"{parts[0]} {parts[-1][0]}." if len(parts) > 1 else name
    return [
        element("text", text, class_=f"{kind} {room}", x=f"{_LEFT}%", y=round(at + 4, 1), dx=-12)
        for text, room in ((short(name), "roomy"), (short(brief, 16), "scant"))
    ]


def _places(mentor: Mentor, taken: int, at: float) -> Iterable[Markup]:
    places = max(mentor.places, taken) if mentor.places else 0
    if places > _MOST_DOTS:
        yield element("text", f"{taken}/{places}", class_="end", x="100%", y=round(at + 4, 1))
        return
    for place in range(places):
        kind = "place taken" if place < taken else "place"
        yield element("circle", class_=kind, cx="100%", cy=round(at, 1), r=3, transform=f"translate({-4 - 9 * (places - 1 - place)})")


def _left_out(parts: list[Markup], left_out: Sequence[LeftOut], top: float, voice: Voice) -> float:
    parts.append(element("line", class_="dash", x1="0", x2="100%", y1=round(top + 10), y2=round(top + 10)))
    parts.append(words("strong", "0", top + 36, voice.words.gettext("Left out")))
    for place, one in enumerate(left_out[:_MOST_LEFT_OUT]):
        at = top + 32 + 26 * place
        parts.append(element("circle", class_="lost", cx=f"{_LEFT}%", cy=round(at), r=4))
        label = join(
            [
                words("roomy", f"{_LEFT + 3}%", at + 4, f"{short(one.name)}, {one.reason}"),
                words("scant", f"{_LEFT + 5}%", at + 4, short(one.name)),
            ]
        )
        parts.append(element("a", label, href=one.href, tabindex="-1", aria_hidden="true") if one.href else label)
    more = len(left_out) - _MOST_LEFT_OUT
    bottom = top + 32 + 26 * min(len(left_out), _MOST_LEFT_OUT)
    if more > 0:
        text = voice.words.ngettext("%(num)s more is left out", "%(num)s more are left out", more) % {"num": voice.number(more)}
        parts.append(words("", f"{_LEFT}%", bottom, text))
        bottom += _LABEL
    return bottom


def _said(ordered: Sequence[Pair], left_out: Sequence[LeftOut], mentors: int, free: int, voice: Voice) -> tuple[str, str]:
    """Title and description: what somebody who sees no picture should know of it."""
    _ = voice.words.gettext
    title = _("The whole match: %(proteges)s protégés and %(mentors)s mentors") % {
        "proteges": voice.number(len(ordered) + len(left_out)),
        "mentors": voice.number(mentors),
    }
    grades = [grade(pair.points) for pair in ordered]
    about = _(
        "%(lines)s lines join protégés at the left with mentors at the right. %(good)s have 80 points or more, %(fair)s have 60 to 79, "
        "%(weak)s fewer than 60. %(left)s protégés below the line are left out. %(free)s places stay free."
    ) % {
        "lines": voice.number(len(ordered)),
        "good": voice.number(grades.count("q3")),
        "fair": voice.number(grades.count("q2")),
        "weak": voice.number(grades.count("q1")),
        "left": voice.number(len(left_out)),
        "free": voice.number(free),
    }
    return title, about


def _table(ordered: Sequence[Pair], left_out: Sequence[LeftOut], known: dict[str, Mentor], voice: Voice) -> Figures:
    _ = voice.words.gettext
    rows = [(pair.protege, known[pair.mentor_id].name, voice.number(pair.points)) for pair in ordered]
    rows += [(one.name, _("left out: %(reason)s") % {"reason": one.reason}, "") for one in left_out]
    return Figures(_("Every protégé, with mentor and points"), (_("Protégé"), _("Mentor"), _("Points")), tuple(rows), figures=False)


def short(name: str, most: int = 24) -> str:
    """The name, cut where it would run into something else."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
