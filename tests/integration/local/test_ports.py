import socket

import pytest

from deploy.local.checks import check_ports
from deploy.local.options import DEFAULT_PORTS, Options
from deploy.local.ports import free_ports
from deploy.local.refusals import CannotStart


def all_free() -> dict[str, int]:
    return dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True))


def test_free_ports_are_let_through() -> None:
    check_ports(Options(ports=all_free()))


def test_a_port_in_use_is_named_with_its_part_and_the_option_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart) as refusal:
            check_ports(Options(ports=all_free() | {"goals": port}))
    assert str(refusal.value) == f"Port {port} for goals is in use by another program: end that, or choose another with --port-goals."


def test_two_parts_cannot_share_a_port() -> None:
    ports = all_free()
    with pytest.raises(CannotStart, match="is wanted by portal and mailbox"):
        check_ports(Options(ports=ports | {"mailbox": ports["portal"]}))


def test_the_port_of_a_part_that_is_given_does_not_matter() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = all_free() | {"mongodb": other.getsockname()[1]}
        check_ports(Options(ports=ports, mongodb_url="mongodb://db.example"))
