"""A mail that came in, read with a limit on everything: who sent it, and what it answers to an invitation (RFC 5546, RFC 6047)."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any, Literal

from icalendar import Calendar

LARGEST_LETTER, LARGEST_CALENDAR, MOST_PARTS, MOST_ADDRESSES = 1_000_000, 100_000, 60, 50
METHODS = ("REPLY", "COUNTER", "REFRESH")
# Where mail servers write down for whom a letter has come.
_FOR = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
# What a sender chose may stand in quotes or brackets within a finding, whatever it looks like.
_SAID = re.compile(r"\"[^\"]*\"|\([^()]*\)")
_FOUND = re.compile(
    r"\s*(?:dmarc\s*=\s*pass\b.*\bheader\.from|dkim\s*=\s*pass\b.*\bheader\.d)\s*=\s*([a-z0-9.-]{1,253})(?=\s|$)",
    re.IGNORECASE | re.DOTALL,
)


Skipped = Literal["", "automatic", "bounce", "no_answer", "unreadable", "too_large"]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a guest's calendar program says. `coming` is its PARTSTAT; the times are those of a counter-proposal."""

    method: str
    uid: str
    attendee: str
    coming: str
    revision: int
    stamp: datetime
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """`digest` knows the same letter again, whatever it is called. `skipped` says why nothing is to be done about it."""

    digest: str
    message_id: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    vouched: tuple[str, ...] = ()
    """The domains for which our own mail server has found that the sender is who they say (DMARC, or DKIM)."""
    skipped: Skipped = ""
    reply: Reply | None = field(default=None)


def read_letter(raw: bytes, authority: str) -> Letter:
    """The letter. `authority`: as whom our own mail server signs its findings (RFC 8601); without one nothing is vouched for."""
    digest = hashlib.sha256(raw).hexdigest()
    if len(raw) > LARGEST_LETTER:
        return Letter(digest=digest, skipped="too_large")
    try:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what the policy makes
        return _read(message, digest, authority)
    except Exception:  # noqa: BLE001 - the parser of the standard library raises nearly anything for what is no mail
        return Letter(digest=digest, skipped="unreadable")


def _read(message: EmailMessage, digest: str, authority: str) -> Letter:
    senders = _addresses(message, "from")
    known: dict[str, Any] = {
        "digest": digest,
        "message_id": str(message.get("message-id", "")).strip()[:500],
        "sender": senders[0] if len(senders) == 1 else "",
        "recipients": tuple(dict.fromkeys(address for name in _FOR for address in _addresses(message, name))),
        "vouched": _vouched(message, authority),
    }
    if str(message.get("auto-submitted", "no")).split(";")[0].strip().casefold() != "no":
        return Letter(**known, skipped="automatic")
    if message.get_content_type() == "multipart/report" or str(message.get("return-path", "")).strip() == "<>":
        return Letter(**known, skipped="bounce")
    reply = _reply(message, known["sender"])
    return Letter(**known, reply=reply, skipped="" if reply else "no_answer")


def _addresses(message: EmailMessage, name: str) -> list[str]:
    values = [str(value)[:10_000] for value in message.get_all(name, [])[:MOST_ADDRESSES]]
    return [address.casefold() for _, address in getaddresses(values)[:MOST_ADDRESSES] if "@" in address]


def _vouched(message: EmailMessage, authority: str) -> tuple[str, ...]:
    """Of the topmost finding alone: those below may have come with the letter."""
    first = str((message.get_all("authentication-results") or [""])[0])[:10_000]
    server, _, findings = first.partition(";")
    if not authority or server.split()[:1] != [authority]:
        return ()
    found = [_FOUND.match(finding) for finding in _SAID.sub(" ", findings).split(";")]
    return tuple(dict.fromkeys(match[1].casefold() for match in found if match is not None))


def _reply(message: EmailMessage, sender: str) -> Reply | None:
    """The first calendar object of the letter that answers an invitation."""
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            break
        if part.get_content_type() not in {"text/calendar", "application/ics"}:
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and len(content) <= LARGEST_CALENDAR:
            found = _answer(content.decode("utf-8", "replace"), sender)
            if found is not None:
                return found
    return None


def _answer(text: str, sender: str) -> Reply | None:
    calendar = Calendar.from_ical(text)
    method = str(calendar.get("METHOD", "")).upper()
    events = calendar.walk("VEVENT")
    if method not in METHODS or len(events) != 1:
        return None
    (event,) = events
    guests = event.get("ATTENDEE", [])
    guests = guests if isinstance(guests, list) else [guests]
    # One guest answers for themself; Exchange writes no organiser, and a REFRESH may name nobody.
    named = [(address_of(str(guest)), str(guest.params.get("PARTSTAT", "")).upper()) for guest in guests]
    attendee, coming = named[0] if len(named) == 1 else next((one for one in named if one[0] == sender), ("", ""))
    stamp, start = event.get("DTSTAMP"), event.get("DTSTART")
    starts_at = start.dt if start is not None and isinstance(start.dt, datetime) and start.dt.tzinfo is not None else None
    return Reply(
        method=method,
        uid=str(event.get("UID", ""))[:500],
        attendee=attendee or sender,
        coming=coming,
        revision=int(event.get("SEQUENCE", 0)),
        stamp=stamp.dt.astimezone(UTC) if stamp is not None else datetime.min.replace(tzinfo=UTC),
        starts_at=starts_at.astimezone(UTC) if starts_at is not None else None,
    )


def vouched_for(letter: Letter, address: str) -> bool:
    """Whether our mail server knows that this letter is from the mailbox with this address. A domain stands for those below it."""
    domain = address.rpartition("@")[2]
    return same_mailbox(letter.sender, address) and any(
        domain == known or ("." in known and domain.endswith(f".{known}")) for known in letter.vouched
    )


def address_of(text: str) -> str:
    """A mail address as we compare them: without `mailto:`, in small letters."""
    return text.strip().casefold().removeprefix("mailto:")[:320]


def same_mailbox(first: str, second: str) -> bool:
    """Whether two addresses are one mailbox: what stands behind a plus is only a label."""

    def plain(address: str) -> str:
        local, _, domain = address_of(address).rpartition("@")
        return f"{local.partition('+')[0]}@{domain}"

    return plain(first) == plain(second)
