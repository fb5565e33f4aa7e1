"""Elements of SVG, escaped as Jinja escapes."""

from collections.abc import Iterable

from markupsafe import Markup, escape

# In SVG the case of a name counts.
_CASED = {"viewBox", "preserveAspectRatio"}


def element(tag: str, *content: str, **attributes: object) -> Markup:
    """One element. Attribute names lose a trailing underscore and turn others into dashes; `None` leaves one out."""
    written = Markup("").join(
        Markup(' {}="{}"').format(name if name in _CASED else name.rstrip("_").replace("_", "-"), value)
        for name, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(tag, written, join(content))


def join(parts: Iterable[str]) -> Markup:
    """Parts one after the other; plain text is escaped, markup stays."""
    return Markup("").join(escape(part) for part in parts)


def percent(share: float) -> str:
    """0.1639 is "16.39%"."""
    return f"{round(share * 100, 2):g}%"
