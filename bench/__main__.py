"""`python -m bench NAME`, or all of them without a name."""

import importlib
import sys

NAMES = (
    "start",
    "matching-small",
    "matching-large",
    "matching-huge",
    "event-path",
    "pages",
    "picking-page",
    "pipeline",
    "backlog",
    "replicas",
    "idle",
    "commit-to-consumer",
    "calendar-parse",
    "calendar-sync",
    "slots-pair",
    "slots-programme",
    "search",
    "preview",
)


def main() -> int:
    """Run what was asked for; 1 when a goal was missed."""
    wanted = sys.argv[1:] or list(NAMES)
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"bench: there is no {unknown[0]!r}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    met = [importlib.import_module(f"bench.{name.replace('-', '_')}").run() for name in wanted]
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
