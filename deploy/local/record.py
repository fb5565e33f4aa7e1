"""What is running on this machine, written down so that another process can show it or clean up after it."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from deploy.local.refusals import CannotStart

_CLOCKS_DIFFER_BY = 2.0


@dataclass(frozen=True)
class Birth:
    """A process, told from a later one with the same id by when it started."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Birth | None":
        """The process with this id now; None when there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The very process this was written about, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _CLOCKS_DIFFER_BY
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True)
class Line:
    """One part, as `tandem status` shows it."""

    name: str
    address: str
    state: str
    birth: Birth | None = None
    note: str = ""


@dataclass(frozen=True)
class Record:
    """All parts and the process that looks after them."""

    supervisor: Birth | None = None
    parts: Sequence[Line] = ()
    more: Mapping[str, object] = field(default_factory=dict)


def write(home: Path, record: Record) -> None:
    """Replace what was written before, at once or not at all."""
    unfinished = home / "running.json.new"
    unfinished.write_text(json.dumps(asdict(record), indent=1))
    unfinished.replace(home / "running.json")


def read(home: Path) -> Record:
    """What was written last; an empty record when nothing was, or nothing that can be read."""
    try:
        written = json.loads((home / "running.json").read_text())
        parts = [Line(**part | {"birth": _birth(part["birth"])}) for part in written["parts"]]
        return Record(_birth(written["supervisor"]), parts, written["more"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Record()


def forget(home: Path) -> None:
    (home / "running.json").unlink(missing_ok=True)


@contextmanager
def only_copy(home: Path) -> Iterator[None]:
    """Hold the lock of a home for as long as Tandem runs there. Raises CannotStart when another copy holds it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Tandem is already running from {home}: see `tandem status`, end it with `tandem down`.") from None
        yield
    finally:
        os.close(descriptor)


def _birth(written: Mapping[str, float] | None) -> Birth | None:
    return Birth(int(written["pid"]), written["started"]) if written else None
