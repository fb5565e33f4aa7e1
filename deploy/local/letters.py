"""Caught mail: kept as files, one per message, and read back for people and for tests."""

import codecs
import email
import email.policy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from icalendar import Calendar

MOST_KEPT = 3000


@dataclass(frozen=True)
class Letter:
    """One caught message. `message_id` is the name of its file."""

    message_id: str
    received_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "(no subject)")

    @property
    def sender(self) -> str:
        return str(self.message["From"] or "")

    @property
    def recipients(self) -> list[str]:
        return [str(value) for name in ("To", "Cc") for value in self.message.get_all(name, [])]

    def part(self, content_type: str) -> str:
        """The text of the first part of this type; empty when there is none."""
        for part in self.message.walk():
            if part.get_content_type() == content_type and not part.is_multipart():
                payload = part.get_payload(decode=True)
                content = payload if isinstance(payload, bytes) else b""
                return content.decode(_known(part.get_content_charset()), errors="replace")
        return ""

    def summary(self) -> dict[str, Any]:
        return {
            "message_id": self.message_id,
            "received_at": self.received_at.isoformat(),
            "from": self.sender,
            "to": self.recipients,
            "subject": self.subject,
            "calendar": bool(self.part("text/calendar")),
        }

    def whole(self) -> dict[str, Any]:
        return self.summary() | {
            "headers": {name: str(value) for name, value in self.message.items()},
            "text": self.part("text/plain"),
            "html": self.part("text/html"),
            "calendar": self.part("text/calendar"),
            "attachments": [part.get_filename() or part.get_content_type() for part in self.message.iter_attachments()]
            if self.message.is_multipart()
            else [],
        }

    def invitation(self) -> dict[str, str]:
        """What a calendar program would say about the calendar part; empty without one, or with one it cannot read."""
        try:
            calendar = Calendar.from_ical(self.part("text/calendar"))
            event = next(iter(calendar.walk("VEVENT")))
        except (ValueError, StopIteration, IndexError):
            return {}
        found = {
            "method": calendar.get("METHOD"),
            "what": event.get("SUMMARY"),
            "starts": event.decoded("DTSTART", None),
            "ends": event.decoded("DTEND", None),
            "where": event.get("LOCATION"),
            "sequence": event.get("SEQUENCE"),
        }
        return {name: str(value) for name, value in found.items() if value is not None}


class Letters:
    """All caught messages of one directory, the newest kept."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def keep(self, content: bytes, at: datetime) -> str:
        """Write a message to its file; its id."""
        digest = hashlib.sha256(content).hexdigest()[:8]
        message_id = f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{digest}"
        unfinished = self._directory / f".{message_id}"
        unfinished.write_bytes(content)
        unfinished.replace(self._directory / f"{message_id}.eml")
        for old in self._names()[MOST_KEPT:]:
            (self._directory / f"{old}.eml").unlink(missing_ok=True)
        return message_id

    def newest(self, limit: int, containing: str = "") -> Iterator[Letter]:
        """The newest messages whose recipients or subject contain this."""
        found = 0
        for name in self._names():
            letter = self.get(name)
            if letter is not None and containing.lower() in f"{' '.join(letter.recipients)} {letter.subject}".lower():
                yield letter
                found += 1
                if found == limit:
                    return

    def get(self, message_id: str) -> Letter | None:
        if message_id not in self._names():  # never a path of the caller's choosing
            return None
        try:
            content = (self._directory / f"{message_id}.eml").read_bytes()
        except FileNotFoundError:
            return None
        received_at = datetime.strptime(message_id.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        return Letter(message_id, received_at, email.message_from_bytes(content, policy=email.policy.default))

    def _names(self) -> list[str]:
        return sorted((path.stem for path in self._directory.glob("*.eml")), reverse=True)


def _known(charset: str | None) -> str:
    """The charset a message names, or UTF-8 in place of one nobody has heard of."""
    try:
        return codecs.lookup(charset or "utf-8").name
    except LookupError:
        return "utf-8"
