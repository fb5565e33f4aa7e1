"""Calendar texts to the entries of the port, off the event loop: a heavy calendar takes seconds."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from services.scheduling.domain import UID_HOST, Appointment
from services.scheduling.slots import EntryTime, busy_by_entry, merged, read_sheet
from services.scheduling.store.provider import Item, Scope

OWN_UIDS = f"@{UID_HOST}"


async def read_objects(texts: Mapping[str, str], scope: Scope) -> tuple[list[Item], int]:
    """Calendar objects, each under its key and of one UID, and how many entries could not be read. Raises Unreadable."""
    return await asyncio.to_thread(_objects, texts, scope)


async def read_file(text: str, scope: Scope) -> tuple[list[Item], int]:
    """A whole calendar file as an item for each UID, and how many entries could not be read. Raises Unreadable."""
    return await asyncio.to_thread(_file, text, scope)


def _objects(texts: Mapping[str, str], scope: Scope) -> tuple[list[Item], int]:
    items, unread = [], 0
    for key, text in texts.items():
        found, problems = _times(text, scope)
        unread += problems
        items.append(
            Item(
                key=key,
                uid=found[0].uid if found else "",
                edition=max((entry.edition for entry in found), default=(0, 0)),
                busy=tuple(merged(span for entry in found for span in entry.spans)),
                ours=Appointment.read(text),
            )
        )
    return items, unread


def _file(text: str, scope: Scope) -> tuple[list[Item], int]:
    found, unread = _times(text, scope)
    return [
        Item(key=name_of(entry.uid) if entry.uid else f"nameless-{number}", uid=entry.uid, edition=entry.edition, busy=tuple(entry.spans))
        for number, entry in enumerate(found)
    ], unread


def _times(text: str, scope: Scope) -> tuple[Sequence[EntryTime], int]:
    return busy_by_entry(read_sheet(text), scope.zone, scope.start, scope.end, addresses=scope.addresses, own_uids=OWN_UIDS)


def name_of(text: str) -> str:
    """A short name that stands for a text that may be long or private, and tells nothing of it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
