"""An application on a socket of its own, for tests that need a real connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tests.support.probe import eventually


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[socket.socket, str]]:
    """A port of loopback, and its address: known before there is an application to serve."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    """Serve the application until the block ends. Its start and stop are the caller's business."""
    config = uvicorn.Config(app, log_level="error", ws="none", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))

    async def started() -> bool:
        return server.started

    await eventually(started, "the server listens")
    yield
    server.should_exit = True
    await running
