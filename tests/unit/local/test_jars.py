import hashlib
from pathlib import Path

import pytest

from deploy.local.jars import Jar, kafka_jars, locked
from deploy.local.refusals import CannotStart

CONTENT = b"a jar"


def jar(content: bytes = CONTENT) -> Jar:
    return Jar("org.example", "thing", "1.0", hashlib.sha256(content).hexdigest())


def fetch(_: Jar, cache: Path) -> Path:
    path = cache / "fetched.jar"
    path.write_bytes(CONTENT)
    return path


def no_network(_: Jar, __: Path) -> Path:
    raise AssertionError("nothing may be fetched a second time")


def test_the_lock_file_names_forty_six_jars_with_their_checksums() -> None:
    jars = locked()
    assert len({one.name for one in jars}) == 46
    assert all(len(one.sha256) == 64 for one in jars)


def test_a_jar_that_is_not_the_one_that_was_locked_is_refused_and_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"thing-1\.0\.jar is not the file Tandem was built with"):
        kafka_jars(tmp_path, jars=[jar(b"another")], fetch=fetch)
    assert not list(tmp_path.rglob("*.jar"))


def test_after_a_refusal_the_right_file_is_taken(tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        kafka_jars(tmp_path, jars=[jar(b"another")], fetch=fetch)
    assert (kafka_jars(tmp_path, jars=[jar()], fetch=fetch) / "thing-1.0.jar").read_bytes() == CONTENT


def test_the_second_time_needs_no_network(tmp_path: Path) -> None:
    first = kafka_jars(tmp_path, jars=[jar()], fetch=fetch)
    assert kafka_jars(tmp_path, jars=[jar()], fetch=no_network) == first
