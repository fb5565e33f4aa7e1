"""A real SMTP server that counts: how often each letter has arrived."""

from collections import Counter
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import free_ports


class Letterbox:
    """Takes all mail, and remembers each letter's id only."""

    def __init__(self) -> None:
        self.port = free_ports(1)[0]
        self.arrived: Counter[str] = Counter()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one letter."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self.arrived[str(message_from_bytes(content)["Message-ID"])] += 1
        return "250 taken"

    @property
    def doubles(self) -> int:
        """How many letters have come more often than once."""
        return sum(times - 1 for times in self.arrived.values())
