"""In which language, and by which clock, a picture speaks."""

from dataclasses import dataclass, field
from datetime import date, datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_interval, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal

from services.portal.pages.texts import texts
from services.portal.pages.times import PATTERNS, locale_of
from services.portal.pages.viewer import Viewer


@dataclass(frozen=True)
class Speech:
    """A reader's language and zone."""

    language: str = "en"
    zone: str = "UTC"
    translations: NullTranslations = field(default_factory=NullTranslations)

    @classmethod
    def of(cls, viewer: Viewer) -> "Speech":
        return cls(viewer.locale, viewer.zone, texts(viewer.locale))

    @property
    def locale(self) -> Locale:
        return locale_of(self.language)

    def gettext(self, message: str) -> str:
        return self.translations.gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.translations.ngettext(one, many, number)

    def local(self, instant: datetime, zone: str | None = None) -> datetime:
        """The same instant by the reader's clock, or by the clock of `zone`."""
        return instant.astimezone(ZoneInfo(zone or self.zone))

    def day(self, day: date) -> str:
        """22 October."""
        return format_date(day, PATTERNS[self.language]["short"], locale=self.locale)

    def dates(self, first: date, last: date) -> str:
        """26-30 October, with the dash of the language."""
        return format_interval(first, last, "MMMMd", locale=self.locale)

    def weekday(self, day: date) -> str:
        """Thursday 22 October."""
        return format_date(day, PATTERNS[self.language]["weekday"], locale=self.locale)

    def short_day(self, day: date) -> str:
        """Thu 22."""
        return format_date(day, "EEE d." if self.language == "de" else "EEE d", locale=self.locale)

    def head_day(self, day: date) -> str:
        """Thursday 22."""
        return format_date(day, "EEEE, d." if self.language == "de" else "EEEE d", locale=self.locale)

    def weekday_name(self, day: int) -> str:
        """Monday, for 0."""
        return str(self.locale.days["stand-alone"]["wide"][day])

    def month(self, day: date) -> str:
        """Oct."""
        return format_date(day, "LLL", locale=self.locale)

    def full_month(self, day: date) -> str:
        """October."""
        return format_date(day, "LLLL", locale=self.locale)

    def time(self, instant: datetime, zone: str | None = None) -> str:
        """9:30 by the reader's clock, or by the clock of `zone`; in both languages alike, and a week of two people has hundreds."""
        local = self.local(instant, zone)
        return f"{local.hour}:{local.minute:02}"

    def place(self, zone: str) -> str:
        """The city a zone is named after: Lisbon, Lissabon."""
        return get_timezone_location(ZoneInfo(zone), locale=self.locale, return_city=True)

    def number(self, value: float) -> str:
        """1.5, or 1,5."""
        return format_decimal(value, locale=self.locale)

    def tongue(self, code: str) -> str:
        """A language by its ISO 639-1 code: Portuguese, Portugiesisch."""
        return str(self.locale.languages.get(code, code))

    def list_of(self, words: list[str]) -> str:
        """A, b and c."""
        return format_list(words, locale=self.locale)
