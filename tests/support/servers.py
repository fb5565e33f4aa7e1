"""One real MongoDB and one real Kafka for a whole test session, started when the first test asks, however many workers run tests.

They belong to the pytest process that the person started: a thread of it listens on a Unix socket, the fixtures of all workers ask
there. They end with that process, however it ends.
"""

import os
import shutil
import socket
import socketserver
import tempfile
import threading
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from deploy.local.parts import start
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports

SOCKET = "TANDEM_TEST_SERVERS"
_FAILED = "failed: "


class Servers:
    """Starts each server once and gives its address to whoever asks."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="tandem-test-"))
        self._started: dict[str, MongoDB | Kafka] = {}
        servers = self

        class Answer(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                name = self.rfile.readline().decode().strip()
                try:
                    answer = servers.address(name)
                except Exception as error:  # noqa: BLE001 - it is raised in the test that asked
                    answer = f"{_FAILED}{error}"
                self.wfile.write(answer.encode())

        # One thread for all requests, which lives as long as we do: a server ends when the thread that started it does.
        self.socket = str(self._directory / "socket")
        self._listener = socketserver.UnixStreamServer(self.socket, Answer)
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def address(self, name: str) -> str:
        server = self._started.get(name) or self._start(name)
        return server.url if isinstance(server, MongoDB) else server.address

    def stop(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()
        for server in self._started.values():
            server.stop()
        shutil.rmtree(self._directory)

    def _start(self, name: str) -> MongoDB | Kafka:
        log = self._directory / f"{name}.log"
        server: MongoDB | Kafka
        if name == "mongodb":
            server = MongoDB(self._directory / name, free_ports(1)[0], log)
        else:
            port, controller_port = free_ports(2)
            server = Kafka(self._directory / name, port, controller_port, log, cache=cache_directory(), heap_mb=192)
        try:
            start(server)
        except BaseException:
            server.stop()
            raise
        self._started[name] = server
        return server


def ask(name: str) -> str:
    """The address of a server of this session, which is started if it is not yet running."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ[SOCKET])
        connection.sendall(f"{name}\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    if answer.startswith(_FAILED):
        pytest.fail(answer.removeprefix(_FAILED))
    return answer


def pytest_configure(config: pytest.Config) -> None:
    """In the process the person started, be ready to start servers; its workers inherit the way to ask."""
    if hasattr(config, "workerinput"):
        return
    servers = Servers()
    os.environ[SOCKET] = servers.socket
    config.add_cleanup(servers.stop)


@pytest.fixture(scope="session")
def mongodb() -> str:
    """The root user's URL of a real MongoDB shared by the whole test session: use a database of your own in it."""
    return ask("mongodb")


@pytest.fixture(scope="session")
def kafka() -> str:
    """The bootstrap address of a real Kafka shared by the whole test session: use topics and groups of your own in it."""
    return ask("kafka")
