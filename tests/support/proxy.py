"""Proxies that break connections on purpose: those of any TCP server, and Kafka's, whose answers they can turn into errors."""

import asyncio
import contextlib
import math
import socket
import struct
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from enum import IntEnum
from typing import Any, Self

from aiokafka.protocol import commit, coordination, fetch, group, metadata, produce
from aiokafka.protocol.types import Array, Schema

UP, DOWN = "to the server", "to the client"
PIECES_PER_SECOND = 20


class Proxy:
    """Passes bytes between a port of its own and a server. Faults are set while it runs; `heal` ends them.

    A black hole holds bytes back, as a network does whose packets are sent again and again: they arrive after `heal`.
    """

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self._server = (host, int(port))
        self._port = 0
        self._listener: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self._resets = 0
        self.heal_faults()

    @property
    def address(self) -> str:
        """Where clients connect to, as host:port."""
        return f"127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    # ---------------------------------------------------------------- faults

    def slow_down(self, *, latency: float = 0.0, bytes_per_second: float = math.inf) -> None:
        """Have each byte arrive `latency` seconds later, in each direction, and no more bytes in a second than this."""
        self._latency, self._bytes_per_second = latency, bytes_per_second

    def swallow(self, *directions: str) -> None:
        """Be a black hole for `UP`, `DOWN`, or both when none is named."""
        for direction in directions or (UP, DOWN):
            self._flowing[direction].clear()

    def reset_answers(self, times: int = 1) -> None:
        """Pass on only the first half of what the server sends next, and reset the connection then."""
        self._resets = times

    async def cut(self) -> None:
        """Reset all connections and refuse new ones."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in self._writers:
            _reset(writer)
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def heal(self) -> None:
        """End all faults. The port stays the same."""
        self.heal_faults()
        if self._listener is None:
            await self._listen()

    def heal_faults(self) -> None:
        """End all faults but `cut`."""
        self.slow_down()
        self._resets = 0
        for flowing in self._flowing.values():
            flowing.set()

    # ---------------------------------------------------------------- passing on

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.create_task(self._link(reader, writer))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._closing(writer):
            try:
                from_server, to_server = await asyncio.open_connection(*self._server)
            except OSError:
                _reset(writer)
                return
            async with self._closing(to_server):
                requests, answers = self._streams(reader, from_server)
                ways = [
                    asyncio.create_task(self._pass_on(UP, requests, to_server)),
                    asyncio.create_task(self._pass_on(DOWN, answers, writer)),
                ]
                try:
                    ended, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    for way in ended:
                        way.result()
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)

    @asynccontextmanager
    async def _closing(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()
                await writer.wait_closed()

    def _streams(self, client: asyncio.StreamReader, server: asyncio.StreamReader) -> tuple[AsyncIterator[bytes], AsyncIterator[bytes]]:
        """What is passed on to the server, and to the client, in the pieces in which it is passed on."""
        return _pieces(client), _pieces(server)

    async def _pass_on(self, direction: str, pieces: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def take() -> None:
            try:
                async for piece in pieces:
                    line.put_nowait((loop.time() + self._latency, piece))
            finally:
                line.put_nowait((loop.time() + self._latency, b""))

        taking = asyncio.create_task(take())
        try:
            while True:
                due, piece = await line.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._flowing[direction].wait()
                if not piece:
                    await taking
                    return
                if direction == DOWN and self._resets:
                    self._resets -= 1
                    await self._write(piece[: len(piece) // 2], writer)
                    _reset(writer)
                    return
                await self._write(piece, writer)
        except (OSError, asyncio.IncompleteReadError):
            return  # One of the two has hung up.
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    async def _write(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        if math.isinf(self._bytes_per_second):
            writer.write(piece)
            await writer.drain()
            return
        size = max(1, int(self._bytes_per_second / PIECES_PER_SECOND))
        for start in range(0, len(piece), size):
            writer.write(piece[start : start + size])
            await writer.drain()
            await asyncio.sleep(1 / PIECES_PER_SECOND if size > 1 else 1 / self._bytes_per_second)


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(65536):
        yield piece


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, with a reset instead of a goodbye."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# ---------------------------------------------------------------- Kafka


class Api(IntEnum):
    """Kafka's requests whose answers can be turned into errors."""

    PRODUCE = 0
    FETCH = 1
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    LEAVE_GROUP = 13
    SYNC_GROUP = 14


# Where a broker puts the error: in the answer itself, in each topic, or in each partition of each topic.
_DEPTH = dict.fromkeys(Api, 0) | {Api.METADATA: 1, Api.PRODUCE: 2, Api.FETCH: 2, Api.OFFSET_COMMIT: 2, Api.OFFSET_FETCH: 2}
_MODULES: tuple[Any, ...] = (commit, coordination, fetch, group, metadata, produce)
_ANSWERS = {(kind.API_KEY, kind.API_VERSION): kind for module in _MODULES for name, kind in vars(module).items() if "Response_v" in name}
Addresses = MutableMapping[tuple[str, int], tuple[str, int]]


