"""The channel `invitation`: mail that a calendar program understands (iMIP, RFC 6047)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, parseaddr

import aiosmtplib

from services.scheduling.consumers.news import News, Newsroom
from services.scheduling.domain.invitation import Guest, invitation
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded
from shared.mongo import Database

PERMANENT = 500
SECONDS = 30.0
# An encoded word is at most 75 characters long (RFC 2047).
NAME_LINE = 70


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """The mail server and how to speak to it. `sender` organises the meetings: answers to invitations go there."""

    host: str
    port: int
    security: str
    username: str | None
    password: str | None
    sender: str


class InvitationSender:
    """Sends deliveries of the channel `invitation`."""

    def __init__(self, database: Database, smtp: Smtp, portal_url: str) -> None:
        self._newsroom = Newsroom(database, portal_url)
        self._smtp = smtp

    async def send(self, delivery: Delivery) -> None:
        """Write the invitation as of now, and hand it to the mail server. Raises Later, Undeliverable or Unneeded."""
        news = await self._newsroom.about(delivery)
        if not news.reader.active:
            raise Unneeded("the person has left")
        await self._hand_over(self._message(news, delivery.id))

    def _message(self, news: News, delivery_id: str) -> Message:
        name, sender = parseaddr(self._smtp.sender)
        method, text = invitation(
            news.meeting,
            news.words.wording(),
            datetime.now(UTC),
            organiser=Guest(name or "Tandem", sender),
            guests=[Guest(person.name, person.email) for person in (news.reader, news.partner)],
        )
        # Not EmailMessage: in Python 3.11 it loses spaces when it folds a long subject that is not plain ASCII.
        message = MIMEMultipart("alternative")
        message["From"] = _mailbox(name, sender)
        message["To"] = _mailbox(news.reader.name, news.reader.email)
        message["Subject"] = Header(news.words.subject(), "utf-8", header_name="Subject").encode()
        message["Date"] = formatdate(usegmt=True)
        # The same letter handed over twice can be known as one.
        message["Message-ID"] = f"<{delivery_id.replace('/', '.')}@{sender.rpartition('@')[2]}>"
        message["Content-Language"] = news.words.locale
        message.attach(MIMEText(news.words.text(), "plain", "utf-8"))
        entry = MIMEText(text, "calendar", "utf-8")
        entry.set_param("method", method)
        message.attach(entry)
        return message

    async def _hand_over(self, message: Message) -> None:
        try:
            await aiosmtplib.send(
                message,
                hostname=self._smtp.host,
                port=self._smtp.port,
                username=self._smtp.username,
                password=self._smtp.password,
                use_tls=self._smtp.security == "tls",
                start_tls=self._smtp.security == "starttls",
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            raise _outcome(max(recipient.code for recipient in refusal.recipients)) from refusal
        except aiosmtplib.SMTPResponseException as refusal:
            raise _outcome(refusal.code) from refusal
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise Later(f"the mail server: {type(problem).__name__}") from problem


def _mailbox(name: str, address: str) -> str:
    """A name and an address as a header has them. Raises Undeliverable for what is no address."""
    try:
        Address(addr_spec=address)
    except (ValueError, HeaderParseError) as error:
        raise Undeliverable("the person's address is none") from error
    one_line = " ".join(name.split())
    if one_line.isascii():
        return formataddr((one_line, address))
    return f"{Header(one_line, 'utf-8', maxlinelen=NAME_LINE).encode()} <{address}>"


def _outcome(code: int) -> Exception:
    """A server's no is final from 500 on. Its words are left out: they repeat the address."""
    return Undeliverable(f"the mail server said {code}") if code >= PERMANENT else Later(f"the mail server said {code}")
