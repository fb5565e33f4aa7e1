import argparse
from pathlib import Path

import pytest

from deploy.local.cli import up
from deploy.local.options import DEFAULT_PORTS, Options, add_arguments, chosen


def options(*argv: str, **environment: str) -> Options:
    parser = argparse.ArgumentParser()
    add_arguments(parser, environment)
    return chosen(parser.parse_args(argv), environment)


def test_the_five_services_have_the_ports_everybody_knows() -> None:
    assert [options().ports[name] for name in ("portal", "matching", "scheduling", "goals", "notifications")] == list(range(8000, 8005))


def test_a_port_comes_from_the_option_else_from_the_environment_else_from_the_default() -> None:
    found = options("--port-portal", "9000", TANDEM_PORT_PORTAL="9001", TANDEM_PORT_KAFKA_CONTROLLER="9002").ports
    assert (found["portal"], found["kafka-controller"], found["goals"]) == (9000, 9002, DEFAULT_PORTS["goals"])


@pytest.mark.parametrize("wrong", ["0", "65536", "eighty", "-1", ""])
def test_what_is_not_a_port_is_refused_with_a_sentence(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        up([f"--port-portal={wrong}"])
    assert ended.value.code == 2
    assert "is not a port" in capsys.readouterr().err


def test_servers_of_ones_own_are_taken_from_the_environment() -> None:
    found = options(TANDEM_MONGODB_URL="mongodb://db.example", TANDEM_KAFKA_BOOTSTRAP_SERVERS="kafka.example:9092")
    assert (found.mongodb_url, found.kafka_bootstrap_servers) == ("mongodb://db.example", "kafka.example:9092")
    assert found.ports_used().keys().isdisjoint({"mongodb", "kafka", "kafka-controller"})


def test_the_home_can_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TANDEM_HOME", str(tmp_path))
    assert options().home == tmp_path
