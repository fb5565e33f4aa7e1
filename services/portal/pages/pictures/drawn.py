"""What a picture is: the drawing, and the figures it was drawn from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from babel.numbers import format_decimal
from babel.support import NullTranslations
from markupsafe import Markup

from services.portal.pages.svg import element, join
from services.portal.pages.texts import texts
from services.portal.pages.times import locale_of
from services.portal.pages.viewer import Viewer


@dataclass(frozen=True)
class Figures:
    """The same as a picture, in rows. The first cell of a row is its head; `figures` when the others are numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: bool = True


@dataclass(frozen=True)
class Picture:
    """A drawing and its table."""

    svg: Markup
    table: Figures


@dataclass(frozen=True)
class Voice:
    """In which language a picture speaks."""

    words: NullTranslations
    number: Callable[[float], str]

    @classmethod
    def of(cls, viewer: Viewer) -> "Voice":
        locale = locale_of(viewer.locale)
        return cls(texts(viewer.locale), lambda value: format_decimal(value, locale=locale))


def drawing(name: str, height: float, title: str, description: str, parts: Iterable[str], *, kind: str = "", live: bool = False) -> Markup:
    """An SVG that says what it shows. `live`: it holds links, so it is no image to a screen reader but a group."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-about"),
        *parts,
        class_=f"pic {kind}".strip(),
        height=round(height),
        role="group" if live else "img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-about",
    )


def stretched(height: float, parts: Iterable[str], *, x: str = "0", width: str = "100%") -> Markup:
    """A part of a picture that stretches with its width: x from 0 to 100, y in pixels. Strokes keep their width."""
    return element(
        "svg",
        join(parts),
        x=x,
        width=width,
        height=round(height),
        viewBox=f"0 0 100 {round(height)}",
        preserveAspectRatio="none",
        overflow="visible",
    )


def words(kind: str, x: str, y: float, text: str) -> Markup:
    """A word in a picture. `kind`: "strong", "hot", "mid", "end", or several."""
    return element("text", text, class_=kind or None, x=x, y=round(y, 1))
