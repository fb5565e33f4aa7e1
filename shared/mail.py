"""Mail out: letters and the server that takes them. What may be sent, and what it says, is each service's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.utils import formataddr, formatdate, parseaddr
from typing import Literal

import aiosmtplib
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from shared.deliveries import Away, Later, Undeliverable

CLOSING, PERMANENT = 421, 500
SECONDS = 30.0
# An encoded word is at most 75 characters long (RFC 2047).
NAME_LINE = 70
# Whatever the server says no to here, a wrong password or us as such, is not about a letter, final as it may sound.
_BEFORE_ANY_LETTER = (
    aiosmtplib.SMTPAuthenticationError,
    aiosmtplib.SMTPConnectResponseError,
    aiosmtplib.SMTPHeloError,
)


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """The mail server and how to speak to it. `sender` is `Name <address>`."""

    host: str
    port: int
    security: str
    username: str | None
    password: str | None
    sender: str


class SmtpSettings(BaseSettings):
    """The mail server as a service's settings name it."""

    smtp_host: str
    smtp_port: int = 25
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str
    """The sender of all mail, such as `Tandem <tandem@example.org>`."""

    @property
    def smtp(self) -> Smtp:
        """The mail server."""
        return Smtp(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=self.smtp_username,
            password=self.smtp_password.get_secret_value() if self.smtp_password else None,
            sender=self.mail_from,
        )


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Whom a letter is for, what is written on it, and the delivery it belongs to."""

    delivery_id: str
    name: str
    address: str
    subject: str
    locale: str


def letter(smtp: Smtp, envelope: Envelope, parts: Sequence[Message]) -> Message:
    """A letter with the same content in several forms, the plainest first. Raises Undeliverable for what is no address."""
    # Not EmailMessage: in Python 3.11 it loses spaces when it folds a long subject that is not plain ASCII.
    message = MIMEMultipart("alternative")
    sender_name, sender = parseaddr(smtp.sender)
    message["From"] = _mailbox(sender_name, sender)
    message["To"] = _mailbox(envelope.name, envelope.address)
    message["Subject"] = Header(envelope.subject, "utf-8", header_name="Subject").encode()
    message["Date"] = formatdate(usegmt=True)
    # The same letter handed over twice can be known as one.
    message["Message-ID"] = f"<{envelope.delivery_id.replace('/', '.')}@{sender.rpartition('@')[2]}>"
    message["Content-Language"] = envelope.locale
    for part in parts:
        message.attach(part)
    return message


async def hand_over(smtp: Smtp, message: Message) -> None:
    """Give a letter to the mail server. Raises Later, Away when the server takes no letter at all, Undeliverable when its no is final.

    When it answers yes and we end, or the connection does, before its yes is written down, the letter is handed over once more, with the
    same Message-ID. A letter is given to one server in one go, so there can be no more than one such double for each time that happens.
    """
    try:
        await aiosmtplib.send(
            message,
            hostname=smtp.host,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            timeout=SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as refusal:
        raise _outcome(max(recipient.code for recipient in refusal.recipients)) from refusal
    except _BEFORE_ANY_LETTER as refusal:
        raise Away(f"the mail server said {refusal.code}") from refusal
    except aiosmtplib.SMTPResponseException as refusal:
        raise _outcome(refusal.code) from refusal
    except (aiosmtplib.SMTPException, OSError) as problem:
        raise Away(f"the mail server: {type(problem).__name__}") from problem


def _mailbox(name: str, address: str) -> str:
    """A name and an address as a header has them."""
    try:
        Address(addr_spec=address)
    except (ValueError, HeaderParseError) as error:
        raise Undeliverable("the person's address is none") from error
    one_line = " ".join(name.split())
    if one_line.isascii():
        return formataddr((one_line, address))
    return f"{Header(one_line, 'utf-8', maxlinelen=NAME_LINE).encode()} <{address}>"


def _outcome(code: int) -> Exception:
    """A server's no is final from 500 on; 421 is its no to everything. Its words are left out: they repeat the address."""
    if code == CLOSING:
        return Away(f"the mail server said {code}")
    return Undeliverable(f"the mail server said {code}") if code >= PERMANENT else Later(f"the mail server said {code}")
