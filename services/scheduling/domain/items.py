"""What a calendar tells of one of its entries: when, and nothing more."""

from dataclasses import dataclass

from services.scheduling.domain.appointment import Appointment
from services.scheduling.slots import Span


@dataclass(frozen=True, kw_only=True)
class Item:
    """One entry as it is now: when it takes its owner's time, and nothing of what it says, unless it is one of our meetings (`ours`).

    `key` is its name in its calendar: of what we wrote, the key we gave. `version` changes whenever the entry does.
    `edition` (SEQUENCE, DTSTAMP) tells which of two copies with the same UID in two calendars counts.
    Our own meetings take no time here: claims stand for them. `unread`: how many of its parts nobody can read.
    """

    key: str
    version: str | None = None
    uid: str = ""
    edition: tuple[int, int] = (0, 0)
    busy: tuple[Span, ...] = ()
    ours: Appointment | None = None
    gone: bool = False
    unread: int = 0
