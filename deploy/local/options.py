"""What one can choose about `tandem up`, by option or by environment variable."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.places import cache_directory, home_directory

SERVICES = ("portal", "matching", "scheduling", "goals", "notifications")
DEFAULT_PORTS: Mapping[str, int] = {
    "portal": 8000,
    "matching": 8001,
    "scheduling": 8002,
    "goals": 8003,
    "notifications": 8004,
    "identity": 8005,
    "calendar": 8006,
    "mailbox": 8007,
    "smtp": 8008,
    "mongodb": 8009,
    "kafka": 8010,
    "kafka-controller": 8011,
}


@dataclass(frozen=True)
class Options:
    """Where things are kept, on which ports they listen, and what is not ours to start."""

    home: Path = field(default_factory=home_directory)
    cache: Path = field(default_factory=cache_directory)
    ports: Mapping[str, int] = field(default_factory=lambda: DEFAULT_PORTS)
    mongodb_url: str | None = None
    kafka_bootstrap_servers: str | None = None
    services: Sequence[str] = SERVICES
    demo: bool = True

    def ports_used(self) -> dict[str, int]:
        """The ports our own parts will listen on."""
        ours = dict(self.ports)
        if self.mongodb_url:
            del ours["mongodb"]
        if self.kafka_bootstrap_servers:
            del ours["kafka"], ours["kafka-controller"]
        return ours


def add_arguments(parser: argparse.ArgumentParser, environment: Mapping[str, str] = os.environ) -> None:
    """The options of `tandem up`; a port may also be set by TANDEM_PORT_<PART>."""
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="do not put demo programmes in")
    for part, default in DEFAULT_PORTS.items():
        variable = f"TANDEM_PORT_{part.upper().replace('-', '_')}"
        parser.add_argument(
            f"--port-{part}",
            dest=part,
            type=port,
            metavar="PORT",
            default=environment.get(variable, default),
            help=f"default {default}, or {variable}",
        )


def port(text: str | int) -> int:
    """A port number a person typed."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 65535:  # noqa: PLR2004 - the ports there are
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535 is")
    return number


def chosen(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Options:
    """The options of a parsed command line."""
    return Options(
        ports={part: getattr(arguments, part) for part in DEFAULT_PORTS},
        mongodb_url=environment.get("TANDEM_MONGODB_URL") or None,
        kafka_bootstrap_servers=environment.get("TANDEM_KAFKA_BOOTSTRAP_SERVERS") or None,
        demo=arguments.demo,
    )
