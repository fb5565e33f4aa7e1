"""A mailbox on an IMAP server (RFC 9051): what has come in since the last look. Nothing in it is changed."""

import asyncio
import imaplib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.scheduling.domain.letter import LARGEST_LETTER

ANSWER_SECONDS = 20.0
AT_A_TIME = 50


@dataclass(frozen=True, kw_only=True)
class ImapAccount:
    """The mailbox and how to reach it."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str


@dataclass(frozen=True)
class Place:
    """How far a mailbox was read: the number of the last letter, good as long as the mailbox keeps its `validity`."""

    validity: int = 0
    last: int = 0


@dataclass(frozen=True)
class Arrived:
    """A letter, and how far the mailbox is read with it. `raw` is cut off where it is longer than any that is read."""

    raw: bytes
    place: Place


class MailboxAway(Exception):  # noqa: N818 - says what the server is
    """The mail server cannot be used now."""


class Mailbox:
    """Reads one folder, a thread for each look: the standard library's client waits for its answers."""

    def __init__(self, account: ImapAccount) -> None:
        self._account = account

    async def since(self, place: Place) -> AsyncIterator[Arrived]:
        """Up to fifty letters that have come in since. Raises MailboxAway."""
        for arrived in await asyncio.to_thread(self._look, place):
            yield arrived

    def _look(self, place: Place) -> list[Arrived]:
        account = self._account
        try:
            with self._client() as client:
                if account.security == "starttls":
                    client.starttls(ssl.create_default_context())
                client.login(account.username, account.password)
                return self._new_ones(client, place)
        except (imaplib.IMAP4.error, OSError, ValueError) as problem:
            raise MailboxAway(f"the mailbox: {type(problem).__name__}") from problem

    def _client(self) -> imaplib.IMAP4:
        host, port = self._account.host, self._account.port
        if self._account.security == "tls":
            return imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=ANSWER_SECONDS)
        return imaplib.IMAP4(host, port, timeout=ANSWER_SECONDS)

    def _new_ones(self, client: imaplib.IMAP4, place: Place) -> list[Arrived]:
        client.select(f'"{self._account.folder}"', readonly=True)
        validity = int((client.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)
        last = place.last if validity == place.validity else 0
        _, found = client.uid("SEARCH", f"UID {last + 1}:*")
        # `n:*` always names the last letter there is, whatever n says.
        numbers = sorted(number for number in map(int, (found[0] or b"").split()) if number > last)[:AT_A_TIME]
        return [Arrived(self._raw(client, number), Place(validity, number)) for number in numbers]

    def _raw(self, client: imaplib.IMAP4, number: int) -> bytes:
        _, answer = client.uid("FETCH", str(number), f"(BODY.PEEK[]<0.{LARGEST_LETTER + 1}>)")
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")
