from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from deploy.local import demo
from deploy.local.calendars import calendar_url, command
from deploy.local.parts import Program, start
from deploy.local.ports import free_ports

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20261122T120000Z\r
DTSTART:20261126T150000Z\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("calendars")
    (port,) = free_ports(1)
    program = Program("calendar", f"http://127.0.0.1:{port}", command(home, port), {}, Path(home, "log"))
    start(program)
    yield program.address
    program.stop()


def as_(user: str, password: str = demo.CALENDAR_PASSWORD) -> httpx2.Client:
    return httpx2.Client(auth=(user, password), trust_env=False)


def test_everyone_has_a_calendar_from_the_first_visit(server: str) -> None:
    user = demo.people()[7].calendar_user
    with as_(user) as client:
        client.request("PROPFIND", f"{server}/{user}/")
        assert client.put(f"{calendar_url(server, user)}1.ics", content=EVENT).status_code == 201
        assert client.get(f"{calendar_url(server, user)}1.ics").status_code == 200


def test_nobody_sees_the_calendar_of_another(server: str) -> None:
    mine, other = demo.PROTEGE.employee.calendar_user, demo.MENTOR.employee.calendar_user
    with as_(mine) as client:
        assert client.request("PROPFIND", calendar_url(server, other)).status_code == 403
    with as_(mine, "a guess") as client:
        assert client.request("PROPFIND", calendar_url(server, mine)).status_code == 401
