"""Every text of the participants' pages that is marked for translation, found as the catalog tools find them."""

from pathlib import Path

from babel.messages.extract import extract_from_file

from services.portal.pages import render

PORTAL = Path(render.__file__).parent.parent
NAMES = ("booking", "calendars", "clouds", "limits", "meetings", "participant", "taking_part")
CATALOGS = [PORTAL / "pages" / "locale" / "de" / f"{name}.po" for name in NAMES]
MODULES = (
    "afterwards",
    "agendas",
    "calendar_clouds",
    "calendars",
    "charters",
    "enrolment",
    "goals",
    "home",
    "inbox",
    "limits",
    "me",
    "meetings",
    "mentors",
    "moving",
    "participant",
    "partnership_course",
    "partnerships",
    "preparing",
    "plans",
    "proposals",
    "requests",
    "times",
    "video",
)
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
TRIMMED = {"trimmed": "true", "silent": "false"}


def sources() -> list[tuple[Path, str]]:
    """Every file with words in it, and how it is read."""
    pages = PORTAL / "pages"
    code = [PORTAL / "api" / f"{name}.py" for name in MODULES]
    code += [path for folder in ("words_participant", "pictures_participant") for path in sorted((pages / folder).glob("*.py"))]
    templates = sorted((pages / "templates" / "participant").glob("*.html"))
    return [*((path, "python") for path in code), *((path, "jinja2") for path in templates)]


def wanted() -> list[str | tuple[str, str]]:
    """Each text once, one and many together, in the order of the files."""
    found: dict[str, str | tuple[str, str]] = {}
    for path, method in sources():
        for _line, message, _comments, _context in extract_from_file(method, path, KEYWORDS, options=TRIMMED):
            key = message if isinstance(message, str) else message[0]
            if isinstance(message, str):
                found.setdefault(key, message)
            else:
                found[key] = (message[0], message[1])
    return [message for key, message in found.items() if key]
