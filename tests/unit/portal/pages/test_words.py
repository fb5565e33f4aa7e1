"""Every word of the kit's and the managers' pages is there in German, and takes the same values."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PORTAL = Path(__file__).parents[4] / "services" / "portal"
CATALOGS = PORTAL / "pages" / "locale" / "de"
METHODS = [("pages/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"pages/templates/**.html": {"trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
PAGES = (
    r"templates/(manager/|parts/|[a-z_]+\.html)",
    r"pictures/",
    r"words_(manager|settings|runs|reasons)",
    r"sentences",
    r"times",
)
ROUTES = (
    r"match_runs/[a-z_]+",
    *("managing", "programmes", "programme_settings", "settings_file", "terms", "enrolments", "health", "home_manager", "imports"),
    *("queue", "managed_requests", "managed_enrolments", "managed_partnership", "offers", "administration", "undelivered"),
)
OURS = re.compile(rf"pages/({'|'.join(PAGES)})|api/({'|'.join(ROUTES)})\.py")
HOLE = re.compile(r"%\((\w+)\)[sd]")
Message = tuple[str, ...]


@cache
def catalog() -> dict[str, Message]:
    found: dict[str, Message] = {}
    for path in sorted(CATALOGS.glob("*.po")):
        for message in read_po(BytesIO(path.read_bytes()), locale="de"):
            if message.id:
                ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
                words = message.string if isinstance(message.string, tuple | list) else (message.string,)
                found[str(ids[0])] = tuple(str(word or "") for word in words)
    return found


def messages() -> list[tuple[str, Message]]:
    found: dict[str, tuple[str, Message]] = {}
    for file, _line, message, *_ in extract_from_dir(str(PORTAL), METHODS, OPTIONS, keywords=KEYWORDS):
        if OURS.match(file):
            ids = (message,) if isinstance(message, str) else tuple(one for one in message if isinstance(one, str))
            found.setdefault(ids[0], (file, ids))
    return list(found.values())


def test_there_are_words_to_look_at() -> None:
    assert len(messages()) > 500


def test_every_message_has_german_words_with_the_same_holes() -> None:
    faults = []
    for file, ids in messages():
        german = catalog().get(ids[0])
        if not german or not all(german):
            faults.append(f"{file}: {ids[0]!r} has no German words")
            continue
        holes = set(HOLE.findall(" ".join(ids)))
        faults += [f"{words!r} asks for what {ids[0]!r} does not have" for words in german if set(HOLE.findall(words)) - holes]
        if len(ids) == 1 and set(HOLE.findall(german[0])) != holes:
            faults.append(f"{german[0]!r} leaves out what {ids[0]!r} says")
    assert faults == []
