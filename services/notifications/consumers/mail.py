"""The mail channel: words a notice when its letter is due, and hands it to the mail server."""

from email.message import Message
from email.mime.text import MIMEText

from services.notifications.channels import Facts, Letter, letter_for
from services.notifications.domain import Listener
from services.notifications.store import Mail, Post
from shared import mail as post_office
from shared.deliveries import Delivery, Later, Unneeded
from shared.mail import Envelope, Smtp


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
        await post_office.hand_over(self._smtp, self._message(letter, mail.reader, delivery.id))

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
        envelope = Envelope(delivery_id=delivery_id, name=reader.name, address=reader.email, subject=letter.subject, locale=letter.locale)
        parts = [MIMEText(letter.text, "plain", "utf-8"), MIMEText(letter.html, "html", "utf-8")]
        message = post_office.letter(self._smtp, envelope, parts)
        message["Auto-Submitted"] = "auto-generated"
        return message
