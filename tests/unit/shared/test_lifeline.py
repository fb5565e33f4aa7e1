"""The lifeline ends a process whose event loop no longer turns, that does not start or does not stop; and no other."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from shared import lifeline
from shared.lifeline import Lifeline
from tests.support.probe import eventually


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seconds become fiftieths of a second; the reasons for which the process would have ended."""
    monkeypatch.setattr(lifeline, "LOOK_EVERY_SECONDS", 0.02)
    monkeypatch.setattr(lifeline, "BEAT_SECONDS", 0.002)
    return []


@pytest.fixture
def line(ended: list[str]) -> Iterator[Lifeline]:
    made = Lifeline(ended.append)
    yield made
    made.end()


async def test_a_loop_that_turns_is_left_alone(line: Lifeline, ended: list[str]) -> None:
    line.begin()
    line.started()
    await asyncio.sleep(0.2)
    assert ended == []


async def test_a_loop_that_is_blocked_is_said_where_then_ends_the_process(
    line: Lifeline, ended: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifeline, "SAID_AFTER_SECONDS", 2)
    monkeypatch.setattr(lifeline, "BLOCKED_SECONDS", 4)
    before = lifeline.blocked._value.get()
    line.begin()
    line.started()
    await asyncio.sleep(0.1)
    until = time.monotonic() + 10
    while not ended and time.monotonic() < until:
        time.sleep(0.01)  # noqa: ASYNC251 - the fault itself
    here = "test_a_loop_that_is_blocked_is_said_where_then_ends_the_process"
    assert [why.rpartition(":")[0].rpartition(".")[2] for why in ended] == [here]
    assert ended[0].startswith("its event loop was blocked for 4 s at ")
    assert "the event loop is blocked" in capsys.readouterr().out
    assert lifeline.blocked._value.get() > before


async def test_a_start_that_hangs_ends_the_process(line: Lifeline, ended: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "START_SECONDS", 2)
    line.begin()

    async def has_ended() -> bool:
        return bool(ended)

    await eventually(has_ended, "the end")
    assert ended == ["it was not started after 2 s"]


async def test_a_stop_that_hangs_ends_the_process(line: Lifeline, ended: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "STOP_SECONDS", 2)
    line.begin()
    line.started()
    line.stop()

    async def has_ended() -> bool:
        return bool(ended)

    await eventually(has_ended, "the end")
    assert ended == ["it was told to stop and had not after 2 s"]


PROGRAM = """
import asyncio, time
from shared import lifeline
lifeline.LOOK_EVERY_SECONDS, lifeline.BLOCKED_SECONDS = 0.05, 10

async def main():
    line = lifeline.Lifeline()
    line.begin()
    line.started()
    print("up", flush=True)
    await asyncio.sleep(2)
    {what}
    print("over", flush=True)

asyncio.run(main())
"""


def run(what: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM.format(what=what)], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves


def test_a_blocked_process_ends_with_the_code_that_has_it_started_again() -> None:
    with run("time.sleep(60)") as process:
        said, _ = process.communicate()
    assert process.returncode == 70
    assert "the process ends to be started again" in said
    assert "over" not in said


def test_a_process_that_was_frozen_as_a_whole_goes_on() -> None:
    with run("pass") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate()
    assert (process.returncode, said) == (0, "over\n")
