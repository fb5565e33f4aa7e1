"""What calendars and mails say about a meeting, in the reader's language. Catalogues are compiled in memory from `locale/`."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from services.scheduling.domain import Meeting, MeetingState, PersonHere
from services.scheduling.domain.invitation import Wording

PATTERNS = {"en": "EEEE d MMMM y, H:mm", "de": "EEEE, d. MMMM y, H:mm"}
# British English, so that days come before months and hours go to 24.
REGIONS = {"en": "en_GB", "de": "de"}


@cache
def catalogue(locale: str) -> NullTranslations:
    """The translations into a language. English is the source and needs none."""
    source = files("services.scheduling") / "locale" / locale / "meetings.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=locale))
    compiled.seek(0)
    return Translations(compiled)


class Words:
    """Sentences about one meeting for one of its two."""

    def __init__(
        self, meeting: Meeting, reader: PersonHere, partner: PersonHere, *, programme: str, agenda: Sequence[str] | None, url: str
    ) -> None:
        self._meeting = meeting
        self._reader = reader
        self._partner = partner
        self._programme = programme
        self._agenda = agenda
        self._url = url
        self.locale = reader.locale if reader.locale in PATTERNS else "en"
        self._translations = catalogue(self.locale)

    def wording(self) -> Wording:
        """What the entry in the calendar says."""
        summary = self._say("Mentoring: you and %(partner)s", partner=self._partner.name)
        return Wording(summary=summary, description="\n\n".join([*self._where(), *self._about(), self._url]))

    def subject(self) -> str:
        """The mail's subject."""
        values = {"partner": self._partner.name, "when": self._when(self._reader.zone)}
        if self._meeting.state is MeetingState.CANCELLED:
            return self._say("Cancelled: meeting with %(partner)s, %(when)s", **values)
        if self._meeting.revision:
            return self._say("New time: meeting with %(partner)s, %(when)s", **values)
        return self._say("Meeting with %(partner)s, %(when)s", **values)

    def declined_subject(self) -> str:
        """The subject when a time that was proposed in a calendar program cannot be."""
        return self._say("Not possible: another time with %(partner)s", partner=self._partner.name)

    def declined(self) -> str:
        """The mail that says so."""
        greeting = self._say("Hello %(name)s,", name=self._reader.name)
        values = {"partner": self._partner.name, "when": self._when(self._reader.zone)}
        stands = self._say("at the time you proposed you are not both free. Your meeting with %(partner)s stays on %(when)s.", **values)
        return "\n\n".join([greeting, stands, self._say("Find the next time here: %(url)s", url=self._url)]) + "\n"

    def text(self) -> str:
        """The mail as plain text."""
        greeting = self._say("Hello %(name)s,", name=self._reader.name)
        return "\n\n".join([greeting, self._news(), *self._closing()]) + "\n"

    def _news(self) -> str:
        values = {"partner": self._partner.name, "when": self._when(self._reader.zone), "theirs": self._when(self._partner.zone)}
        if self._meeting.state is MeetingState.CANCELLED:
            return self._say("your meeting with %(partner)s on %(when)s does not take place.", **values)
        if self._meeting.revision:
            return self._say("your meeting with %(partner)s has a new time: %(when)s. For %(partner)s that is %(theirs)s.", **values)
        return self._say("you meet %(partner)s: %(when)s. For %(partner)s that is %(theirs)s.", **values)

    def _closing(self) -> list[str]:
        if self._meeting.state is MeetingState.CANCELLED:
            return [self._say("Find the next time here: %(url)s", url=self._url)]
        answer = self._say("Say whether you come: %(url)s", url=f"{self._url}#answer")
        return [*self._where(), *self._about(), answer, self._say("Move or cancel it here: %(url)s", url=self._url)]

    def _where(self) -> list[str]:
        if not self._meeting.place and self._meeting.link_follows:
            return [self._say("The link to the video call follows.")]
        return [self._say("Where: %(place)s", place=self._meeting.place)] if self._meeting.place else []

    def _about(self) -> list[str]:
        """The agenda, or that there is none yet, and the programme. Of a later meeting than the next one there is no agenda to tell of."""
        items = "\n".join(f"- {text}" for text in self._agenda or ())
        agenda = f"{self._say('Agenda:')}\n{items}" if items else self._say("There is nothing on the agenda yet.")
        programme = [self._say("Programme: %(programme)s", programme=self._programme)] if self._programme else []
        return [*([] if self._agenda is None else [agenda]), *programme]

    def _when(self, zone: str) -> str:
        """The start as a clock in that zone shows it, with the place of the clock."""
        starts_at: datetime | None = self._meeting.starts_at
        if starts_at is None:
            return ""
        there = ZoneInfo(zone)
        place = get_timezone_location(there, locale=REGIONS[self.locale], return_city=True)
        return f"{format_datetime(starts_at, PATTERNS[self.locale], tzinfo=there, locale=REGIONS[self.locale])} ({place})"

    def _say(self, message: str, **values: str) -> str:
        return str(self._translations.gettext(message)) % values
