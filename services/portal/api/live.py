"""What changes while somebody looks: the inbox, live. An endless answer that ends when the session does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from services.portal.api.backends import Backend, BackendDown
from services.portal.api.front_door import FrontDoor, front_door

router = APIRouter(include_in_schema=False)

_HEARTBEAT: Final = 15.0
_SESSION_EVERY: Final = 60.0
_PAUSE: Final = 5.0
_WAITING: Final = 100


@router.get("/live")
async def live(request: Request) -> Response:
    """The signed-in person's inbox as server-sent events (`count`, `notice`)."""
    door = front_door(request)
    visit = await door.visit(request)
    if visit is None:
        # 204 tells an event source to stop asking.
        return Response(status_code=204)
    stream = _lines(request, door, door.backend("notifications", visit))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _lines(request: Request, door: FrontDoor, backend: Backend) -> AsyncIterator[str]:
    waiting: asyncio.Queue[str] = asyncio.Queue(_WAITING)
    reading = asyncio.create_task(_read(backend, waiting))
    stopping = asyncio.create_task(_stop(door, waiting))
    loop = asyncio.get_running_loop()
    looked = loop.time()
    try:
        yield ": here\n\n"
        # Not longer than this process: an open answer would hold up its end.
        while not door.service.stopping.is_set():
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    line = await waiting.get()
            except TimeoutError:
                line = ": here\n"
            yield f"{line}\n"
            if loop.time() - looked >= _SESSION_EVERY:
                looked = loop.time()
                if await door.visit(request) is None:
                    yield "event: signed-out\ndata:\n\n"
                    return
    finally:
        reading.cancel()
        stopping.cancel()


async def _stop(door: FrontDoor, waiting: asyncio.Queue[str]) -> None:
    """Wake whoever waits for a line when there will be none any more."""
    await door.service.stopping.wait()
    await waiting.put(": stopping\n")


async def _read(backend: Backend, waiting: asyncio.Queue[str]) -> None:
    """Whatever notifications has to say, for as long as it takes: it may be away for a while, and start again."""
    while True:
        try:
            async with backend.stream("/inbox/stream") as lines:
                async for line in lines:
                    await waiting.put(line)
        except BackendDown:
            await waiting.put(": away\n")
        await asyncio.sleep(_PAUSE)
