"""WebDAV's questions and answers (RFC 4918, 4791, 6578): requests as XML, answers as records, read from XML that declares nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from services.scheduling.store.provider import CalendarServerError
from shared.http import Response

MULTI_STATUS = 207
MOST_ELEMENTS, DEEPEST = 1_000_000, 40
_AT_ONE_BREATH = 65_536

DAV, CALDAV, SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"

WHO = """<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><resourcetype/><displayname/><current-user-principal/>
<current-user-privilege-set/><C:calendar-home-set/><C:supported-calendar-component-set/></prop></propfind>"""
STATE = """<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:" xmlns:S="http://calendarserver.org/ns/"><prop><S:getctag/></prop></propfind>"""
# Never with a limit: servers have been seen to cut their answer then without saying so.
SYNC = """<?xml version="1.0" encoding="utf-8"?>
<sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"""
# Never with `expand`: it costs the server minutes.
QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{start}" end="{end}"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""
FREE_BUSY = """<?xml version="1.0" encoding="utf-8"?>
<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="{start}" end="{end}"/></C:free-busy-query>"""
_MULTIGET = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>
{hrefs}</C:calendar-multiget>"""


def multiget(hrefs: Sequence[str]) -> str:
    """The question for these objects."""
    return _MULTIGET.format(hrefs="".join(f"<href>{escape(href)}</href>" for href in hrefs))


def sync(token: str) -> str:
    """The question for what has changed since a token; for all there is when it is empty."""
    return SYNC.format(token=escape(token))


@dataclass(frozen=True)
class Resource:
    """What an answer says of one address."""

    href: str
    status: int
    node: Any

    @property
    def etag(self) -> str | None:
        return self.node.findtext(f"{DAV}propstat/{DAV}prop/{DAV}getetag") or None

    @property
    def calendar_data(self) -> str | None:
        return self.node.findtext(f"{DAV}propstat/{DAV}prop/{CALDAV}calendar-data") or None

    @property
    def name(self) -> str:
        return (self.node.findtext(f"{DAV}propstat/{DAV}prop/{DAV}displayname") or "").strip()

    @property
    def is_calendar(self) -> bool:
        """Whether it is a calendar that may hold events."""
        parts = [part.get("name") for part in self.node.iter(f"{CALDAV}comp")]
        return self.node.find(f".//{DAV}resourcetype/{CALDAV}calendar") is not None and (not parts or "VEVENT" in parts)

    @property
    def is_writable(self) -> bool:
        """Whether we may write there; a server that does not say so lets us find out."""
        privileges = self.node.find(f".//{DAV}current-user-privilege-set")
        if privileges is None or not len(privileges):
            return True
        return any(privileges.find(f".//{DAV}{name}") is not None for name in ("all", "write", "write-content", "bind"))

    def address(self, base: str, path: str) -> str | None:
        """An address it names; only one on the server we speak to."""
        found = self.node.findtext(path)
        if not found:
            return None
        address = urljoin(base, found.strip())
        return address if urlsplit(address)[:2] == urlsplit(base)[:2] else None


class Answer:
    """A multi-status answer."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self.token: str | None = root.findtext(f"{DAV}sync-token") or None

    def resources(self) -> Iterator[Resource]:
        """What it says, address by address."""
        for node in self._root.iter(f"{DAV}response"):
            yield Resource((node.findtext(f"{DAV}href") or "").strip(), _status(node.findtext(f"{DAV}status")), node)

    def text(self, path: str) -> str | None:
        """The first text there."""
        return self._root.findtext(path) or None


def _status(line: str | None) -> int:
    """The number in `HTTP/1.1 404 Not Found`; what has no status of its own is there."""
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdigit() else 200


class _Builder(ET.TreeBuilder):
    """Builds a tree of a size one can bear; the first declaration ends it, so no entity can be made."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def doctype(self, *_: Any) -> None:
        raise ValueError("a document type is declared")

    def start(self, tag: Any, attributes: Any, /) -> Any:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise ValueError("too much of it")
        return super().start(tag, attributes)

    def end(self, tag: Any, /) -> Any:
        self._depth -= 1
        return super().end(tag)


async def read_answer(answer: Response) -> Answer:
    """The answer as records, read with a turn for everybody else now and then. Raises CalendarServerError."""
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - the builder refuses declarations, depth and size
    text = answer.text  # as text, so that no encoding named within can hide anything
    try:
        for begin in range(0, len(text), _AT_ONE_BREATH):
            parser.feed(text[begin : begin + _AT_ONE_BREATH])
            await asyncio.sleep(0)
        return Answer(parser.close())
    except (ET.ParseError, ValueError) as problem:
        raise CalendarServerError("This is not the answer of a calendar server.", lasting=True) from problem
