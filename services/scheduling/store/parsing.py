"""Calendar texts to the entries of the port, in processes of their own: what others write may take for ever, or bring its reader down.

Such a process knows no secret, is given so much processor time for a text and no more, and is ended when it takes longer. Whoever waits
for another text meanwhile has the other process; the event loop waits for nobody.
"""

import asyncio
import atexit
import json
import pickle
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any, Literal

from services.scheduling.domain import UID_HOST, Appointment
from services.scheduling.slots import EntryTime, Unreadable, busy_by_entry, merged, read_sheet, without_private_words
from services.scheduling.store.provider import Item, Scope

PROCESSES = 2
CPU_SECONDS, WALL_SECONDS = 10, 60.0
LARGEST_MEMORY = 2 * 1024**3
OWN_UIDS = f"@{UID_HOST}"
UNREAD = "what nobody can read"

_LENGTH = struct.Struct("<Q")

Kind = Literal["objects", "file", "times"]


async def read_objects(texts: Mapping[str, str], scope: Scope) -> list[Item]:
    """Calendar objects, each under its key and of one UID. Raises Unreadable."""
    return [_item(told) for told in await READERS.read("objects", dict(texts), scope)] if texts else []


async def read_file(text: str, scope: Scope) -> list[Item]:
    """A whole calendar file as an item for each UID, and one for all that could not be read. Raises Unreadable."""
    return [_item(told) for told in await READERS.read("file", text, scope)]


async def times_only(text: str) -> str:
    """The file with nothing left in it but times. Raises Unreadable."""
    return str(await READERS.read("times", text, None))


# ---------------------------------------------------------------- on this side


class _Process:
    """One that reads, with nothing of our environment."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", "from services.scheduling.store.parsing import serve; serve()"]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={})  # noqa: S603 - our own

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: bytes, seconds: float) -> bytes | None:
        """What it answers; None when it does not in time, or has been ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        try:
            if stdin is not None and stdout is not None:
                _send(stdin, question)
                if select.select([stdout], [], [], seconds)[0]:
                    return _receive(stdout)
        except (OSError, EOFError):
            pass
        self.end()
        return None

    def end(self) -> None:
        self._process.kill()
        with suppress(OSError):  # what was not taken in is of no use any more
            self._process.communicate()


@dataclass(eq=False)
class _Job:
    """One question, and who answers it."""

    question: bytes
    process: _Process | None = None
    given_up: bool = False

    def give_up(self) -> None:
        self.given_up = True
        if self.process is not None:
            self.process.end()


@dataclass(eq=False)
class Readers:
    """A thread for each process, which waits for it; both begin when there is something to read."""

    cpu_seconds: int = CPU_SECONDS
    wall_seconds: float = WALL_SECONDS
    _threads: ThreadPoolExecutor | None = None
    _mine: threading.local = field(default_factory=threading.local)
    _processes: list[_Process] = field(default_factory=list)

    def close(self) -> None:
        """End all processes, in the middle of whatever they read."""
        for process in self._processes:
            process.end()
        self._processes.clear()
        if self._threads is not None:
            self._threads.shutdown(wait=False)
            self._threads = None

    async def read(self, kind: Kind, given: Any, scope: Scope | None) -> Any:
        """What a process makes of it. Raises Unreadable, also when it takes too long."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(PROCESSES, "calendars")
            atexit.register(self.close)
        job = _Job(pickle.dumps((kind, given, scope, self.cpu_seconds)))
        try:
            told = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, job)
        except asyncio.CancelledError:
            job.give_up()
            raise
        if "unreadable" in told:
            raise Unreadable(told["unreadable"])
        return told["read"]

    def _read(self, job: _Job) -> dict[str, Any]:
        known: _Process | None = getattr(self._mine, "process", None)
        if known is None or not known.lives:
            if known is not None:
                self._processes.remove(known)
            known = self._mine.process = _Process()
            self._processes.append(known)
        job.process = known
        answer = None if job.given_up else known.ask(job.question, self.wall_seconds)
        return {"unreadable": "The calendar takes too long to read."} if answer is None else dict(json.loads(answer))


READERS = Readers()


def _item(told: dict[str, Any]) -> Item:
    ours = told.pop("ours")
    if ours is not None:
        ours = Appointment(**{**ours, **{name: datetime.fromisoformat(ours[name]) for name in ("starts_at", "ends_at")}})
    spans = tuple((start, end) for start, end in told.pop("busy"))
    return Item(**{**told, "edition": tuple(told["edition"]), "busy": spans, "ours": ours})


def _send(stream: IO[bytes], content: bytes) -> None:
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """Raises EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


# ---------------------------------------------------------------- on the other side


def serve() -> None:
    """Read what comes, until nothing more does: the whole life of the process."""
    import resource  # noqa: PLC0415 - of this process alone

    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    while True:
        try:
            kind, given, scope, cpu_seconds = pickle.loads(_receive(sys.stdin.buffer))  # noqa: S301 - it comes from our own parent
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        _send(sys.stdout.buffer, json.dumps(_told(kind, given, scope), default=datetime.isoformat).encode())


def _told(kind: Kind, given: Any, scope: Scope) -> dict[str, Any]:
    try:
        if kind == "times":
            return {"read": without_private_words(given)}
        items = _file(given, scope) if kind == "file" else [_object(key, text, scope) for key, text in given.items()]
        return {"read": [asdict(item) for item in items]}
    except Unreadable as problem:
        return {"unreadable": str(problem)}
    except MemoryError:
        return {"unreadable": "The calendar takes more memory to read than there is."}


def _object(key: str, text: str, scope: Scope) -> Item:
    try:
        found, unread = _times(text, scope)
    except Unreadable:
        return Item(key=key, unread=1)  # one bad object spoils no calendar
    return Item(
        key=key,
        uid=found[0].uid if found else "",
        edition=max((entry.edition for entry in found), default=(0, 0)),
        busy=tuple(merged(span for entry in found for span in entry.spans)),
        ours=Appointment.read(text),
        unread=unread,
    )


def _file(text: str, scope: Scope) -> list[Item]:
    found, unread = _times(text, scope)
    items = [
        Item(key=entry.uid or f"nameless-{number}", uid=entry.uid, edition=entry.edition, busy=tuple(entry.spans))
        for number, entry in enumerate(found)
    ]
    return [*items, Item(key=UNREAD, unread=unread)] if unread else items


def _times(text: str, scope: Scope) -> tuple[Sequence[EntryTime], int]:
    return busy_by_entry(read_sheet(text), scope.zone, scope.start, scope.end, addresses=scope.addresses, own_uids=OWN_UIDS)
