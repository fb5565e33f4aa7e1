"""Calendar texts are read in processes of their own: what is hostile takes nobody's time but its own."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.scheduling.slots import Unreadable
from services.scheduling.store.parsing import READERS, Readers, read_file, read_objects, times_only
from services.scheduling.store.provider import Scope

SCOPE = Scope(start=1_772_323_200, end=1_780_099_200, zone="Europe/Lisbon")
NOON = (1_772_366_400, 1_772_370_000)
EVENT = "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20260301T120000Z\r\nDURATION:PT1H\r\n{more}END:VEVENT\r\n"


def calendar(*events: str) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"


def heavy(count: int = 400) -> str:
    """Takes minutes, within all that is allowed of a single entry."""
    rule = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99990101T000000Z\r\n"
    return calendar(*(EVENT.format(uid=number, more=rule) for number in range(count)))


async def test_a_file_is_read_as_an_item_for_each_entry_and_one_for_what_nobody_can_read() -> None:
    broken = "BEGIN:VEVENT\r\nUID:x\r\nDTSTART:soon\r\nEND:VEVENT\r\n"
    first, second, unread = await read_file(
        calendar(EVENT.format(uid="a", more="SEQUENCE:3\r\n"), EVENT.format(uid="b", more=""), broken), SCOPE
    )
    assert (first.uid, first.edition[0], first.busy) == ("a", 3, (NOON,))
    assert (second.uid, second.busy) == ("b", (NOON,))
    assert (unread.unread, unread.busy) == (1, ())


async def test_one_object_that_is_no_calendar_spoils_no_other() -> None:
    found = await read_objects({"good": calendar(EVENT.format(uid="a", more="")), "bad": "<html>", "\udcff": calendar()}, SCOPE)
    assert [(item.key, item.busy, item.unread) for item in found] == [("good", (NOON,), 0), ("bad", (), 1), ("\udcff", (), 0)]


async def test_what_is_kept_of_a_file_has_no_words() -> None:
    kept = await times_only(calendar(EVENT.format(uid="a", more="SUMMARY:Secret plans\r\n")))
    assert "DTSTART" in kept
    assert "Secret" not in kept
    with pytest.raises(Unreadable, match="web page"):
        await times_only("<!doctype html>")


@pytest.fixture
def readers_with() -> Iterator[Callable[..., Readers]]:
    """Readers with limits of their own, closed at the end."""
    made: list[Readers] = []

    def make(**limits: float) -> Readers:
        made.append(Readers(**limits))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for readers in made:
        readers.close()


async def test_a_text_that_takes_more_processor_time_than_it_is_given_is_refused_and_the_next_is_read(
    readers_with: Callable[..., Readers],
) -> None:
    readers = readers_with(cpu_seconds=1)
    texts = {str(number): heavy() for number in range(40)}
    with pytest.raises(Unreadable, match="too long"):
        await readers.read("objects", texts, SCOPE)
    assert await readers.read("objects", {"a": calendar()}, SCOPE)


async def test_a_text_that_takes_longer_than_anybody_waits_is_refused(readers_with: Callable[..., Readers]) -> None:
    readers = readers_with(wall_seconds=0.0)
    with pytest.raises(Unreadable, match="too long"):
        await readers.read("file", heavy(), SCOPE)


async def test_while_a_hostile_text_is_read_others_are_not_kept_waiting() -> None:
    await asyncio.gather(read_file(calendar(), SCOPE), read_file(calendar(), SCOPE))
    hostile = asyncio.create_task(READERS.read("objects", {str(number): heavy() for number in range(40)}, SCOPE))
    for _ in range(20):
        assert len(await read_file(calendar(EVENT.format(uid="a", more="")), SCOPE)) == 1
    assert not hostile.done()
    hostile.cancel()
    await asyncio.gather(hostile, return_exceptions=True)
    assert len(await read_file(calendar(EVENT.format(uid="a", more="")), SCOPE)) == 1


async def test_the_process_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch, readers_with: Callable[..., Readers]) -> None:
    monkeypatch.setenv("SCHEDULING_SECRET_KEY", "orange")
    readers = readers_with()
    await readers.read("file", calendar(), SCOPE)
    (process,) = readers._processes
    assert b"orange" not in Path(f"/proc/{process._process.pid}/environ").read_bytes()  # noqa: ASYNC240 - a file that is no file
