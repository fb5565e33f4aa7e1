"""Elements of SVG, escaped as Jinja escapes."""

from collections.abc import Iterable

from markupsafe import Markup, escape

# In SVG the case of a name counts.
_CASED = {"viewBox", "preserveAspectRatio"}


def element(tag: str, *content: str, **attributes: object) -> Markup:
    """One element. Attribute names lose a trailing underscore and turn others into dashes; `None` leaves one out."""
    written = "".join(
        f' {name if name in _CASED else name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{join(content)}</{tag}>")  # noqa: S704 - values and content are escaped, names are ours


def join(parts: Iterable[str]) -> Markup:
    """Parts one after the other; plain text is escaped, markup stays."""
    return Markup("").join(escape(part) for part in parts)


def percent(share: float) -> str:
    """0.1639 is "16.39%"."""
    return f"{round(share * 100, 2):g}%"
