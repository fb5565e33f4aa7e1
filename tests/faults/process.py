"""`python -m tests.faults.process SERVICE`: a real service with failpoints in it, a witness beside it, and changes made to it."""

import importlib
import os
import sys
from pathlib import Path

from shared.cli import serve
from tests.faults import changes, failpoints, witness

CONTROL, CHANGES = "TANDEM_FAULTS_CONTROL", "TANDEM_FAULTS_CHANGES"


def main() -> int:
    """Serve it as `tandem serve` would."""
    name = sys.argv[1]
    points = failpoints.install(Path(os.environ[CONTROL]))
    witness.watch(importlib.import_module(f"services.{name}.consumers").reactions, points)
    changes.make(os.environ.get(CHANGES, "").split())
    return serve([name])


if __name__ == "__main__":
    raise SystemExit(main())
