"""For queries: a unit that is never written, so that looking costs no transaction."""

from typing import Annotated

from fastapi import Depends

from shared.service import At, Running
from shared.unit import Unit


async def _reading(running: Running, at: At) -> Unit:  # a coroutine, because FastAPI would send a plain function to a thread
    return Unit(running.database, None, at=at, writer=running.name)


Reading = Annotated[Unit, Depends(_reading)]
