"""An environment with what we are measured against, and nothing of ours."""

import subprocess
import venv
from pathlib import Path

TOOLS = Path(".tandem/cache/bench-venv")
LOCK = Path("requirements/bench.lock")


def tools() -> Path:
    """Its Python. Made anew when the lock file has changed."""
    python, made = TOOLS / "bin" / "python", TOOLS / "made-from.lock"
    if not made.exists() or made.read_text() != LOCK.read_text():
        venv.create(TOOLS, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", LOCK], check=True)  # noqa: S603 - our own lock file
        made.write_text(LOCK.read_text())
    return python
