"""Values in, HTML out: the one place that knows the template engine."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.portal.pages import people, times
from services.portal.pages.assets import asset
from services.portal.pages.form import Form
from services.portal.pages.frame import BOTTOM_BAR, rail
from services.portal.pages.sentences import said
from services.portal.pages.texts import LOCALES, texts
from services.portal.pages.viewer import Viewer, current

__all__ = ["Form", "Viewer", "render", "render_block"]


@cache
def environment() -> Environment:
    """Escapes everything, refuses a value nobody gave, speaks the language of the viewer."""
    folder = str(files(__package__) / "templates")
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    found.policies["ext.i18n.trimmed"] = True
    found.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        lambda text: texts(current.get().locale).gettext(text),
        lambda one, many, count: texts(current.get().locale).ngettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: texts(current.get().locale).pgettext(context, text),
        npgettext=lambda context, one, many, count: texts(current.get().locale).npgettext(context, one, many, count),
    )
    found.filters.update(
        exact=times.exact,
        clock=times.clock,
        day=times.day,
        period=times.period,
        weekday=times.weekday,
        month=times.month,
        ago=times.ago,
        relative=times.relative,
        days_since=times.days_since,
        place=times.place,
        number=times.number,
        percent=times.percent,
        listing=times.listing,
        initials=people.initials,
        hue=people.hue,
        first=people.first_name,
        said=lambda text: said(str(text), texts(current.get().locale)),
    )
    found.globals.update(
        asset=asset,
        rail=lambda: rail(current.get()),
        bottom_bar=BOTTOM_BAR,
        locales=LOCALES,
        form_token=lambda: current.get().form_token,
        no_form=Form(),
    )
    return found


def render(template: str, viewer: Viewer, **values: Any) -> str:
    """The page `template` for `viewer`.

    `toast` is what happened just now, `programme` ({name, href}) the one the page is about. A `partial` page comes without
    its frame: htmx takes the part it asked for out of it.
    """
    token = current.set(viewer)
    try:
        shown = {"toast": None, "programme": None, "partial": False, **values}
        return environment().get_template(template).render(viewer=viewer, **shown)
    finally:
        current.reset(token)


def render_block(template: str, block: str, viewer: Viewer, **values: Any) -> str:
    """One block of a page, for an answer that replaces only that part."""
    token = current.set(viewer)
    try:
        page = environment().get_template(template)
        context = page.new_context({"toast": None, "programme": None, "partial": True, "viewer": viewer, **values})
        return "".join(page.blocks[block](context))
    finally:
        current.reset(token)
