"""A match in a process of its own: a cohort as JSON on standard input, lines of progress and then the match on standard output.

The solver holds Python's lock for as long as it runs; in the service's process nothing else would move meanwhile.
"""

import json
import sys

from services.matching.engine.cohort import Cohort
from services.matching.engine.match import match


def main() -> None:
    """Read, match, write. A reader that is gone ends the process by itself."""
    cohort = Cohort.from_json(json.load(sys.stdin))

    def tell(percent: int, step: str) -> None:
        _write({"progress": percent, "step": step})

    _write({"match": match(cohort, tell).to_json()})


def _write(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
