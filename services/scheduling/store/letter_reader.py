"""Reads letters in a process of its own: whatever a stranger has written, it takes no more than its time and memory, and nobody waits."""

import asyncio
import json
import resource
import struct
import sys
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

from services.scheduling.domain import Letter, Reply, read_letter

READ_SECONDS = 30.0
MOST_MEMORY = 1_000_000_000
_LENGTH = struct.Struct(">I")
# As a file of its own, so that the rest of this package need not be read first, and with no folder of ours among the modules.
_PROGRAM = ("-P", __file__)


class LetterReader:
    """One reading process, started when it is needed and again when a letter was too much for it."""

    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._process: asyncio.subprocess.Process | None = None

    async def read(self, raw: bytes) -> Letter:
        """The letter; one that cannot be read within half a minute is unreadable."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                return _letter(await self._asked(raw))
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            await self.close()
            return Letter(digest=sha256(raw).hexdigest(), skipped="unreadable")

    async def _asked(self, raw: bytes) -> bytes:
        process = self._process = self._process or await asyncio.create_subprocess_exec(
            sys.executable, *_PROGRAM, self._authority, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={}
        )
        assert process.stdin is not None  # noqa: S101 - asked for above
        assert process.stdout is not None  # noqa: S101 - asked for above
        process.stdin.write(_LENGTH.pack(len(raw)) + raw)
        await process.stdin.drain()
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        return await process.stdout.readexactly(length)

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def _letter(answer: bytes) -> Letter:
    found: dict[str, Any] = json.loads(answer)
    reply = found.pop("reply")
    if reply is not None:
        times = {name: datetime.fromisoformat(reply[name]) for name in ("stamp", "starts_at") if reply[name] is not None}
        reply = Reply(**{**reply, **times})
    return Letter(**{**found, "recipients": tuple(found["recipients"]), "vouched": tuple(found["vouched"])}, reply=reply)


def serve(authority: str, letters: BinaryIO, answers: BinaryIO) -> None:
    """Read letters from one pipe and answer over the other, until the first is closed."""
    while head := letters.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        answer = json.dumps(asdict(read_letter(letters.read(length), authority)), default=datetime.isoformat).encode()
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def serve_here() -> None:
    """As the reading process: with a limit to its memory, and without our environment, which it could give away."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    serve_here()
