"""Calendar texts to the entries of the port, off the event loop: a heavy calendar takes seconds."""

import asyncio
from collections.abc import Mapping, Sequence

from services.scheduling.domain import UID_HOST, Appointment
from services.scheduling.slots import EntryTime, Unreadable, busy_by_entry, merged, read_sheet
from services.scheduling.store.provider import Item, Scope

OWN_UIDS = f"@{UID_HOST}"
UNREAD = "what nobody can read"


async def read_objects(texts: Mapping[str, str], scope: Scope) -> list[Item]:
    """Calendar objects, each under its key and of one UID. Raises Unreadable."""
    return await asyncio.to_thread(_objects, texts, scope)


async def read_file(text: str, scope: Scope) -> list[Item]:
    """A whole calendar file as an item for each UID, and one for all that could not be read. Raises Unreadable."""
    return await asyncio.to_thread(_file, text, scope)


def _objects(texts: Mapping[str, str], scope: Scope) -> list[Item]:
    return [_object(key, text, scope) for key, text in texts.items()]


def _object(key: str, text: str, scope: Scope) -> Item:
    try:
        found, unread = _times(text, scope)
    except Unreadable:
        return Item(key=key, unread=1)  # one bad object spoils no calendar
    return Item(
        key=key,
        uid=found[0].uid if found else "",
        edition=max((entry.edition for entry in found), default=(0, 0)),
        busy=tuple(merged(span for entry in found for span in entry.spans)),
        ours=Appointment.read(text),
        unread=unread,
    )


def _file(text: str, scope: Scope) -> list[Item]:
    found, unread = _times(text, scope)
    items = [
        Item(key=entry.uid or f"nameless-{number}", uid=entry.uid, edition=entry.edition, busy=tuple(entry.spans))
        for number, entry in enumerate(found)
    ]
    return [*items, Item(key=UNREAD, unread=unread)] if unread else items


def _times(text: str, scope: Scope) -> tuple[Sequence[EntryTime], int]:
    return busy_by_entry(read_sheet(text), scope.zone, scope.start, scope.end, addresses=scope.addresses, own_uids=OWN_UIDS)
