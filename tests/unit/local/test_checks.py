import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.local import kafka, mongodb
from deploy.local.checks import BYTES_NEEDED, check_disk
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from deploy.local.options import Options
from deploy.local.refusals import CannotStart


@pytest.mark.parametrize("free", [0, BYTES_NEEDED - 1])
def test_too_little_disk_is_said_before_anything_is_started(free: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(CannotStart, match=r"Tandem needs 1\.5 GB there"):
        check_disk(Options(home=tmp_path))


def test_where_no_mongodb_comes_from_a_package_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb, "binary", lambda: None)
    with pytest.raises(CannotStart, match="set TANDEM_MONGODB_URL to a MongoDB 6 or newer of your own"):
        MongoDB(tmp_path, 1, tmp_path / "log").launch()


def test_where_no_java_comes_from_a_package_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "java", lambda: None)
    with pytest.raises(CannotStart, match="set TANDEM_KAFKA_BOOTSTRAP_SERVERS to a Kafka 4 of your own"):
        Kafka(tmp_path, 1, 2, tmp_path / "log", cache=tmp_path).launch()
