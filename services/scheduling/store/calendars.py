"""The calendars of people, whatever their kind: each opened by its adapter, with what opens it unsealed only for that."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.scheduling.domain import Appointment, Calendar, CalendarKind, CalendarUnreachable
from services.scheduling.store.provider import CalendarProvider, CalendarServerError, ChangedMeanwhile, Item, Place
from shared.secrets import CannotOpen, Safe

__all__ = ["CalendarBook", "CalendarSecrets", "Opener"]

# Whoever asks waits: twenty seconds for what is saved, eight for what is looked at.
FIND_SECONDS, LOOK_SECONDS = 11.0, 7.0
TRIES = 3

# From a calendar and its unsealed secret.
Opener = Callable[[Calendar, str], CalendarProvider]


class CalendarSecrets:
    """What opens people's calendars, each sealed for the one calendar of the one person."""

    def __init__(self, safe: Safe) -> None:
        self._safe = safe

    def seal(self, calendar: Calendar, secret: str) -> bytes:
        """The secret as it may be stored with this calendar."""
        return self._safe.seal(secret, place=_place(calendar))

    def renewed(self, calendar: Calendar) -> bytes | None:
        """The secret sealed with the newest key; None when it is already. Raises CalendarServerError."""
        if calendar.secret is None or self._safe.is_sealed_with_newest(bytes(calendar.secret)):
            return None
        return self.seal(calendar, self.open(calendar))

    def open(self, calendar: Calendar) -> str:
        """The secret of a connected calendar; empty where it has none. Raises CalendarServerError when it was sealed with another key."""
        if calendar.secret is None:
            return ""
        try:
            return self._safe.open(bytes(calendar.secret), place=_place(calendar))
        except CannotOpen as problem:
            raise CalendarServerError(
                "The stored password cannot be read any more. Connect the calendar again.", field="password", reconnect=True
            ) from problem


def _place(calendar: Calendar) -> str:
    # Before people could have several calendars, theirs had their own id.
    which = "" if calendar.id == calendar.person_id else f"{calendar.id}/"
    return f"calendars/{calendar.person_id}/{which}password"


@dataclass(frozen=True)
class Written:
    """An entry as it stands after it was written: a server may have made something else of it. `own_words`: the person's were kept."""

    item: Item | None
    own_words: bool


class CalendarBook:
    """Opens people's calendars."""

    def __init__(self, secrets: CalendarSecrets, openers: Mapping[CalendarKind, Opener]) -> None:
        self.secrets = secrets
        self._openers = openers

    def open(self, calendar: Calendar) -> CalendarProvider:
        """The provider of a connected calendar. Raises CalendarServerError."""
        return self._openers[calendar.kind](calendar, self.secrets.open(calendar))

    async def find(self, calendar: Calendar, secret: str, seconds: float = FIND_SECONDS) -> Sequence[Place]:
        """The calendars in an account that is about to be connected, the usual one first. Raises CalendarUnreachable."""
        try:
            async with asyncio.timeout(seconds):
                return await self._openers[calendar.kind](calendar, secret).discover()
        except CalendarServerError as problem:
            raise CalendarUnreachable(str(problem), field=problem.field) from problem
        except TimeoutError as problem:
            raise CalendarUnreachable("The calendar server takes too long to answer.", field="url") from problem

    async def places(self, calendar: Calendar) -> Sequence[Place]:
        """The calendars in an account that is connected. Raises CalendarUnreachable."""
        try:
            secret = self.secrets.open(calendar)
        except CalendarServerError as problem:
            raise CalendarUnreachable(str(problem), field=problem.field) from problem
        return await self.find(calendar, secret, LOOK_SECONDS)

    async def write(self, calendar: Calendar, key: str, appointment: Appointment, *, text: str | None) -> Written:
        """Write a meeting as it is, whatever has been done to its entry; again when somebody else was quicker. Raises CalendarServerError.

        `text`: the digest of the words we wrote last. Where others stand there now, they are the person's own and stay.
        """
        provider, place = self.open(calendar), calendar.target_url or ""
        for last in _tries():
            there = await provider.get(place, key)
            own = there.ours if there is not None and text is not None else None
            wanted = appointment
            if own is not None and own.text != text:
                wanted = replace(appointment, title=own.title, description=own.description, place=own.place)
            try:
                await provider.upsert(place, key, wanted, if_version=there.version if there else None)
            except ChangedMeanwhile:
                if last:
                    raise
            else:
                break
        return Written(await provider.get(place, key), own_words=wanted is not appointment)

    async def take_away(self, calendar: Calendar, key: str) -> None:
        """Take a meeting away. Raises CalendarServerError."""
        provider, place = self.open(calendar), calendar.target_url or ""
        for last in _tries():
            there = await provider.get(place, key)
            if there is None:
                return
            try:
                await provider.cancel(place, key, if_version=there.version)
            except ChangedMeanwhile:
                if last:
                    raise
            else:
                return


def _tries() -> Sequence[bool]:
    """One after the other; True is the last."""
    return [attempt == TRIES for attempt in range(1, TRIES + 1)]
