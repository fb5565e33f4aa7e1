"""The channel `reconnect`: a mail to somebody whose calendar does not let Tandem in any more. Nobody else can mend that."""

from email.mime.text import MIMEText

from services.scheduling.consumers.words import PATTERNS, catalogue
from services.scheduling.store import Queries
from shared.deliveries import Delivery, Unneeded
from shared.mail import Envelope, Smtp, hand_over, letter
from shared.mongo import Database


class ReconnectSender:
    """Sends deliveries of the channel `reconnect`."""

    def __init__(self, database: Database, smtp: Smtp, portal_url: str) -> None:
        self._queries = Queries(database)
        self._smtp = smtp
        self._url = f"{portal_url.rstrip('/')}/me/calendars"

    async def send(self, delivery: Delivery) -> None:
        """Raises Later, Away, Undeliverable or Unneeded."""
        person_id, calendar_id = delivery.payload["person_id"], delivery.payload["calendar_id"]
        calendar = next((one for one in await self._queries.calendars(person_id) if one.id == calendar_id), None)
        reader = await self._queries.person(person_id)
        if calendar is None or not calendar.reconnect or not reader.active:
            raise Unneeded("it is connected again, or nobody wants it any more")
        locale = reader.locale if reader.locale in PATTERNS else "en"
        say = catalogue(locale).gettext
        paragraphs = [
            say("Hello %(name)s,") % {"name": reader.name},
            say("Tandem may not read your calendar %(calendar)s any more.") % {"calendar": calendar.username or calendar.url or ""},
            say("What was busy there stays busy, but what is new is not seen. Connect it again here: %(url)s") % {"url": self._url},
        ]
        envelope = Envelope(
            delivery_id=delivery.id,
            name=reader.name,
            address=reader.email,
            subject=say("Please connect your calendar again"),
            locale=locale,
        )
        await hand_over(self._smtp, letter(self._smtp, envelope, [MIMEText("\n\n".join(paragraphs) + "\n", "plain", "utf-8")]))
