"""`python -m tests.faults.process SERVICE`: a real service with failpoints in it, a witness beside it, and protections taken out."""

import importlib
import os
import sys
from pathlib import Path

from shared.cli import serve
from tests.faults import failpoints, protections, witness

CONTROL, WITHOUT = "TANDEM_FAULTS_CONTROL", "TANDEM_FAULTS_WITHOUT"


def main() -> int:
    """Serve it as `tandem serve` would."""
    name = sys.argv[1]
    points = failpoints.install(Path(os.environ[CONTROL]))
    witness.watch(importlib.import_module(f"services.{name}.consumers").reactions, points)
    protections.take_out(os.environ.get(WITHOUT, "").split())
    return serve([name])


if __name__ == "__main__":
    raise SystemExit(main())
