"""What scheduling is told by its environment."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.scheduling.domain import CalendarKind, VideoKind
from services.scheduling.store import ImapAccount
from services.scheduling.store.clouds import Cloud, google_cloud, microsoft_cloud
from services.scheduling.store.video import Jitsi, VideoProvider, Zoom
from shared.mail import SmtpSettings
from shared.service import ServiceSettings


class Settings(SmtpSettings, ServiceSettings):
    """Settings with the prefix `SCHEDULING_`."""

    model_config = SettingsConfigDict(env_prefix="SCHEDULING_", frozen=True)

    port: int = 8002
    secret_key: SecretStr
    """Seals the passwords of calendar servers: 32 bytes in base64. After a rotation the new key first, older ones after commas."""
    caldav_allowed: str = ""
    """Calendar servers outside the open internet that may be connected: addresses or `host:port`, with commas between them."""

    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    google_domain: str = ""
    """The Google Workspace domain whose accounts alone may be connected."""
    microsoft_client_id: str = ""
    microsoft_client_secret: SecretStr = SecretStr("")
    microsoft_tenant: str = "organizations"
    """The directory (tenant) id whose accounts alone may be connected."""
    calendar_hooks_url: str = ""
    """Below which public https address Google and Microsoft can call us; `/hooks/calendars` of the portal unless given."""

    zoom_account_id: str = ""
    zoom_client_id: str = ""
    zoom_client_secret: SecretStr = SecretStr("")
    jitsi_url: str = ""
    jitsi_app_id: str = ""
    """Of a Jitsi that asks for tokens, together with its secret."""
    jitsi_app_secret: SecretStr = SecretStr("")

    # Where all of them are: others for a national cloud, or behind a gateway of one's own.
    google_accounts_url: str = "https://accounts.google.com"
    google_token_url: str = "https://oauth2.googleapis.com"  # noqa: S105 - an address
    google_api_url: str = "https://www.googleapis.com"
    microsoft_login_url: str = "https://login.microsoftonline.com"
    microsoft_graph_url: str = "https://graph.microsoft.com"
    zoom_login_url: str = "https://zoom.us"
    zoom_api_url: str = "https://api.zoom.us/v2"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in ("google_client", "microsoft_client", "zoom_client", "jitsi_app"):
            if bool(getattr(self, f"{name}_id")) != bool(getattr(self, f"{name}_secret").get_secret_value()):
                raise ValueError(f"SCHEDULING_{name.upper()}_ID and SCHEDULING_{name.upper()}_SECRET belong together")
        return self

    @property
    def clouds(self) -> dict[CalendarKind, Cloud]:
        """Where Tandem is registered."""
        found = {}
        portal = self.portal_url.rstrip("/")
        if self.google_client_id:
            found[CalendarKind.GOOGLE] = google_cloud(
                client_id=self.google_client_id,
                client_secret=self.google_client_secret.get_secret_value(),
                redirect_uri=f"{portal}/me/calendars/cloud/google/connected",
                domain=self.google_domain,
                accounts_url=self.google_accounts_url.rstrip("/"),
                token_url=self.google_token_url.rstrip("/"),
                api_url=self.google_api_url.rstrip("/"),
            )
        if self.microsoft_client_id:
            found[CalendarKind.MICROSOFT] = microsoft_cloud(
                client_id=self.microsoft_client_id,
                client_secret=self.microsoft_client_secret.get_secret_value(),
                redirect_uri=f"{portal}/me/calendars/cloud/microsoft/connected",
                tenant=self.microsoft_tenant,
                login_url=self.microsoft_login_url.rstrip("/"),
                graph_url=self.microsoft_graph_url.rstrip("/"),
            )
        return found

    @property
    def video(self) -> dict[VideoKind, VideoProvider]:
        """Who makes calls, beside the calendars that do."""
        found: dict[VideoKind, VideoProvider] = {}
        if self.zoom_client_id:
            found[VideoKind.ZOOM] = Zoom(
                account_id=self.zoom_account_id,
                client_id=self.zoom_client_id,
                client_secret=self.zoom_client_secret.get_secret_value(),
                login_url=self.zoom_login_url.rstrip("/"),
                api_url=self.zoom_api_url.rstrip("/"),
            )
        if self.jitsi_url:
            secret = self.jitsi_app_secret.get_secret_value()
            found[VideoKind.JITSI] = Jitsi(url=self.jitsi_url.rstrip("/"), app_id=self.jitsi_app_id, app_secret=secret)
        return found

    @property
    def hooks(self) -> str | None:
        """Below which address we can be called; None where nobody outside could: then calendars are looked at every few minutes."""
        given = self.calendar_hooks_url or (
            f"{self.portal_url.rstrip('/')}/hooks/calendars" if self.portal_url.startswith("https:") else ""
        )
        return given.rstrip("/") or None

    imap_host: str | None = None
    """The server of the mailbox that answers to invitations come to. Without one they are not read: the links in the mails do as well."""
    imap_port: int = 993
    imap_security: Literal["none", "starttls", "tls"] = "tls"
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"
    reply_address: str = ""
    """The address of that mailbox. Mail with a label behind a plus must come there, too: each guest answers to one of their own."""
    mail_authority: str = ""
    """The name under which our own mail server writes down that a sender is who they say (Authentication-Results, RFC 8601)."""

    @model_validator(mode="after")
    def _a_mailbox_has_an_address(self) -> Self:
        if (self.imap_host is None) != (not self.reply_address):
            raise ValueError("IMAP_HOST and REPLY_ADDRESS are given together, or neither")
        return self

    @property
    def imap(self) -> ImapAccount | None:
        """The mailbox, where there is one."""
        if self.imap_host is None:
            return None
        return ImapAccount(
            host=self.imap_host,
            port=self.imap_port,
            security=self.imap_security,
            username=self.imap_username,
            password=self.imap_password.get_secret_value(),
            folder=self.imap_folder,
        )

    @property
    def allowed_servers(self) -> list[str]:
        """The allowed calendar servers as `host:port`."""
        return [_server(text.strip()) for text in self.caldav_allowed.split(",") if text.strip()]


def _server(text: str) -> str:
    if "://" not in text:
        return text
    parts = urlsplit(text)
    return f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
