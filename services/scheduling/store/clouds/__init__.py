"""Google Calendar and Microsoft Graph, by plain HTTP: consent (OAuth with PKCE), calls that keep to the rules, and the two adapters."""

from services.scheduling.store.clouds.asking import INDEXES as ASKING
from services.scheduling.store.clouds.caller import Caller, Pacing
from services.scheduling.store.clouds.consent import Cloud, Identity, Tokens, google_cloud, microsoft_cloud
from services.scheduling.store.clouds.google import GoogleCalendar
from services.scheduling.store.clouds.grants import Grants
from services.scheduling.store.clouds.graph import GraphCalendar
from services.scheduling.store.clouds.registered import VIDEO_OF, Clouds, VideoCalendar
from services.scheduling.store.clouds.watching import INDEXES as WATCHING
from services.scheduling.store.clouds.watching import Hint, Watcher

INDEXES = [*ASKING, *WATCHING]

__all__ = [
    "INDEXES",
    "VIDEO_OF",
    "Caller",
    "Cloud",
    "Clouds",
    "GoogleCalendar",
    "Grants",
    "GraphCalendar",
    "Hint",
    "Identity",
    "Pacing",
    "Tokens",
    "VideoCalendar",
    "Watcher",
    "google_cloud",
    "microsoft_cloud",
]
