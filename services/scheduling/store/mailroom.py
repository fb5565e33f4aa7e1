"""Takes in what comes to our mailbox: one replica at a time reads it, a letter after the other, each in a transaction of its own."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog

from services.scheduling.domain import UID_HOST, Letter, ReplyAddresses
from services.scheduling.handlers import Outcome, TakeLetter, take_letter, turn_down
from services.scheduling.store.letter_reader import LetterReader
from services.scheduling.store.mailbox import Mailbox, MailboxAway, Place
from shared.aggregate import new_id
from shared.errors import Rejected
from shared.mongo import DuplicateKeyError, PyMongoError, ReturnDocument, is_outage, later, still
from shared.service import Service

LOOK_EVERY_SECONDS = 5.0
POLL_MS, LEASE_MS = 15_000, 60_000
_OURS = {"_id": "replies"}

log = structlog.get_logger()


class Mailroom:
    """Reads one mailbox."""

    def __init__(self, mailbox: Mailbox, reader: LetterReader, addresses: ReplyAddresses, sender: str) -> None:
        """`sender`: the address our own mail is from."""
        self._mailbox, self._reader, self._addresses = mailbox, reader, addresses
        self._own_host = f"@{sender.rpartition('@')[2]}>"

    async def run(self, service: Service) -> None:
        """Look every fifteen seconds, for as long as the process runs."""
        try:
            while True:
                try:
                    while await self.look(service):
                        pass
                except (MailboxAway, PyMongoError) as problem:
                    log.warning("the mailbox waits", problem=problem)
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        finally:
            await self._reader.close()

    async def look(self, service: Service) -> bool:
        """Take in what is new, if it is time and nobody else does; whether there may be more. Raises MailboxAway."""
        boxes, token = service.database.mailboxes, new_id()
        await self._prepare(service)
        row = await boxes.find_one_and_update(
            {**_OURS, **still("due_at", over=True)},
            [{"$set": {"token": token, "due_at": later(LEASE_MS)}}],
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            return False
        more = False
        async for arrived in self._mailbox.since(Place(row.get("validity", 0), row.get("last", 0))):
            try:
                await self.take(service, arrived.raw)
            except Exception as problem:
                if is_outage(problem):
                    raise
                log.error("a letter could not be taken in and is left out", problem=problem)
            # Only now: what was read and not taken in is read again, and known again.
            place = {"validity": arrived.place.validity, "last": arrived.place.last}
            kept = await boxes.update_one({**_OURS, "token": token}, [{"$set": {**place, "due_at": later(LEASE_MS)}}])
            more = bool(kept.matched_count)
            if not more:
                return False  # we took so long that another reads on
        await boxes.update_one({**_OURS, "token": token}, [{"$set": {"due_at": "$$NOW" if more else later(POLL_MS)}}])
        return more

    async def _prepare(self, service: Service) -> None:
        try:
            await service.database.mailboxes.update_one(_OURS, {"$setOnInsert": {"due_at": datetime.now(UTC)}}, upsert=True)
        except DuplicateKeyError:
            return  # another replica was quicker

    async def take(self, service: Service, raw: bytes) -> Outcome:
        """Take in one letter. Raises the driver's error when the database is away."""
        letter = await self._reader.read(raw)
        command = await self._command(service, letter)
        try:
            outcome = await service.run(take_letter, command)
        except Rejected:
            outcome = await service.run(turn_down, command)
        log.info("a letter was taken in", state=outcome.value, kind=letter.skipped or None)
        return outcome

    def _is_ours(self, letter: Letter) -> bool:
        """A letter of our own that has found its way back. Guests may have their mail from the same domain."""
        return letter.message_id.startswith("<invitation.") and letter.message_id.endswith(self._own_host)

    async def _command(self, service: Service, letter: Letter) -> TakeLetter:
        uid = letter.reply.uid if letter.reply is not None else ""
        meeting_id, _, host = uid.rpartition("@")
        document: dict[str, Any] | None = None
        if host == UID_HOST:
            document = await service.database.meetings.find_one({"_id": meeting_id}, {"protege_id": 1, "mentor_id": 1})
        people = [document["protege_id"], document["mentor_id"]] if document else []
        return TakeLetter(
            letter=letter,
            meeting_id=meeting_id if document else None,
            proven=[person for person in people if self._addresses.shows(letter.recipients, meeting_id, person)],
            skipped=bool(letter.skipped) or self._is_ours(letter),
            at=datetime.now(UTC),
        )
