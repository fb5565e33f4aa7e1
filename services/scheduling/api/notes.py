"""Notes on meetings over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.api.views import Body, Reads
from services.scheduling.domain import Notes, NotYourPartnership
from services.scheduling.handlers import WriteNotes, write_notes
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/meetings/{meeting_id}/notes", tags=["notes"])


class NotesView(BaseModel):
    """What somebody has written about a meeting."""

    text: str
    shared: bool
    written_at: AwareDatetime | None

    @classmethod
    def of(cls, notes: Notes | None) -> "NotesView | None":
        """None where nothing is written, or nothing for the reader's eyes."""
        return cls(text=notes.text, shared=notes.shared, written_at=notes.written_at) if notes and notes.text else None


class NotesOfBoth(BaseModel):
    """Your own notes, and your partner's if they share them with you. That there are others is not told."""

    mine: NotesView | None
    theirs: NotesView | None


class NotesBody(Body):
    """What you keep of a meeting. Empty words take the notes away."""

    text: str
    shared: Annotated[bool, Field(description="whether your partner reads them, too")] = False


@router.get("", responses=problems(NotFound, NotYourPartnership))
async def notes(meeting_id: str, person: Person, reads: Reads) -> NotesOfBoth:
    """The notes on a meeting that you may read."""
    mine, theirs = await reads.notes(await reads.meeting(meeting_id, person.id), person.id)
    return NotesOfBoth(mine=NotesView.of(mine), theirs=NotesView.of(theirs))


@router.put("/mine", status_code=204, responses=problems(NotFound, NotYourPartnership, Invalid))
async def write(meeting_id: str, body: NotesBody, person: Person, at: At, service: Running) -> None:
    """Keep your notes on a meeting, for yourself or for both."""
    await service.run(write_notes, WriteNotes(meeting_id=meeting_id, text=body.text, shared=body.shared, by=person.id, at=at))
