"""Notes on meetings."""

from dataclasses import dataclass, field
from datetime import datetime

from services.scheduling.handlers.protocols import AllNotes, Meetings


@dataclass(frozen=True, kw_only=True)
class WriteNotes:
    meeting_id: str
    text: str = field(repr=False)
    shared: bool
    by: str
    at: datetime


async def write_notes(command: WriteNotes, meetings: Meetings, all_notes: AllNotes) -> None:
    """Keep what one of the two has written about a meeting."""
    notes = await all_notes.of(await meetings.get(command.meeting_id), command.by)
    notes.write(command.text, command.at, shared=command.shared)
    await all_notes.save(notes)
