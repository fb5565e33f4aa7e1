"""The mail channel: words a notice when its letter is due, and hands it to the mail server."""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, parseaddr

import aiosmtplib

from services.notifications.channels import Facts, Letter, letter_for
from services.notifications.domain import Listener
from services.notifications.store import Mail, Post
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded

PERMANENT = 500
SECONDS = 30.0
# An encoded word is at most 75 characters long (RFC 2047).
NAME_LINE = 70


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """The mail server and how to speak to it."""

    host: str
    port: int
    security: str
    username: str | None
    password: str | None
    sender: str


class MailSender:
    """Sends deliveries of the channel `mail`."""

    def __init__(self, post: Post, smtp: Smtp, portal_url: str) -> None:
        self._post = post
        self._smtp = smtp
        self._portal_url = portal_url.rstrip("/")

    async def send(self, delivery: Delivery) -> None:
        """Look again whether the letter is wanted, write it as of now, and send it. Raises Later, Undeliverable or Unneeded."""
        mail = await self._post.mail(delivery.payload["notice_id"])
        if mail is None:
            raise Later("who it is for is not known yet")
        if mail.dropped_because is not None:
            raise Unneeded(mail.dropped_because)
        letter = letter_for(self._facts(mail))
        await self._hand_over(self._message(letter, mail.reader, delivery.id))

    def _facts(self, mail: Mail) -> Facts:
        return Facts(
            kind=mail.notice.kind,
            reader=mail.reader.name,
            locale=mail.reader.locale,
            zone=mail.reader.zone,
            url=self._portal_url + mail.notice.link,
            inbox_url=f"{self._portal_url}/inbox",
            subject=mail.notice.subject,
            names=mail.names,
        )

    def _message(self, letter: Letter, reader: Listener, delivery_id: str) -> Message:
        # Not EmailMessage: in Python 3.11 it loses spaces when it folds a long subject that is not plain ASCII.
        message = MIMEMultipart("alternative")
        sender_name, sender = parseaddr(self._smtp.sender)
        message["From"] = _mailbox(sender_name, sender)
        message["To"] = _mailbox(reader.name, reader.email)
        message["Subject"] = Header(letter.subject, "utf-8", header_name="Subject").encode()
        message["Date"] = formatdate(usegmt=True)
        # The same letter handed over twice can be known as one.
        message["Message-ID"] = f"<{delivery_id.replace('/', '.')}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.locale
        message.attach(MIMEText(letter.text, "plain", "utf-8"))
        message.attach(MIMEText(letter.html, "html", "utf-8"))
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