class KafkaProxy(Proxy):
    """A proxy before one broker, for clients of aiokafka. All their traffic passes it: it names itself where the broker names itself."""

    def __init__(self, broker: str, addresses: Addresses | None = None) -> None:
        super().__init__(broker)
        self._addresses: Addresses = {} if addresses is None else addresses
        self._errors: dict[Api, deque[tuple[int, bool]]] = {api: deque() for api in Api}
        self.asked: Counter[Api] = Counter()
        self.failed: Counter[Api] = Counter()

    def fail(self, api: Api, code: int, times: int = 1, *, whole: bool = False) -> None:
        """Turn the next answers of this kind into this error. The broker has done what it was asked to, but the client cannot know.

        With `whole` the error of an OFFSET_FETCH is the group's, which from version 2 on stands beside the partitions, not in them.
        """
        self._errors[api].extend([(code, whole)] * times)

    def heal_faults(self) -> None:
        super().heal_faults()
        for errors in getattr(self, "_errors", {}).values():
            errors.clear()

    async def _listen(self) -> None:
        await super()._listen()
        self._addresses[self._server] = ("127.0.0.1", self._port)

    def _streams(self, client: asyncio.StreamReader, server: asyncio.StreamReader) -> tuple[AsyncIterator[bytes], AsyncIterator[bytes]]:
        asked: dict[bytes, tuple[int, int]] = {}

        async def requests() -> AsyncIterator[bytes]:
            async for frame in _frames(client):
                key, version = struct.unpack_from(">hh", frame)
                asked[frame[4:8]] = key, version
                if key in _DEPTH:
                    self.asked[Api(key)] += 1
                yield _framed(frame)

        async def answers() -> AsyncIterator[bytes]:
            async for frame in _frames(server):
                key, version = asked.pop(frame[:4], (-1, -1))
                kind = _ANSWERS.get((key, version))
                yield _framed(frame if kind is None else frame[:4] + self._edited(kind, frame[4:]))

        return requests(), answers()

    def _edited(self, kind: type[Any], body: bytes) -> bytes:
        api = Api(kind.API_KEY)
        if not self._errors[api] and api not in {Api.METADATA, Api.FIND_COORDINATOR}:
            return body
        answer = kind.decode(body)
        if api is Api.METADATA:
            answer.brokers = [(node, *self._instead(host, port), *rest) for node, host, port, *rest in answer.brokers]
        elif api is Api.FIND_COORDINATOR:
            answer.host, answer.port = self._instead(answer.host, answer.port)
        if self._errors[api]:
            code, whole = self._errors[api][0]
            values = [answer.get_item(name) for name in kind.SCHEMA.names]
            if whole and "error_code" in kind.SCHEMA.names:
                answer.topics, answer.error_code = [], code
            elif changed := _with_error(kind.SCHEMA, values, code, _DEPTH[api]):
                answer = kind(*changed)
            else:
                return bytes(answer.encode())  # It speaks of no partition: the error waits for an answer that does.
            self._errors[api].popleft()
            self.failed[api] += 1
        return bytes(answer.encode())

    def _instead(self, host: str, port: int) -> tuple[str, int]:
        return self._addresses.get((host, port), (host, port))


def _with_error(schema: Schema, values: Any, code: int, depth: int) -> tuple[Any, ...] | None:
    """The values with the error in them at this depth of arrays; None where there is no place for it."""
    found = False

    def changed(name: str, kind: Any, value: Any) -> Any:
        nonlocal found
        if depth == 0 and name == "error_code":
            found = True
            return code
        if depth and isinstance(kind, Array) and isinstance(kind.array_of, Schema) and name in {"topics", "partitions"}:
            inner = [_with_error(kind.array_of, item, code, depth - 1) for item in value or ()]
            found = found or any(item is not None for item in inner)
            return [item if item is not None else same for item, same in zip(inner, value or (), strict=True)]
        return value

    result = tuple(changed(name, kind, value) for name, kind, value in zip(schema.names, schema.fields, values, strict=True))
    return result if found else None


async def _frames(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Kafka's messages: a length of four bytes, and as many bytes."""
    while True:
        yield await reader.readexactly(struct.unpack(">i", await reader.readexactly(4))[0])


def _framed(frame: bytes) -> bytes:
    return struct.pack(">i", len(frame)) + frame


@asynccontextmanager
async def kafka_proxies(bootstrap_servers: str) -> AsyncIterator[list[KafkaProxy]]:
    """A proxy before each broker of a cluster, in the order given; each names all of them."""
    addresses: Addresses = {}
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(KafkaProxy(broker, addresses)) for broker in bootstrap_servers.split(",")]


def bootstrap_of(proxies: Iterable[Proxy]) -> str:
    """What clients are told instead of the brokers' own addresses."""
    return ",".join(proxy.address for proxy in proxies)
