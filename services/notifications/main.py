"""The notifications service, put together."""

from collections.abc import Mapping

from fastapi import FastAPI

from services.notifications import __doc__ as description
from services.notifications.api import router
from services.notifications.consumers import MailSender, reactions
from services.notifications.handlers import Directory, Notices
from services.notifications.settings import Settings
from services.notifications.store import INDEXES, Feed, MongoDirectory, MongoNotices, Post
from shared.deliveries import Sender
from shared.service import Service, build


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with settings from the environment unless given."""
    chosen = settings or Settings()
    feed = Feed()

    def senders(service: Service) -> Mapping[str, Sender]:
        return {"mail": MailSender(Post(service.database), chosen.smtp, chosen.portal_url)}

    app = build(
        settings=chosen,
        reactions=reactions,
        title="Tandem notifications",
        description=description or "",
        routers=[router],
        indexes=INDEXES,
        stores={Notices: MongoNotices, Directory: MongoDirectory},
        senders=senders,
        workers=[feed.run],
    )
    app.state.feed = feed
    return app
