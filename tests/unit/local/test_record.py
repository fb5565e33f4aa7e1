import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import record
from deploy.local.cleaning import clean_up
from deploy.local.record import Birth, Line, Record
from deploy.local.refusals import CannotStart
from deploy.local.summary import status_document


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def birth_of(process: subprocess.Popen[bytes]) -> Birth:
    birth = Birth.of(process.pid)
    assert birth is not None
    return birth


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    written = Record(Birth(1, 2.0), [Line("kafka", "127.0.0.1:8010", "running", Birth(3, 4.0))], {"portal": "http://127.0.0.1:8000"})
    record.write(tmp_path, written)
    assert record.read(tmp_path) == written


@pytest.mark.parametrize("content", ["", "{", "[]", '{"parts": [{}]}', '{"supervisor": 5, "parts": [], "more": {}}'])
def test_a_record_that_cannot_be_read_counts_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text(content)
    assert record.read(tmp_path) == Record()


def test_a_process_with_the_same_number_that_started_at_another_time_is_somebody_else(stranger: subprocess.Popen[bytes]) -> None:
    birth = birth_of(stranger)
    assert birth.process() is not None
    assert Birth(birth.pid, birth.started - 3600).process() is None


def test_cleaning_up_leaves_a_stranger_alone_who_has_the_number_of_a_part(stranger: subprocess.Popen[bytes], tmp_path: Path) -> None:
    earlier = Birth(stranger.pid, birth_of(stranger).started - 3600)
    record.write(tmp_path, Record(earlier, [Line("goals", "", "running", earlier)]))
    assert clean_up(tmp_path, lambda _: None) == 0
    assert stranger.poll() is None


def test_cleaning_up_ends_a_part_that_was_left_behind(stranger: subprocess.Popen[bytes], tmp_path: Path) -> None:
    birth = birth_of(stranger)
    record.write(tmp_path, Record(Birth(stranger.pid, 0.0), [Line("goals", "", "running", birth)]))
    assert clean_up(tmp_path, lambda _: None) == 1
    assert birth.process() is None
    assert record.read(tmp_path) == Record()


def test_a_second_copy_in_the_same_home_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with record.only_copy(tmp_path), pytest.raises(CannotStart, match="already running"), record.only_copy(tmp_path):
        pass
    with record.only_copy(tmp_path):
        pass


def test_status_says_for_every_part_where_it_is_and_how(stranger: subprocess.Popen[bytes]) -> None:
    lines = [
        Line("mongodb", "db.example", "running", None, "given by TANDEM_MONGODB_URL"),
        Line("goals", "http://127.0.0.1:8003", "running", birth_of(stranger)),
    ]
    document = status_document(Record(Birth.of(os.getpid()), lines, {"portal": "http://127.0.0.1:8000"}))
    assert document["running"]
    assert document["portal"] == "http://127.0.0.1:8000"
    assert document["parts"] == [
        {"name": "mongodb", "address": "db.example", "state": "running", "pid": None, "note": "given by TANDEM_MONGODB_URL"},
        {"name": "goals", "address": "http://127.0.0.1:8003", "state": "running", "pid": stranger.pid, "note": ""},
    ]


def test_without_its_supervisor_a_part_is_left_behind_or_stopped(stranger: subprocess.Popen[bytes]) -> None:
    lines = [Line("goals", "", "running", birth_of(stranger)), Line("portal", "", "running", Birth(stranger.pid, 0.0))]
    document = status_document(Record(Birth(stranger.pid, 0.0), lines))
    assert not document["running"]
    assert [(part["state"], part["pid"]) for part in document["parts"]] == [("left behind", stranger.pid), ("stopped", None)]
