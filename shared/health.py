"""Whether a service lives and whether it is ready, said so that a program can act on it and a person knows which part is missing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

Check = Callable[[], Awaitable[str | None]]

CHECK_SECONDS = 2.0


class Health(BaseModel):
    """`ok`, or for each part that is not what is wrong with it."""

    status: str
    parts: dict[str, str]


async def _look(name: str, check: Check) -> tuple[str, str]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return name, await check() or "ok"
    except TimeoutError:
        return name, f"no answer within {CHECK_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever a part raises is what is wrong with it
        return name, type(error).__name__


def routes(live: Mapping[str, Check], ready: Mapping[str, Check]) -> APIRouter:
    """`/health/live`: start me again when this fails. `/health/ready`: send me nothing while this fails. `/metrics`."""
    router = APIRouter(tags=["operation"])

    async def answer(checks: Mapping[str, Check], response: Response) -> Health:
        parts = dict(await asyncio.gather(*(_look(name, check) for name, check in checks.items())))
        well = all(state == "ok" for state in parts.values())
        response.status_code = 200 if well else 503
        return Health(status="ok" if well else "not ok", parts=parts)

    @router.get("/health/live", responses={503: {"model": Health}})
    async def is_live(response: Response) -> Health:
        """Whether this process does its work."""
        return await answer(live, response)

    @router.get("/health/ready", responses={503: {"model": Health}})
    async def is_ready(response: Response) -> Health:
        """Whether this process and what it needs can serve."""
        return await answer(ready, response)

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
