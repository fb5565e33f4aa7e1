"""The mail channel: words a notice when its letter is due, and hands it to the mail server."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate, parseaddr

import aiosmtplib

from services.notifications.channels import Facts, Letter, letter_for
from services.notifications.store import Post
from services.notifications.store.post import Mail
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded

PERMANENT = 500
SECONDS = 30.0


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
        await self._hand_over(self._message(letter_for(self._facts(mail)), delivery.id))

    def _facts(self, mail: Mail) -> Facts:
        return Facts(
            kind=mail.notice.kind,
            address=formataddr((mail.reader.name, mail.reader.email)),
            reader=mail.reader.name,
            locale=mail.reader.locale,
            zone=mail.reader.zone,
            url=self._portal_url + mail.notice.link,
            preferences_url=f"{self._portal_url}/preferences",
            subject=mail.notice.subject,
            names=mail.names,
        )

    def _message(self, letter: Letter, delivery_id: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._smtp.sender
        message["To"] = letter.address
        message["Subject"] = letter.subject
        message["Date"] = formatdate(usegmt=True)
        # The same letter handed over twice can be known as one.
        message["Message-ID"] = f"<{delivery_id.replace('/', '.')}@{parseaddr(self._smtp.sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.locale
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message

    async def _hand_over(self, message: EmailMessage) -> None:
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


def _outcome(code: int) -> Exception:
    """A server's no is final from 500 on. Its words are left out: they repeat the address."""
    return Undeliverable(f"the mail server said {code}") if code >= PERMANENT else Later(f"the mail server said {code}")
