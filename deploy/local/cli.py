"""`tandem up`, `tandem down` and `tandem status`."""

import argparse
import json
import sys
from collections.abc import Sequence

from deploy.local import record
from deploy.local.checks import check
from deploy.local.cleaning import clean_up
from deploy.local.options import add_arguments, chosen
from deploy.local.places import home_directory
from deploy.local.refusals import CannotStart
from deploy.local.running import run
from deploy.local.summary import status_document, status_table, with_facts

FAILED = 1
NOT_RUNNING = 3


def up(argv: Sequence[str]) -> int:
    """Start everything in the foreground until Ctrl-C."""
    parser = argparse.ArgumentParser(
        "tandem up",
        description="Run all of Tandem on this machine, in the foreground; Ctrl-C stops it. Everything it writes goes below .tandem "
        "(or TANDEM_HOME). With TANDEM_MONGODB_URL or TANDEM_KAFKA_BOOTSTRAP_SERVERS set, those are used and not started.",
        epilog="example: tandem up --port-portal 9000",
    )
    add_arguments(parser)
    options = chosen(parser.parse_args(argv))
    try:
        with record.only_copy(options.home):
            clean_up(options.home, print)
            check(options)
            return run(options)
    except CannotStart as reason:
        print(f"tandem up: {reason}", file=sys.stderr)
        return FAILED


def down(argv: Sequence[str]) -> int:
    """Stop what `tandem up` started, also when its terminal is gone."""
    parser = argparse.ArgumentParser(
        "tandem down",
        description="Stop what `tandem up` started here, also when its terminal was killed. Nothing is deleted.",
        epilog="example: tandem down",
    )
    parser.parse_args(argv)
    if clean_up(home_directory(), print) == 0:
        print("Nothing of Tandem is running from here.")
    return 0


def status(argv: Sequence[str]) -> int:
    """Show every part with its address, state and process id."""
    parser = argparse.ArgumentParser(
        "tandem status",
        description="Show every part of the Tandem that was started here, and how its services are. Exit code 3 when it is not running.",
        epilog="example: tandem status --format json",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args(argv)
    found = record.read(home_directory())
    document = with_facts(status_document(found))
    print(json.dumps(document, indent=2, ensure_ascii=False) if given.format == "json" else status_table(document))
    return 0 if document["running"] else NOT_RUNNING
