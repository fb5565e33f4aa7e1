"""A whole run in a home of its own: given servers, the parts around them, and none of the five services."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local import cli, record
from deploy.local.options import DEFAULT_PORTS
from deploy.local.ports import free_ports
from deploy.local.summary import status_document
from tests.support.probe import eventually

PROGRAM = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background has it ignored
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from deploy.local import record
from deploy.local.checks import check
from deploy.local.options import Options
from deploy.local.running import run
ports = dict(zip({names!r}, {ports!r}))
options = Options(ports=ports, mongodb_url={mongodb!r}, kafka_bootstrap_servers={kafka!r}, services=(), demo=False)
with record.only_copy(options.home):
    check(options)
    sys.exit(run(options))
"""


@dataclass
class Run:
    """One `tandem up`, as another process sees it."""

    home: Path
    process: subprocess.Popen[str]

    def status(self) -> dict[str, Any]:
        return status_document(record.read(self.home))

    async def parts(self) -> dict[str, Any]:
        """All parts, once all run."""

        async def all_run() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            states = [part["state"] for part in self.status()["parts"]]
            return len(states) == 5 and set(states) == {"running"}

        await eventually(all_run, "five running parts")
        return {part["name"]: part for part in self.status()["parts"]}


@contextmanager
def started(home: Path, mongodb: str, kafka: str) -> Iterator[Run]:
    program = PROGRAM.format(names=tuple(DEFAULT_PORTS), ports=tuple(free_ports(len(DEFAULT_PORTS))), mongodb=mongodb, kafka=kafka)
    command, environment = [sys.executable, "-c", program], os.environ | {"TANDEM_HOME": str(home)}
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        yield Run(home, process)
        if process.poll() is None:
            process.terminate()


@pytest.fixture
def a_run(mongodb: str, kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run of one's own, to be ended in some way."""
    monkeypatch.setenv("TANDEM_HOME", str(tmp_path))
    with started(tmp_path, mongodb, kafka) as run:
        yield run


@pytest.fixture(scope="module")
def one_run(mongodb: str, kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with started(tmp_path_factory.mktemp("home"), mongodb, kafka) as run:
        yield run


@pytest.fixture
def the_run(one_run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run shared by tests that let it go on."""
    monkeypatch.setenv("TANDEM_HOME", str(one_run.home))
    return one_run


def processes(parts: dict[str, Any]) -> list[psutil.Process]:
    return [psutil.Process(part["pid"]) for part in parts.values() if part["pid"]]


async def none_left(of: list[psutil.Process]) -> None:
    async def gone() -> bool:
        return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in of)

    await eventually(gone, "the end of all parts")


async def test_status_shows_given_servers_as_given_and_our_parts_with_address_and_process(the_run: Run) -> None:
    parts = await the_run.parts()
    assert {name for name, part in parts.items() if part["pid"] is None} == {"mongodb", "kafka"}
    assert parts["mongodb"]["note"] == "given by TANDEM_MONGODB_URL"
    assert parts["kafka"]["note"] == "given by TANDEM_KAFKA_BOOTSTRAP_SERVERS"
    assert all(parts[name]["address"].startswith("http://127.0.0.1:") for name in ("identity", "calendar", "mailbox"))


async def test_status_is_for_people_and_for_programs(the_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    await the_run.parts()
    assert cli.status(["--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["running"]
    assert [person["part"] for person in document["sign_in_as"]] == ["programme manager", "protégé", "mentor", "administrator"]
    assert document["api_docs"]["goals"].endswith("/docs")
    assert cli.status([]) == 0
    assert "mailbox" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
async def test_whatever_tells_it_to_stop_it_ends_in_order_and_leaves_no_process(a_run: Run, number: signal.Signals) -> None:
    running = processes(await a_run.parts())
    a_run.process.send_signal(number)
    output, _ = a_run.process.communicate()
    assert a_run.process.returncode == 0, output
    assert output.endswith("Stopping ...\nStopped.\n")
    assert not any(one.is_running() for one in running)
    assert record.read(a_run.home).parts == ()


async def test_when_it_is_killed_its_parts_end_too_and_down_finds_nothing_to_do(a_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    running = processes(await a_run.parts())
    a_run.process.kill()
    a_run.process.wait()
    await none_left(running)
    assert cli.status([]) == cli.NOT_RUNNING
    assert cli.down([]) == 0
    assert capsys.readouterr().out.endswith("Nothing of Tandem is running from here.\n")
    assert record.read(a_run.home).parts == ()


async def test_down_ends_a_running_tandem(a_run: Run) -> None:
    running = processes(await a_run.parts())
    assert cli.down([]) == 0
    a_run.process.communicate()
    assert not any(one.is_running() for one in running)


async def test_a_second_up_in_the_same_home_is_refused_and_disturbs_nothing(the_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    running = processes(await the_run.parts())
    assert cli.up([]) == cli.FAILED
    assert f"Tandem is already running from {the_run.home}" in capsys.readouterr().err
    assert all(one.is_running() for one in running)


async def test_a_part_that_is_killed_is_started_again(the_run: Run) -> None:
    before = (await the_run.parts())["calendar"]["pid"]
    os.kill(before, signal.SIGKILL)

    async def another() -> bool:
        part = next(part for part in the_run.status()["parts"] if part["name"] == "calendar")
        return part["state"] == "running" and part["pid"] not in (None, before)

    await eventually(another, "a new calendar server")


async def test_everything_it_started_listens_on_loopback_only(the_run: Run) -> None:
    running = processes(await the_run.parts())
    listening = {
        connection.laddr.ip for one in running for connection in one.net_connections("inet") if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
