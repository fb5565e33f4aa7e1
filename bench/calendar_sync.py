"""A CalDAV calendar of 5,000 events on a real Radicale: looking at it again when nothing has changed, against the first time."""

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.heavy_calendar import heavy_calendar
from bench.report import report
from deploy.local.ports import free_ports
from services.scheduling.store import CalDavAccount, CalendarServerError, Changes, Scope
from shared.http import Guard, Response

EVENTS, ROUNDS, MOST_REQUESTS = 5_000, 3, 2
PATIENCE_SECONDS = 60.0
SCOPE = Scope(
    start=int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()), end=int(datetime(2026, 6, 16, tzinfo=UTC).timestamp()), zone="Europe/Berlin"
)
CONFIGURATION = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[storage]
filesystem_folder = {home}
[logging]
level = error
"""


def objects(text: str) -> Iterator[tuple[str, str]]:
    """The calendar as a server keeps it: an object for each UID, with the zones it needs."""
    zones = {re.search(r"TZID:(.+)\r", zone)[1]: zone for zone in re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", text, re.DOTALL)}  # type: ignore[index]
    events: dict[str, list[str]] = defaultdict(list)
    for event in re.findall(r"BEGIN:VEVENT.*?END:VEVENT\r\n", text, re.DOTALL):
        events[re.search(r"UID:(.+)\r", event)[1]].append(event)  # type: ignore[index]
    for uid, parts in events.items():
        needed = "".join(zone for name, zone in zones.items() if any(f"TZID={name}" in part for part in parts))
        yield uid, f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tandem//bench//EN\r\n{needed}{''.join(parts)}END:VCALENDAR\r\n"


@contextmanager
def radicale(home: Path) -> Iterator[str]:
    """A server with the calendar; the address of it."""
    folder = home / "collection-root" / "ines" / "calendar"
    folder.mkdir(parents=True)
    (folder / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
    for uid, text in objects(heavy_calendar(EVENTS)):
        (folder / f"{uid}.ics").write_bytes(text.encode())
    (port,) = free_ports(1)
    configuration = home / "radicale.ini"
    configuration.write_text(CONFIGURATION.format(port=port, home=home))
    process = subprocess.Popen([sys.executable, "-m", "radicale", "--config", str(configuration)], stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        yield f"http://127.0.0.1:{port}/ines/calendar/"
    finally:
        process.terminate()
        process.wait()


class CountedAccount(CalDavAccount):
    """An account that counts what it asks the server."""

    asked = 0

    async def _ask(self, *given: Any, **named: Any) -> Response:
        self.asked += 1
        return await super()._ask(*given, **named)


async def answers(account: CalDavAccount) -> None:
    """Wait until the server does."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await account.discover()
        except CalendarServerError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def run() -> bool:
    """Seconds by the clock on the wall, the server's own among them."""
    with tempfile.TemporaryDirectory() as home, radicale(Path(home)) as place:
        account = CountedAccount(place, "ines", "orange", Guard.allowing([place.split("/")[2]]))
        asyncio.run(answers(account))

        def look(cursor: str | None) -> tuple[float, Changes]:
            began = time.perf_counter()
            found = asyncio.run(account.changes(place, SCOPE, cursor))
            return time.perf_counter() - began, found

        first, known = look(None)
        account.asked = 0
        times = [look(known.cursor) for _ in range(ROUNDS)]
        assert not any(found.items or found.reset for _, found in times)
        requests = account.asked / ROUNDS
        anew, again = look(None)
        assert len(again.items) == len(known.items)
    ours = statistics.median(seconds for seconds, _ in times)
    busy = sum(len(item.busy) for item in known.items)
    notes = (
        f"wall; {EVENTS} events in {len(known.items)} objects, {busy} busy times; {requests:g} of {MOST_REQUESTS} requests when unchanged"
    )
    notes += f"; all anew once the server knows its objects: {anew:.1f} s"
    return report("calendar-sync", ours, first, unit="s", goal="<= 0.05", notes=notes) and requests <= MOST_REQUESTS
