"""What the tests of `tandem match` share."""

from pathlib import Path

import pytest

from tests.unit.matching.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)
