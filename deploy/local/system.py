"""All parts of Tandem on one machine, put together."""

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import calendars
from deploy.local.environment import IDENTITY_CLIENT, Surroundings
from deploy.local.kafka import GivenKafka, Kafka, warm_start_file
from deploy.local.mongodb import GivenMongoDB, MongoDB
from deploy.local.options import Options
from deploy.local.parts import Part, Program
from deploy.local.secrets import Secrets

TANDEM = Path(sys.executable).with_name("tandem")
SEED = "deploy.local.seed"


@dataclass(frozen=True)
class System:
    """The parts by the stages they are started in: what the next stage needs stands when it starts."""

    options: Options
    surroundings: Surroundings
    servers: list[Part]
    neighbours: list[Part]
    services: list[Part]

    @property
    def logs(self) -> Path:
        return self.options.home / "logs"

    def topics_command(self) -> list[str | Path]:
        return [TANDEM, "topics", "apply", "--bootstrap-servers", self.surroundings.kafka_bootstrap_servers]

    def seed_command(self) -> list[str] | None:
        """What puts the demo programmes in, unless it is not wanted."""
        wanted = self.options.demo and importlib.util.find_spec(SEED) is not None
        return [sys.executable, "-m", SEED] if wanted else None

    def training_command(self) -> list[str] | None:
        """What makes the next start of Kafka faster, unless that was done or Kafka is not ours."""
        done = self.options.kafka_bootstrap_servers is not None or warm_start_file(self.options.cache).exists()
        return None if done else [sys.executable, "-m", "deploy.local.training"]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        return child_environment(self.options, more)


def put_together(options: Options) -> System:
    """All parts, none of them started."""
    logs, secrets, ports = options.home / "logs", Secrets(options.home / "secrets"), options.ports
    mongodb: MongoDB | GivenMongoDB = (
        GivenMongoDB(options.mongodb_url, secrets)
        if options.mongodb_url
        else MongoDB(options.home / "mongodb", ports["mongodb"], logs / "mongodb.log")
    )
    kafka: Kafka | GivenKafka = (
        GivenKafka(options.kafka_bootstrap_servers)
        if options.kafka_bootstrap_servers
        else Kafka(options.home / "kafka", ports["kafka"], ports["kafka-controller"], logs / "kafka.log", cache=options.cache)
    )
    surroundings = Surroundings(options, mongodb.url_of, kafka.address, secrets)

    def program(name: str, command: list[str | Path], environment: Mapping[str, str], ready_path: str, note: str = "") -> Program:
        whole = child_environment(options, environment)
        return Program(name, surroundings.url(name), command, whole, logs / f"{name}.log", ready_path, note)

    def module(name: str) -> list[str | Path]:
        return [sys.executable, "-m", f"deploy.local.{name}"]

    neighbours: list[Part] = [
        program(
            "identity",
            module("identity"),
            {
                "IDENTITY_PORT": str(ports["identity"]),
                "IDENTITY_CLIENT_ID": IDENTITY_CLIENT,
                "IDENTITY_CLIENT_SECRET": secrets.get("identity-client"),
                "IDENTITY_CLIENT_URL": surroundings.url("portal"),
                "IDENTITY_SECRETS": str(secrets.directory),
            },
            "/.well-known/openid-configuration",
        ),
        program("calendar", calendars.command(options.home / "calendars", ports["calendar"]), {}, "/"),
        program(
            "mailbox",
            module("mailbox"),
            {
                "MAILBOX_PORT": str(ports["mailbox"]),
                "MAILBOX_SMTP_PORT": str(ports["smtp"]),
                "MAILBOX_DIRECTORY": str(options.home / "mail"),
            },
            "/",
            note=f"takes mail at {surroundings.smtp_url}",
        ),
    ]
    services: list[Part] = [program(name, [TANDEM, "serve", name], surroundings.of(name), "/health/ready") for name in options.services]
    return System(options, surroundings, [mongodb, kafka], neighbours, services)


def child_environment(options: Options, more: Mapping[str, str]) -> dict[str, str]:
    """Our own environment and more; the output of a program goes to its log line by line."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "TANDEM_HOME": str(options.home), "TANDEM_CACHE": str(options.cache), **more}
