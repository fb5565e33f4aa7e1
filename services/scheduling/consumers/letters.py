"""The channel `invitation`: mail that a calendar program understands (iMIP, RFC 6047)."""

from datetime import UTC, datetime
from email.message import Message
from email.mime.text import MIMEText
from email.utils import parseaddr

from services.scheduling.consumers.news import News, Newsroom
from services.scheduling.domain import ReplyAddresses
from services.scheduling.domain.invitation import Guest, invitation
from services.scheduling.store import Queries
from shared.deliveries import Delivery, Unneeded
from shared.mail import Envelope, Smtp, hand_over, letter
from shared.mongo import Database


class InvitationSender:
    """Sends deliveries of the channel `invitation`."""

    def __init__(self, database: Database, smtp: Smtp, portal_url: str, addresses: ReplyAddresses | None) -> None:
        """`addresses`: where guests answer, if answers by mail are read."""
        self._addresses = addresses
        self._newsroom = Newsroom(database, portal_url)
        self._queries = Queries(database)
        self._smtp = smtp

    async def send(self, delivery: Delivery) -> None:
        """Write the invitation as of now, and hand it to the mail server. Raises Later, Undeliverable or Unneeded.

        Whose calendar has the meeting under another name than ours is told in words alone: an invitation would stand there beside it.
        """
        news = await self._newsroom.about(delivery)
        if not news.reader.active:
            raise Unneeded("the person has left")
        calendars = await self._queries.calendars(news.reader.person_id)
        has_entry = any(calendar.names_entries_itself for calendar in calendars)
        await hand_over(self._smtp, self._message(news, delivery.id, delivery.payload.get("method"), has_entry=has_entry))

    def _message(self, news: News, delivery_id: str, asked: str | None, *, has_entry: bool) -> Message:
        name, sender = parseaddr(self._smtp.sender)
        parts = [MIMEText(news.words.declined() if asked else news.words.text(), "plain", "utf-8")]
        if asked or not has_entry:
            host = self._addresses.of(news.meeting.id, news.reader.person_id) if self._addresses is not None else sender
            method, text = invitation(
                news.meeting,
                news.words.wording(),
                datetime.now(UTC),
                method=asked,
                organiser=Guest(name or "Tandem", host),
                guests=[Guest(person.name, person.email) for person in (news.reader, news.partner)],
            )
            parts.append(MIMEText(text, "calendar", "utf-8"))
            parts[-1].set_param("method", method)
        envelope = Envelope(
            delivery_id=delivery_id,
            name=news.reader.name,
            address=news.reader.email,
            subject=news.words.declined_subject() if asked else news.words.subject(),
            locale=news.words.locale,
        )
        return letter(self._smtp, envelope, parts)
