"""The few pieces of SVG the pictures are made of, escaped as Jinja escapes."""

from collections.abc import Iterable

from markupsafe import Markup, escape

__all__ = ["circle", "element", "join", "line", "percent", "picture", "rect", "table", "text"]


def element(tag: str, *content: str, **attributes: object) -> Markup:
    """One element. Attribute names lose a trailing underscore and turn others into dashes; `None` leaves one out.

    Names are ours, values and content are escaped here: `Markup.format` does the same five times slower, and a picture has a hundred.
    """
    written = "".join(f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items() if value is not None)
    return Markup(f"<{tag}{written}>{join(content)}</{tag}>")  # noqa: S704 - every part of it is ours or escaped


def join(parts: Iterable[str]) -> Markup:
    """Parts one after the other; plain text is escaped, markup stays."""
    return Markup("".join([escape(part) for part in parts]))  # noqa: S704 - every part of it is escaped


def percent(share: float) -> str:
    """0.1639 is "16.39%"."""
    return f"{round(share * 100, 2):g}%"


def rect(kind: str, left: float, width: float, top: int, height: int, *, radius: int = 4) -> Markup:
    return element("rect", class_=kind, x=percent(left), y=top, width=percent(width), height=height, rx=radius)


def line(kind: str, left: float, right: float, top: int, bottom: int) -> Markup:
    return element("line", class_=kind, x1=percent(left), x2=percent(right), y1=top, y2=bottom)


def circle(kind: str, x: float, y: int, radius: int) -> Markup:
    return element("circle", class_=kind, cx=percent(x), cy=y, r=radius)


def text(kind: str, x: float, y: int, words: str, shift: int | None = None) -> Markup:
    return element("text", words, class_=kind or None, x=percent(x), y=y, dx=shift)


def picture(name: str, height: int, title: str, description: str, *content: str) -> Markup:
    """An `svg` that says what it shows. `name` is unique on the page."""
    return element(
        "svg",
        element("title", title, id=f"{name}-t"),
        element("desc", description, id=f"{name}-d"),
        *content,
        class_="pic",
        height=height,
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
    )


def table(summary: str, caption: str, head: list[str], rows: list[list[str]], numbers: frozenset[int] = frozenset()) -> Markup:
    """The same as the picture, as a table behind a button. `numbers` are the columns set to the right."""

    def kind(column: int) -> str | None:
        return "num" if column in numbers else None

    heads = [element("th", words, scope="col", class_=kind(column)) for column, words in enumerate(head)]
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_=kind(column)) for column, cell in enumerate(row[1:], start=1)),
        )
        for row in rows
    ]
    return element(
        "details",
        element("summary", summary),
        element(
            "table", element("caption", caption), element("thead", element("tr", *heads)), element("tbody", *body), class_="table tight"
        ),
        class_="more",
    )
