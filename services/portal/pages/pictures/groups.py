"""A match too big for a line each: groups of protégés left, groups of mentors right, a band for the pairs of two groups."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing, stretched, words
from services.portal.pages.pictures.match import grade, short
from services.portal.pages.svg import element
from services.portal.pages.viewer import Viewer

_TOP = 34.0
_LEFT, _RIGHT = 40, 64  # percent: where the bands begin and end
_TALL = 440.0  # pixels for all people together
_SLOT, _GAP, _THINNEST = 36.0, 6.0, 1.5  # pixels


@dataclass(frozen=True, kw_only=True)
class Band:
    """The pairs of two groups. `points`: their mean, of 100. `href` leads to them."""

    left: str
    right: str
    pairs: int
    points: float
    href: str = ""


@dataclass
class _Stack:
    """Where the groups of one side stand, and how far down each is filled with bands, in pixels."""

    scale: float
    tops: dict[str, float] = field(default_factory=dict)
    heights: dict[str, float] = field(default_factory=dict)
    filled: dict[str, float] = field(default_factory=dict)
    bottom: float = _TOP

    def put(self, name: str, people: int) -> None:
        height = max(self.scale * people, _THINNEST)
        slot = max(height, _SLOT)
        self.tops[name], self.heights[name] = self.bottom + (slot - height) / 2, height
        self.filled[name] = self.tops[name]
        self.bottom += slot + _GAP

    def take(self, name: str, people: int) -> tuple[float, float]:
        start = self.filled[name]
        self.filled[name] = start + self.scale * people
        return start, self.filled[name]

    def middle(self, name: str) -> float:
        return self.tops[name] + self.heights[name] / 2


def groups_match(bands: Sequence[Band], left_out: Mapping[str, int], heads: tuple[str, str], viewer: Viewer) -> Picture:
    """Groups stand in the order in which they come in the bands, and those who are left out, by group, stand below their groups' pairs.

    `heads`: what stands over the two sides.
    """
    voice = Voice.of(viewer)
    left, right = _people(bands, left_out)
    scale = _TALL / max(sum(left.values()), 1)
    lefts, rights = _Stack(scale), _Stack(scale)
    for name, people in left.items():
        lefts.put(name, people)
    for name, people in right.items():
        rights.put(name, people)
    drawn = [_band(band, lefts.take(band.left, band.pairs), rights.take(band.right, band.pairs), voice) for band in bands]
    height = max(lefts.bottom, rights.bottom) + _GAP
    parts: list[Markup] = [words("strong", "0", 14, heads[0]), words("strong end", "100%", 14, heads[1])]
    parts.append(stretched(height, drawn, x=f"{_LEFT}%", width=f"{_RIGHT - _LEFT}%"))
    for name, people in left.items():
        alone = left_out.get(name, 0)
        parts += _label(name, _counted(people, alone, voice), lefts.middle(name), left=True)
        parts.append(_bar(f"{_LEFT}%", -6, lefts.tops[name], lefts.heights[name], "bar"))
        if alone:
            low, high = lefts.take(name, alone)
            parts.append(_bar(f"{_LEFT}%", -6, low, max(high - low, _THINNEST), "alone"))
    for name, people in right.items():
        parts += _label(name, voice.number(people), rights.middle(name), left=False)
        parts.append(_bar(f"{_RIGHT}%", 0, rights.tops[name], rights.heights[name], "bar"))
    _ = voice.words.gettext
    title = _("The whole match by group: %(left)s, %(right)s") % {"left": heads[0], "right": heads[1]}
    about = _("Bands join %(left)s groups at the left with %(right)s at the right, as wide as they have pairs. %(alone)s are left out.") % {
        "left": voice.number(len(left)),
        "right": voice.number(len(right)),
        "alone": voice.number(sum(left_out.values())),
    }
    svg = drawing("groups", height, title, about, parts, kind="match", live=True)
    return Picture(svg, _table(bands, left_out, heads, voice))


def _people(bands: Sequence[Band], left_out: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    left: dict[str, int] = defaultdict(int)
    right: dict[str, int] = defaultdict(int)
    for band in bands:
        left[band.left] += band.pairs
        right[band.right] += band.pairs
    for name, alone in left_out.items():
        left[name] += alone
    return left, right


def _band(band: Band, left: tuple[float, float], right: tuple[float, float], voice: Voice) -> Markup:
    (a, b), (c, d) = left, right
    shape = f"M0 {a:.1f}C45 {a:.1f} 55 {c:.1f} 100 {c:.1f}L100 {d:.1f}C55 {d:.1f} 45 {b:.1f} 0 {b:.1f}Z"
    said = voice.words.ngettext(
        "%(left)s, %(right)s: %(num)s pair, %(points)s points on average",
        "%(left)s, %(right)s: %(num)s pairs, %(points)s points on average",
        band.pairs,
    ) % {
        "left": band.left,
        "right": band.right,
        "num": voice.number(band.pairs),
        "points": voice.number(round(band.points)),
    }
    path = element("path", element("title", said), d=shape, class_=f"bundle {grade(band.points)}")
    # By keyboard one goes through the form, which chooses the same.
    return element("a", path, href=band.href, tabindex="-1", aria_hidden="true") if band.href else path


def _bar(x: str, shift: int, top: float, height: float, kind: str) -> Markup:
    return element("rect", class_=kind, x=x, y=f"{top:.1f}", width=6, height=f"{height:.1f}", transform=f"translate({shift})")


def _label(name: str, figure: str, at: float, *, left: bool) -> list[Markup]:
    """The name, shorter on a phone, and below it how many."""
    x, shift, side = f"{_LEFT if left else _RIGHT}%", -14 if left else 14, "end" if left else ""
    names = [
        element("text", short(name, most), class_=f"strong {room} {side}".strip(), x=x, y=round(at - 3, 1), dx=shift)
        for room, most in (("roomy", 21), ("scant", 11))
    ]
    return [*names, element("text", figure, class_=side or None, x=x, y=round(at + 13, 1), dx=shift)]


def _counted(people: int, alone: int, voice: Voice) -> str:
    if not alone:
        return voice.number(people)
    return voice.words.gettext("%(num)s, %(alone)s left out") % {"num": voice.number(people), "alone": voice.number(alone)}


def _table(bands: Sequence[Band], left_out: Mapping[str, int], heads: tuple[str, str], voice: Voice) -> Figures:
    _ = voice.words.gettext
    rows = [(band.left, band.right, voice.number(band.pairs), voice.number(round(band.points))) for band in bands]
    rows += [(name, _("left out"), voice.number(alone), "") for name, alone in left_out.items() if alone]
    columns = (*heads, _("Pairs"), _("Points on average"))
    return Figures(_("Pairs by group, and who is left out"), columns, tuple(rows), figures=False)
