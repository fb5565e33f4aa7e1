"""Parts of a whole as one bar: how the pairs are today."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.pages.pictures.drawn import Figures, Picture, Voice, drawing
from services.portal.pages.svg import element, percent
from services.portal.pages.viewer import Viewer

_GAP = 0.004  # of the width, between two parts


@dataclass(frozen=True, kw_only=True)
class Share:
    """`tone` is the class of the part's colour; the same as of its state."""

    name: str
    count: int
    tone: str


def shares_picture(name: str, title: str, shares: Sequence[Share], viewer: Viewer) -> Picture:
    """A bar of all, each part as wide as its share. Parts nobody is in are left out of the bar, not out of the table."""
    voice = Voice.of(viewer)
    whole = sum(share.count for share in shares) or 1
    start, parts = 0.0, []
    for share in shares:
        if share.count:
            width = share.count / whole
            shown = max(width - _GAP, 0.002)
            parts.append(element("rect", class_=f"part {share.tone}".strip(), x=percent(start), width=percent(shown), y=2, height=20, rx=3))
            start += width
    about = ", ".join(f"{share.name}: {voice.number(share.count)}" for share in shares)
    rows = tuple((share.name, voice.number(share.count)) for share in shares)
    heads = (voice.words.gettext("State"), voice.words.gettext("Pairs"))
    return Picture(drawing(name, 24, title, about, parts), Figures(title, heads, rows))


def share_bar(share: float) -> Markup:
    """A share of 1 beside its figure, which says the same."""
    full = element("rect", class_="full", width=percent(share), height=10, rx=2)
    return element("svg", element("rect", class_="ghost", width="100%", height=10, rx=2), full, class_="pic fallbar", aria_hidden="true")
