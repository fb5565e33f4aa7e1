"""Calendars and servers as nobody wants them: each is refused or degraded in plain words, within bounds, and harms nobody else."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.scheduling.store import CalDavAccount, CalendarServerError, Feed, Scope, caldav, files
from shared.http import Guard
from tests.integration.scheduling.peers import HOUR, entry

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)
SPAN = int(NOON.timestamp()), int((NOON + HOUR).timestamp())
SCOPE = Scope(start=SPAN[0] - 86_400, end=SPAN[1] + 30 * 86_400, zone="Europe/Lisbon")
HANG = b"hang"


def answer(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    """An answer as it goes over the wire."""
    content = body.encode() if isinstance(body, str) else body
    named = {"content-type": "text/calendar", "content-length": str(len(content)), "connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content


@dataclass
class ScriptedServer:
    """Answers what it is told to; the last answer again and again."""

    answers: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/calendar.ics"

    @property
    def guard(self) -> Guard:
        return Guard.allowing([f"127.0.0.1:{self.port}"])

    def feed(self) -> Feed:
        return Feed(self.address, self.guard)

    def account(self) -> CalDavAccount:
        return CalDavAccount(self.address, "ines", "orange", self.guard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode())
        now = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if now == HANG:
            await reader.read()
        else:
            writer.write(now)
            await writer.drain()
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.port = listening.sockets[0].getsockname()[1]
    yield scripted
    listening.close()


async def refused(server: ScriptedServer, *answers: bytes) -> CalendarServerError:
    """What is said of a feed that answers so."""
    server.answers[:] = answers
    with pytest.raises(CalendarServerError) as told:
        await server.feed().changes("file", SCOPE, None)
    return told.value


async def busy(server: ScriptedServer, *answers: bytes) -> Sequence[tuple[int, int]]:
    server.answers[:] = answers
    return list((await server.feed().busy("file", SCOPE)).spans)


# ---------------------------------------------------------------- servers


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/calendar.ics",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "http://example.org/",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "https://example.org:22/",
    ],
)
async def test_a_feed_that_sends_us_on_to_where_nobody_may_go_is_refused(server: ScriptedServer, target: str) -> None:
    error = await refused(server, answer("", "301 Moved Permanently", location=target))
    assert error.lasting
    assert len(server.asked) == 1


async def test_a_feed_may_move_within_what_may_be_reached_but_not_for_ever(server: ScriptedServer) -> None:
    moved = answer("", "301 Moved Permanently", location="/moved.ics")
    assert await busy(server, moved, answer(entry("1", NOON))) == [SPAN]
    error = await refused(server, moved)
    assert "round in circles" in str(error)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "410 Gone"])
async def test_a_feed_that_is_not_published_any_more_asks_for_its_new_address(server: ScriptedServer, status: str) -> None:
    error = await refused(server, answer("", status))
    assert (error.reconnect, error.lasting) == (True, True)


async def test_a_server_that_wants_to_be_left_alone_is_left_alone_for_as_long(server: ScriptedServer) -> None:
    error = await refused(server, answer("", "429 Too Many Requests", retry_after="1800"))
    assert (error.retry_after, error.lasting) == (1800.0, False)
    error = await refused(server, answer("", "503 Service Unavailable", retry_after=format_datetime(datetime.now(UTC) + HOUR, usegmt=True)))
    assert error.retry_after is not None
    assert 3000 < error.retry_after <= 3600
    for nonsense in ("soon", "-1", "99999999999", "1" * 5000, ""):
        error = await refused(server, answer("", "429 Too Many Requests", retry_after=nonsense))
        assert error.retry_after is None or error.retry_after <= 86_400


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway", "418 I'm a teapot", "204 No Content"])
async def test_a_server_with_a_fault_of_its_own_is_asked_again_later(server: ScriptedServer, status: str) -> None:
    error = await refused(server, answer("", status))
    assert (error.lasting, error.reconnect) == (False, False)


async def test_half_an_answer_is_none(server: ScriptedServer) -> None:
    whole = answer(entry("1", NOON))
    error = await refused(server, whole[: len(whole) - 60])
    assert not error.lasting
    chunked = answer("", content_length="0").replace(b"content-length: 0", b"transfer-encoding: chunked")
    error = await refused(server, chunked + b"20\r\nBEGIN:VCALENDAR\r\n")
    assert not error.lasting


@pytest.mark.parametrize("nonsense", [b"", b"HTTP/9.9 1000 ?\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 1000])
async def test_what_is_no_answer_at_all_is_told_as_such(server: ScriptedServer, nonsense: bytes) -> None:
    assert not (await refused(server, nonsense)).lasting


async def test_a_server_that_says_nothing_is_not_waited_for(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WHOLE_SECONDS", 0.3)
    monkeypatch.setattr(caldav, "READING_SECONDS", 0.3)
    assert "too long" in str(await refused(server, HANG))
    with pytest.raises(CalendarServerError, match="too long"):
        await server.account().changes(server.address, SCOPE, None)


# ---------------------------------------------------------------- files


async def test_what_is_packed_is_not_unpacked(server: ScriptedServer) -> None:
    bomb = gzip.compress(b"BEGIN:VCALENDAR\r\n" + b"\0" * 50_000_000)
    assert "packed" in str(await refused(server, answer(bomb, content_encoding="gzip")))
    assert "compressed file" in str(await refused(server, answer(bomb)))
    assert all("accept-encoding: identity" in asked.lower() for asked in server.asked)


async def test_a_calendar_of_more_than_ten_megabytes_is_not_read_to_its_end(server: ScriptedServer) -> None:
    large = b"BEGIN:VCALENDAR\r\n" + b"X-A:" + b"a" * 10_500_000
    assert "longer than 10 MB" in str(await refused(server, answer(large)))


async def test_a_calendar_of_more_than_twenty_thousand_entries_is_refused_and_one_of_as_many_is_read(server: ScriptedServer) -> None:
    one = "BEGIN:VEVENT\r\nUID:{}\r\nDTSTART:20200101T120000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"

    def of(count: int) -> bytes:
        return answer("BEGIN:VCALENDAR\r\n" + "".join(one.format(number) for number in range(count)) + "END:VCALENDAR\r\n")

    assert await busy(server, of(20_000)) == []
    assert "more than 20000" in str(await refused(server, of(20_001)))


@pytest.mark.parametrize(
    "more",
    [
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=MINUTELY;INTERVAL=1",
        "RRULE:FREQ=DAILY;BYSECOND=" + ",".join(map(str, range(60))),
        "X-LONG:" + "a" * 10_000,
        "DTSTART;X=" + "y" * 200_000 + ":20260301T120000Z",
        "BEGIN:VALARM\r\n" * 15 + "END:VALARM\r\n" * 15 + "X-A:b",
        "RDATE:" + ",".join(["20260301T120000Z"] * 5_000),
        "SUMMARY:\udcff\udcfe",
        "DTSTART:99999999T999999Z",
    ],
)
async def test_a_hostile_entry_takes_nothing_from_the_others(server: ScriptedServer, more: str) -> None:
    hostile = entry("hostile", NOON + 5 * HOUR, more).replace("END:VCALENDAR\r\n", "")
    good = entry("good", NOON).split("PRODID:-//test//EN\r\n")[1]
    content = (hostile + good).encode("utf-8", "surrogateescape")
    assert SPAN in await busy(server, answer(content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 5_000, ""),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 5_000, "deep"),
        (entry("1", NOON).encode("utf-16"), "UTF-16"),
        (b"\xff\xfe\x00\x01" * 100, "UTF-16"),
        (b"", "empty"),
        (b"<!DOCTYPE html><html>Sign in</html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"BEGIN:VCALENDAR\0\r\nEND:VCALENDAR", "no text"),
    ],
)
async def test_what_is_no_calendar_is_named_for_what_it_is_or_read_as_nothing(server: ScriptedServer, content: bytes, words: str) -> None:
    server.answers[:] = [answer(content)]
    try:
        found = await server.feed().changes("file", SCOPE, None)
    except CalendarServerError as error:
        assert words in str(error)  # noqa: PT017 - either is right
    else:
        assert not words
        assert found.unread > 0


async def test_latin_bytes_cost_nothing_but_their_letters(server: ScriptedServer) -> None:
    content = entry("1", NOON).replace("Secret plans", "Käse").encode("latin-1")
    assert await busy(server, answer(content)) == [SPAN]


# ---------------------------------------------------------------- a feed that stays


async def test_a_feed_that_has_not_changed_is_not_read_again(server: ScriptedServer) -> None:
    content = entry("1", NOON).replace("VERSION:2.0", "VERSION:2.0\r\nREFRESH-INTERVAL;VALUE=DURATION:PT12H")
    server.answers[:] = [answer(content, etag='"a"'), answer("", "304 Not Modified", etag='"a"'), answer(content, etag='"b"')]
    first = await server.feed().changes("file", SCOPE, None)
    assert (first.reset, first.stays_seconds, first.items[0].busy) == (True, 12 * 3600.0, (SPAN,))
    for _ in range(2):
        again = await server.feed().changes("file", SCOPE, first.cursor)
        assert (again.reset, list(again.items), again.stays_seconds) == (False, [], 12 * 3600.0)
    assert 'if-none-match: "a"' in server.asked[1].lower()


@pytest.mark.parametrize(("hint", "seconds"), [("PT1M", 900), ("PT1H", 3600), ("P30D", 86_400), ("soon", 900), ("-PT5H", 900)])
async def test_its_publisher_s_word_on_how_often_to_look_counts_between_a_quarter_of_an_hour_and_a_day(
    server: ScriptedServer, hint: str, seconds: int
) -> None:
    server.answers[:] = [answer(entry("1", NOON).replace("VERSION:2.0", f"VERSION:2.0\r\nX-PUBLISHED-TTL:{hint}"))]
    assert (await server.feed().changes("file", SCOPE, None)).stays_seconds == seconds


# ---------------------------------------------------------------- CalDAV


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><multistatus xmlns="DAV:">&x;</multistatus>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><multistatus xmlns="DAV:"/>',
        '<?xml version="1.0" encoding="utf-7"?>+ADw-multistatus/+AD4-',
        '<multistatus xmlns="DAV:">' + "<a>" * 1000 + "</a>" * 1000 + "</multistatus>",
        '<multistatus xmlns="DAV:">',
        "BEGIN:VCALENDAR",
        "",
        "<" * 100_000,
    ],
)
async def test_xml_that_declares_or_nests_or_is_none_is_refused(server: ScriptedServer, body: str) -> None:
    server.answers[:] = [answer(body, "207 Multi-Status", content_type="application/xml")]
    with pytest.raises(CalendarServerError, match="not the answer of a calendar server"):
        await server.account().changes(server.address, SCOPE, None)
    with pytest.raises(CalendarServerError):
        await server.account().discover()


async def test_a_password_goes_to_no_other_server(server: ScriptedServer) -> None:
    server.answers[:] = [answer("", "301 Moved Permanently", location="https://example.org/")]
    with pytest.raises(CalendarServerError, match="another one"):
        await server.account().discover()
    assert len(server.asked) == 1


# ---------------------------------------------------------------- servers that know less


def multistatus(*responses: str, token: str = "", status: str = "207 Multi-Status") -> bytes:
    """An answer of a calendar server."""
    names = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
    marked = f"<sync-token>{token}</sync-token>" if token else ""
    return answer(f"<multistatus {names}>{''.join(responses)}{marked}</multistatus>", status, content_type="application/xml")


def response(name: str, more: str = "", status: str = "") -> str:
    """What it says of one object."""
    said = f"<status>HTTP/1.1 {status}</status>" if status else f"<propstat><prop><getetag>1</getetag>{more}</prop></propstat>"
    return f"<response><href>/{name}</href>{said}</response>"


def with_data(name: str, number: int = 0) -> str:
    return response(f"{name}.ics", f"<C:calendar-data>{entry(name, NOON + number * HOUR)}</C:calendar-data>")


CTAG = multistatus(response("", "<S:getctag>7</S:getctag>"))


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "405 Method Not Allowed", "415 Unsupported", "501 Not Implemented"])
async def test_a_server_that_cannot_tell_changes_is_asked_for_all_when_its_mark_has_changed(server: ScriptedServer, status: str) -> None:
    server.answers[:] = [answer("", status), CTAG, multistatus(with_data("a")), CTAG]
    found = await server.account().changes(server.address, SCOPE, None)
    assert (found.reset, [item.busy for item in found.items]) == (True, [(SPAN,)])
    again = await server.account().changes(server.address, SCOPE, found.cursor)
    assert (again.reset, list(again.items), again.cursor) == (False, [], found.cursor)
    assert len(server.asked) == 4, "one question when nothing has changed"


async def test_where_only_free_and_busy_may_be_read_that_is_read(server: ScriptedServer) -> None:
    stamps = [f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}" for at in SPAN]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VFREEBUSY", "DTSTAMP:20260101T000000Z"]
    lines += [f"FREEBUSY;FBTYPE=BUSY:{'/'.join(stamps)}", "FREEBUSY;FBTYPE=FREE:20260101T000000Z/20260102T000000Z"]
    summed = answer("\r\n".join([*lines, "END:VFREEBUSY", "END:VCALENDAR", ""]))
    server.answers[:] = [answer("", "403 Forbidden"), answer("", "403 Forbidden"), summed]
    found = await server.account().changes(server.address, SCOPE, None)
    assert (found.reset, found.cursor, [item.busy for item in found.items]) == (True, None, [(SPAN,)])
    server.answers[:] = [answer("", "403 Forbidden"), summed]
    assert list((await server.account().busy(server.address, SCOPE)).spans) == [SPAN]
    server.answers[:] = [answer("", "403 Forbidden")]
    with pytest.raises(CalendarServerError, match="does not allow"):
        await server.account().changes(server.address, SCOPE, None)


@pytest.mark.parametrize("status", ["403 Forbidden", "409 Conflict", "410 Gone", "412 Precondition Failed"])
async def test_however_a_server_refuses_a_token_all_is_read_anew(server: ScriptedServer, status: str) -> None:
    server.answers[:] = [answer("", status), multistatus(response("a.ics"), token="t2"), multistatus(with_data("a"))]
    found = await server.account().changes(server.address, SCOPE, "t1")
    assert (found.reset, found.cursor, [item.busy for item in found.items]) == (True, "t2", [(SPAN,)])


async def test_an_answer_in_pages_is_read_to_its_end_and_only_the_last_token_is_kept(server: ScriptedServer) -> None:
    cut = response("calendar.ics", status="507 Insufficient Storage")
    pages = [
        multistatus(response("a.ics"), response("b.ics"), cut, token="t2"),
        multistatus(response("b.ics", status="404 Not Found"), response("c.ics"), token="t3"),
    ]
    server.answers[:] = [*pages, multistatus(with_data("a"), with_data("c", 2))]
    found = await server.account().changes(server.address, SCOPE, "t1")
    assert {item.key: item.gone for item in found.items} == {"a": False, "b": True, "c": False}
    assert (found.reset, found.cursor) == (False, "t3")
    assert len(server.asked) == 3


async def test_an_answer_without_end_is_left(server: ScriptedServer) -> None:
    cut = response("calendar.ics", status="507 Insufficient Storage")
    server.answers[:] = [multistatus(response(f"{number}.ics"), cut, token=f"t{number}") for number in range(150)]
    with pytest.raises(CalendarServerError, match="never comes to an end"):
        await server.account().changes(server.address, SCOPE, None)
    assert len(server.asked) <= 100


async def test_what_is_gone_by_the_time_it_is_fetched_is_gone(server: ScriptedServer) -> None:
    listed = multistatus(response("a.ics"), response("b.ics"), token="t2")
    server.answers[:] = [listed, multistatus(with_data("a"), response("b.ics", status="404 Not Found"))]
    found = await server.account().changes(server.address, SCOPE, "t1")
    assert {item.key: item.gone for item in found.items} == {"a": False, "b": True}


async def test_an_object_that_holds_whole_files_is_left_out_and_counted_and_the_rest_is_read(server: ScriptedServer) -> None:
    large = multistatus(response("large.ics", f"<C:calendar-data>{'a' * 10_500_000}</C:calendar-data>"))
    listed = multistatus(response("good.ics"), response("large.ics"), token="t1")
    server.answers[:] = [listed, large, multistatus(with_data("good")), large]
    found = await server.account().changes(server.address, SCOPE, None)
    assert {item.key: (item.busy, item.unread) for item in found.items} == {"good": ((SPAN,), 0), "large": ((), 1)}
    assert found.cursor == "t1"
