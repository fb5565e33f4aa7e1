"""The scheduling service, put together."""

from collections.abc import Callable, Mapping
from email.utils import parseaddr

from fastapi import FastAPI

from services.scheduling import __doc__ as description
from services.scheduling.api import ROUTERS
from services.scheduling.consumers import CalendarSender, InvitationSender, OtherTimesSender, ReconnectSender, VideoSender, reactions
from services.scheduling.domain import CalendarKind, ReplyAddresses
from services.scheduling.handlers import (
    Agendas,
    AllNotes,
    AllSeries,
    Announcements,
    Availabilities,
    BusyCache,
    Calendars,
    Copies,
    Letters,
    Meetings,
    People,
    Plans,
    Policies,
    Times,
    VideoChoices,
)
from services.scheduling.settings import Settings
from services.scheduling.store import (
    INDEXES,
    LOOPS,
    CalDavAccount,
    CalendarBook,
    CalendarSecrets,
    Feed,
    LetterReader,
    Mailbox,
    Mailroom,
    MongoAgendas,
    MongoAllNotes,
    MongoAllSeries,
    MongoAnnouncements,
    MongoAvailabilities,
    MongoBusyCache,
    MongoCalendars,
    MongoCopies,
    MongoLetters,
    MongoMeetings,
    MongoPeople,
    MongoPlans,
    MongoPolicies,
    MongoTimes,
    MongoVideoChoices,
    Opener,
    Recheck,
    Refresher,
    UploadedFile,
    rezone,
)
from services.scheduling.store.clouds import Clouds, Watcher
from shared.deliveries import Sender
from shared.http import Guard
from shared.mongo import Database
from shared.secrets import Safe
from shared.service import Service, Worker, build
from shared.unit import Unit

STORES: Mapping[type, Callable[[Unit], object]] = {
    Agendas: MongoAgendas,
    AllNotes: MongoAllNotes,
    AllSeries: MongoAllSeries,
    Announcements: MongoAnnouncements,
    Availabilities: MongoAvailabilities,
    BusyCache: MongoBusyCache,
    Calendars: MongoCalendars,
    Copies: MongoCopies,
    Letters: MongoLetters,
    Meetings: MongoMeetings,
    People: MongoPeople,
    Plans: MongoPlans,
    Policies: MongoPolicies,
    Times: MongoTimes,
    VideoChoices: MongoVideoChoices,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, with settings from the environment unless given."""
    chosen = settings or Settings()
    guard, safe = Guard.allowing(chosen.allowed_servers), Safe(chosen.secret_key.get_secret_value().split(","))

    def database() -> Database:
        return app.state.service.database  # the service connects to it when it starts

    video = chosen.video
    clouds = Clouds(offered=chosen.clouds, database=database, safe=safe, hooks=chosen.hooks)
    openers: Mapping[CalendarKind, Opener] = {
        CalendarKind.CALDAV: lambda calendar, secret: CalDavAccount(calendar.url or "", calendar.username or "", secret, guard),
        CalendarKind.FEED: lambda _, secret: Feed(secret, guard),
        CalendarKind.ICS: UploadedFile.opened,
        CalendarKind.GOOGLE: clouds.open,
        CalendarKind.MICROSOFT: clouds.open,
    }
    book = CalendarBook(CalendarSecrets(safe), openers)
    refresher = Refresher(book)
    watcher = Watcher(database, book, clouds.grants, safe, chosen.hooks)
    addresses = ReplyAddresses(chosen.reply_address, safe.marks) if chosen.reply_address else None
    workers: list[Worker] = [rezone, *[refresher.run] * LOOPS, watcher.watch]
    mailroom = None
    if chosen.imap is not None and addresses is not None:
        mailroom = Mailroom(Mailbox(chosen.imap), LetterReader(chosen.mail_authority), addresses, parseaddr(chosen.mail_from)[1])
        workers.append(mailroom.run)

    def senders(service: Service) -> Mapping[str, Sender]:
        calendars = CalendarSender(service, book, chosen.portal_url)
        return {
            "calendar": calendars,
            "invitation": InvitationSender(service.database, chosen.smtp, chosen.portal_url, addresses),
            "other_times": OtherTimesSender(service),
            "reconnect": ReconnectSender(service.database, chosen.smtp, chosen.portal_url),
            "video": VideoSender(service, book=book, calendars=calendars, providers=video, portal_url=chosen.portal_url),
        }

    app = build(
        settings=chosen,
        reactions=reactions,
        title="Tandem scheduling",
        description=description or "",
        routers=ROUTERS,
        indexes=INDEXES,
        stores=STORES,
        senders=senders,
        workers=workers,
    )
    app.state.book, app.state.refresher, app.state.recheck = book, refresher, Recheck(book)
    app.state.clouds, app.state.watcher, app.state.mailroom = clouds, watcher, mailroom
    app.state.video = video
    return app
