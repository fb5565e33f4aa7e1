"""Channels to real receivers."""

from email.mime.text import MIMEText

import httpx2

from shared.deliveries import Delivery
from shared.mail import Envelope, Smtp, hand_over, letter


class Hook:
    """Posts each delivery with its id as the key by which a receiver knows it again."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def send(self, delivery: Delivery) -> None:
        async with httpx2.AsyncClient() as client:
            (await client.post(self._address, headers={"idempotency-key": delivery.id})).raise_for_status()


class Mailer:
    """Hands each delivery to a mail server as a letter."""

    def __init__(self, port: int, password: str | None = None) -> None:
        username = "tandem" if password else None
        self._smtp = Smtp(host="127.0.0.1", port=port, security="none", username=username, password=password, sender="T <t@example.org>")

    async def send(self, delivery: Delivery) -> None:
        envelope = Envelope(delivery_id=delivery.id, name="Inês", address="ines@example.org", subject="Hello", locale="en")
        await hand_over(self._smtp, letter(self._smtp, envelope, [MIMEText("Hello")]))
