import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.processes import bound
from deploy.local.record import read
from deploy.local.refusals import CannotStart
from deploy.local.supervisor import Supervisor, pause_before


@dataclass
class Restless:
    """A part that is a real process, which ends when the test says so."""

    log: Path
    name: str = "restless"
    address: str = "nowhere"
    note: str = ""
    launched: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None)

    def launch(self) -> None:
        self.launched += 1
        self.process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)

    def is_ready(self) -> bool:
        return True

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def end(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (600, 30)])
def test_the_pause_grows_to_half_a_minute(attempt: int, seconds: float) -> None:
    assert pause_before(attempt) == seconds


def test_a_part_that_ends_is_started_again_after_a_pause_and_said_once(tmp_path: Path) -> None:
    part, clock, said = Restless(tmp_path / "log"), Clock(), list[str]()
    supervisor = Supervisor(tmp_path, said.append, clock)
    supervisor.start([part], lambda _part, _seconds: None)
    try:
        part.end()
        supervisor.look()
        supervisor.look()
        assert part.launched == 1
        assert len(said) == 1
        assert "restless has ended (signal 9); it is started again in 1 s" in said[0]
        assert [line.state for line in read(tmp_path).parts] == ["ended"]
        clock.now += 1.0
        supervisor.look()
        supervisor.look()
        assert part.launched == 2
        assert said[1:] == ["restless is back."]
        assert [line.state for line in read(tmp_path).parts] == ["running"]
    finally:
        supervisor.stop()


def test_one_that_keeps_ending_waits_longer_until_it_has_run_well_for_a_minute(tmp_path: Path) -> None:
    part, clock, said = Restless(tmp_path / "log"), Clock(), list[str]()
    supervisor = Supervisor(tmp_path, said.append, clock)
    supervisor.start([part], lambda _part, _seconds: None)
    try:
        for pause in ("1 s", "2 s", "4 s"):
            part.end()
            supervisor.look()
            assert f"again in {pause}" in said[-1]
            clock.now += 5
            supervisor.look()
            supervisor.look()
        clock.now += 61
        part.end()
        supervisor.look()
        assert "again in 1 s" in said[-1]
    finally:
        supervisor.stop()


def test_a_part_that_cannot_be_started_again_is_tried_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part, clock, said = Restless(tmp_path / "log"), Clock(), list[str]()
    supervisor = Supervisor(tmp_path, said.append, clock)
    supervisor.start([part], lambda _part, _seconds: None)

    def refuse(_: Restless) -> None:
        raise CannotStart("The disk is full.")

    try:
        part.end()
        supervisor.look()
        with monkeypatch.context() as patch:
            patch.setattr(Restless, "launch", refuse)
            clock.now += 1
            supervisor.look()
        assert said[-1] == "restless: The disk is full. It is tried again in 2 s."
        clock.now += 2
        supervisor.look()
        supervisor.look()
        assert said[-1] == "restless is back."
    finally:
        supervisor.stop()


def test_after_stopping_nothing_runs_and_nothing_is_written_down(tmp_path: Path) -> None:
    part = Restless(tmp_path / "log")
    supervisor = Supervisor(tmp_path, lambda _: None)
    supervisor.start([part], lambda _part, _seconds: None)
    supervisor.stop()
    assert part.process is None
    assert read(tmp_path).parts == ()


def test_a_log_that_has_grown_is_cut_and_its_older_half_kept(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_bytes(b"x" * 11)
    bound(log, limit=10)
    assert log.read_bytes() == b""
    assert (tmp_path / "part.log.1").read_bytes() == b"x" * 11
    bound(log, limit=10)
    assert (tmp_path / "part.log.1").exists()
