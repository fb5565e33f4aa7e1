import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.mongodb import GivenMongoDB, MongoDB, create_users, service_url
from deploy.local.parts import start
from deploy.local.ports import free_ports
from deploy.local.refusals import CannotStart
from deploy.local.secrets import Secrets

Client = MongoClient[dict[str, Any]]


@pytest.fixture
def services(mongodb: str) -> dict[str, str]:
    """Two services' names with their URLs, as they are made for the real ones."""
    passwords = {f"test_{secrets.token_hex(4)}": secrets.token_hex(16) for _ in range(2)}
    create_users(mongodb, passwords)
    return {name: service_url(mongodb, name, password) for name, password in passwords.items()}


def test_a_service_reads_and_writes_its_own_database(services: dict[str, str]) -> None:
    for url in services.values():
        with Client(url) as client:
            client.get_default_database()["things"].insert_one({"_id": 1})
            assert client.get_default_database()["things"].count_documents({}) == 1


ATTEMPTS: dict[str, Callable[[Client, str], object]] = {
    "read": lambda client, other: client[other]["things"].find_one({}),
    "write": lambda client, other: client[other]["things"].insert_one({}),
    "drop": lambda client, other: client.drop_database(other),
    "list its collections": lambda client, other: client[other].list_collection_names(),
    "make a user": lambda client, other: client[other].command("createUser", "thief", pwd="x", roles=["readWrite"]),
    "see all databases' users": lambda client, _: client["admin"].command("usersInfo", {"forAllDBs": True}),
    "read the log of all changes": lambda client, _: client["local"]["oplog.rs"].find_one({}),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_service_can_reach_no_other_database(attempt: str, services: dict[str, str]) -> None:
    (mine, url), (other, _) = services.items()
    with Client(url) as client:
        assert client.get_default_database().name == f"tandem_{mine}"
        with pytest.raises(OperationFailure, match="not authorized"):
            ATTEMPTS[attempt](client, f"tandem_{other}")


def test_nobody_gets_in_without_a_name(mongodb: str) -> None:
    host = mongodb.partition("@")[2].partition("/")[0]
    with Client(f"mongodb://{host}/?replicaSet=tandem") as client, pytest.raises(OperationFailure, match="requires authentication"):
        client["tandem_goals"]["goals"].find_one({})


def test_what_was_written_is_there_after_a_restart_on_another_port(tmp_path: Path) -> None:
    for times, port in enumerate(free_ports(2), start=1):
        server = MongoDB(tmp_path, port, tmp_path / "mongodb.log")
        try:
            start(server)
            with Client(server.url_of("goals")) as client:
                things = client.get_default_database()["things"]
                things.insert_one({})
                assert things.count_documents({}) == times
        finally:
            server.stop()


def test_a_given_mongodb_is_used_but_neither_started_nor_stopped(mongodb: str, tmp_path: Path) -> None:
    given = GivenMongoDB(mongodb, Secrets(tmp_path))
    start(given)
    assert given.process is None
    with Client(given.url_of("goals")) as client:
        assert client.get_default_database().name == "tandem_goals"
        client.get_default_database()["things"].find_one({})
    given.stop()
    with Client(mongodb) as client:
        client.admin.command("ping")


def test_a_given_mongodb_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.mongodb.PATIENCE_MS", 100)
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(CannotStart, match=f"The MongoDB of TANDEM_MONGODB_URL does not answer at {address}"):
        start(GivenMongoDB(f"mongodb://{address}", Secrets(tmp_path)))


def test_a_given_mongodb_whose_user_may_not_make_users_is_refused_with_what_to_do(services: dict[str, str], tmp_path: Path) -> None:
    url = next(iter(services.values()))
    with pytest.raises(CannotStart, match="TANDEM_MONGODB_URL must name a user who may create users"):
        start(GivenMongoDB(url, Secrets(tmp_path)))
