"""A real MongoDB from a wheel: one node of a replica set, with access control, for one machine."""

import importlib.util
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.processes import Process, last_words, spawn, stop
from deploy.local.refusals import CannotStart
from deploy.local.secrets import Secrets

SERVICES = ("matching", "scheduling", "goals", "notifications", "portal")
REPLICA_SET = "tandem"
SECONDS_TO_START = 60.0
_PAUSE = 0.05
_ALREADY_INITIALISED = 23


def binary() -> Path | None:
    """The mongod of the wheel, which exists for Linux on x86-64 only."""
    package = importlib.util.find_spec("fiftyone")
    places = list(package.submodule_search_locations or []) if package else []
    return next((path for place in places if (path := Path(place, "db", "bin", "mongod")).exists()), None)


class MongoDB:
    """One mongod. `start` returns when it takes writes and every service has its user."""

    def __init__(self, directory: Path, port: int, log: Path, *, cache_gib: float = 0.25) -> None:
        self._data = directory / "data"
        self._secrets = Secrets(directory / "secrets")
        self._log = log
        self._cache_gib = cache_gib
        self._host = f"127.0.0.1:{port}"
        self.port = port
        self.process: Process | None = None

    @property
    def url(self) -> str:
        """For the root user, who may do anything."""
        return f"mongodb://root:{self._secrets.get('root')}@{self._host}/?replicaSet={REPLICA_SET}&authSource=admin"

    def start(self) -> None:
        """Start it, make it a replica set and its users; harmless when that was done before."""
        program = binary()
        if program is None:
            raise CannotStart(
                "There is no MongoDB for this system in a Python package: set TANDEM_MONGODB_URL to a MongoDB 6 or newer of your own "
                "(a replica set, and a user who may create users)."
            )
        self._data.mkdir(parents=True, exist_ok=True)
        self.process = spawn(
            [
                program,
                *("--dbpath", self._data, "--port", str(self.port), "--bind_ip", "127.0.0.1"),
                *("--replSet", REPLICA_SET, "--keyFile", self._secrets.path("replica-key")),
                *("--wiredTigerCacheSizeGB", str(self._cache_gib), "--oplogSize", "512"),
                *("--setParameter", "diagnosticDataCollectionEnabled=false"),
                # A killed service's open transaction keeps its documents locked for this long.
                *("--setParameter", "transactionLifetimeLimitSeconds=10"),
            ],
            log=self._log,
        )
        self._until_it_answers()
        self._become_primary()
        create_users(self.url, {service: self._secrets.get(service) for service in SERVICES})

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None

    def url_of(self, service: str) -> str:
        """For the one user who reaches this service's database and no other."""
        return service_url(self.url, service, self._secrets.get(service))

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            if self.process is not None and self.process.poll() is not None:
                raise CannotStart(f"MongoDB ended while starting; its log {self._log} ends with: {last_words(self._log)}")
            with self._direct() as client, suppress(PyMongoError):
                client.admin.command("hello")
                return
            if time.monotonic() > deadline:
                raise CannotStart(f"MongoDB does not answer on port {self.port}; see its log {self._log}.")
            time.sleep(_PAUSE)

    def _become_primary(self) -> None:
        """Without users, commands from loopback are let in until the first user exists: the root user is made that way."""
        member = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": self._host}]}
        with self._direct() as client:
            try:
                client.admin.command("replSetInitiate", member)
            except OperationFailure as failure:
                if failure.code != _ALREADY_INITIALISED and not self._root_exists():
                    raise
        if self._root_exists():
            self._follow_the_port()
            self._until_primary()
            return
        self._until_primary()
        with self._direct() as client:
            client.admin.command("createUser", "root", pwd=self._secrets.get("root"), roles=["root"])

    def _until_primary(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        with self._direct() as client:
            while not client.admin.command("hello")["isWritablePrimary"]:
                if time.monotonic() > deadline:
                    raise CannotStart(f"MongoDB does not become writable; see its log {self._log}.")
                time.sleep(_PAUSE)

    def _root_exists(self) -> bool:
        with self._direct("root") as client:
            try:
                client.admin.command("ping")
            except OperationFailure:
                return False
            return True

    def _follow_the_port(self) -> None:
        """A replica set remembers its address; started on another port, it would wait for itself for ever."""
        with self._direct("root") as client:
            config = client.admin.command("replSetGetConfig")["config"]
            if config["members"][0]["host"] != self._host:
                config["members"][0]["host"] = self._host
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)

    def _direct(self, username: str | None = None) -> MongoClient[dict[str, Any]]:
        """To this node whatever the replica set thinks of it; without a name, as nobody."""
        password = self._secrets.get(username) if username else None
        return MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=500, username=username, password=password
        )


def create_users(root_url: str, passwords: dict[str, str]) -> None:
    """Give each service a user who may read and write `tandem_<service>` and nothing else."""
    with MongoClient[dict[str, Any]](root_url, serverSelectionTimeoutMS=int(SECONDS_TO_START * 1000)) as client:
        for service, password in passwords.items():
            database = client[f"tandem_{service}"]
            exists = database.command("usersInfo", service)["users"]
            database.command(
                "updateUser" if exists else "createUser",
                service,
                pwd=password,
                roles=[{"role": "readWrite", "db": f"tandem_{service}"}],
            )


def service_url(url: str, service: str, password: str) -> str:
    """The address of a MongoDB, for one service's user and database: `url` with both put in the place of its own."""
    scheme, _, rest = url.partition("://")
    hosts, _, tail = rest.rpartition("@")[2].partition("/")
    _, _, options = tail.partition("?")
    kept = [option for option in options.split("&") if option and not option.lower().startswith(("authsource=", "authmechanism="))]
    database = f"tandem_{service}"
    return f"{scheme}://{service}:{password}@{hosts}/{database}?{'&'.join([*kept, f'authSource={database}'])}"
