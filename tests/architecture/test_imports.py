"""Who may import whom: the rules hold, and each of them catches a breach planted on purpose."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared", "deploy")


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a copy of the code."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in CODE:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates", "locale"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_code_keeps_the_rules(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "planted", "rule"),
    [
        ("services/matching/settings.py", "import services.goals.settings", "No service imports another"),
        ("services/goals/domain", "import services.goals.store", "the wiring is outside"),
        ("services/scheduling/store", "import services.scheduling.main", "the wiring is outside"),
        ("shared/aggregate.py", "import services.portal.settings", "Shared code knows no service"),
        ("shared/contracts/goals.py", "import shared.aggregate", "Contracts stand on events alone"),
        ("services/matching/handlers", "import pymongo", "touch no driver"),
        ("services/goals/domain", "import structlog", "touch no driver"),
        ("services/matching/engine", "import fastapi", "touch no driver"),
        ("services/goals/domain", "import shared.contracts.matching", "Goals publishes only its own events"),
        ("services/portal/handlers", "import shared.contracts.goals", "The portal publishes only its own events"),
        ("shared/outbox.py", "import motor", "One module knows the driver"),
        ("services/portal/settings.py", "import httpx2", "One module knows the driver"),
    ],
)
def test_a_planted_breach_is_caught(copy: Path, module: str, planted: str, rule: str) -> None:
    place = copy / module
    if not place.suffix:
        place = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    place.write_text(f"{place.read_text()}\n{planted}\n")
    result = lint(copy)
    assert result.returncode != 0
    assert any(rule in line and "BROKEN" in line for line in result.stdout.splitlines()), result.stdout
