"""What each service is told: its environment variables, made from where the other parts are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.local import demo
from deploy.local.options import SERVICES, Options
from deploy.local.secrets import Secrets

IDENTITY_CLIENT = "tandem-portal"
MAIL_FROM = "Tandem <tandem@alder.example>"


@dataclass(frozen=True)
class Surroundings:
    """Where everything is that a service may need."""

    options: Options
    mongodb_url_of: Callable[[str], str]
    kafka_bootstrap_servers: str
    secrets: Secrets

    def url(self, part: str) -> str:
        """The HTTP address of a part on this machine."""
        return f"http://127.0.0.1:{self.options.ports[part]}"

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.options.ports['smtp']}"

    def of(self, service: str) -> dict[str, str]:
        """All settings of a service, as environment variables."""
        own: Mapping[str, Callable[[], dict[str, str]]] = {
            "portal": self._portal,
            "scheduling": self._scheduling,
            "notifications": self._mail,
        }
        settings = self._common(service) | (own[service]() if service in own else {})
        return {f"{service.upper()}_{name}": value for name, value in settings.items()}

    def of_seed(self) -> dict[str, str]:
        """What the program that puts the demo programmes in is told: where everything is, and how to act as anybody."""
        return {
            "DEMO_SECRET": self.secrets.get("demo"),
            "SMTP_URL": self.smtp_url,
            **{f"{part.upper()}_URL": self.url(part) for part in (*SERVICES, "identity", "calendar", "mailbox")},
        }

    def _common(self, service: str) -> dict[str, str]:
        return {
            "MONGODB_URL": self.mongodb_url_of(service),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
            "PORTAL_URL": self.url("portal"),
            "HOST": "127.0.0.1",
            "PORT": str(self.options.ports[service]),
            "DEMO_CLOCK": "true",
        }

    def _portal(self) -> dict[str, str]:
        return {
            **{f"{service.upper()}_URL": self.url(service) for service in SERVICES if service != "portal"},
            "IDENTITY_URL": self.url("identity"),
            "IDENTITY_CLIENT_ID": IDENTITY_CLIENT,
            "IDENTITY_CLIENT_SECRET": self.secrets.get("identity-client"),
            "LINK_BY_EMAIL": "true",
            "ADMINISTRATORS": demo.ADMINISTRATOR.email,
            "PROGRAMME_MANAGERS": demo.PROGRAMME_MANAGER.email,
            "SECRET_KEY": self.secrets.key("portal"),
            "DEMO_SECRET": self.secrets.get("demo"),
        }

    def _scheduling(self) -> dict[str, str]:
        return {
            **self._mail(),
            "CALDAV_ALLOWED": self.url("calendar"),
            "SECRET_KEY": self.secrets.key("scheduling"),
        }

    def _mail(self) -> dict[str, str]:
        return {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.options.ports["smtp"]),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": MAIL_FROM,
        }
