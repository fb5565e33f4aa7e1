"""Video calls over HTTP: what of them somebody can have, and what they have chosen."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.scheduling.api.views import Body, Reads
from services.scheduling.domain import NoSuchVideo, VideoKind
from services.scheduling.handlers import ChooseVideo, choose_video
from services.scheduling.store import Queries
from services.scheduling.store.clouds import VIDEO_OF
from services.scheduling.store.video import VideoProvider
from shared.auth import Person
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/video", tags=["video"])


class VideoView(BaseModel):
    """Of which kind calls are made for your meetings that have no place, and which you can have."""

    kind: VideoKind
    offered: list[VideoKind]


class VideoBody(Body):
    """The kind of calls to make."""

    kind: VideoKind


@router.get("/mine")
async def my_video(request: Request, person: Person, reads: Reads) -> VideoView:
    """What you have chosen; until then no calls are made."""
    choice = await reads.video_choice(person.id)
    return VideoView(kind=choice.kind, offered=await _offered(request, reads, person.id))


@router.put("/mine", status_code=204, responses=problems(NoSuchVideo))
async def choose_my_video(request: Request, body: VideoBody, person: Person, at: At, service: Running, *, reads: Reads) -> None:
    """Have calls made, or none. Of two partners who have both chosen, the protégé's choice counts."""
    if body.kind is not VideoKind.NONE and body.kind not in await _offered(request, reads, person.id):
        raise NoSuchVideo
    await service.run(choose_video, ChooseVideo(kind=body.kind, by=person.id, at=at))


async def _offered(request: Request, reads: Queries, person_id: str) -> list[VideoKind]:
    """What the operator has set up, and what comes with a calendar we may write to."""
    providers: Mapping[VideoKind, VideoProvider] = request.app.state.video
    written = [calendar.kind for calendar in await reads.calendars(person_id) if calendar.target_url]
    return [*providers, *(VIDEO_OF[kind] for kind in written if kind in VIDEO_OF)]
