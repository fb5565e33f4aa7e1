"""Sentences and times in the reader's language. Catalogues are compiled in memory from `locale/`."""

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

PATTERNS = {"en": "EEEE d MMMM, H:mm", "de": "EEEE, d. MMMM, H:mm"}
DAYS = {"en": "EEEE d MMMM", "de": "EEEE, d. MMMM"}
# British English, so that days come before months and hours go to 24.
REGIONS = {"en": "en_GB", "de": "de"}


def language(locale: str) -> str:
    """The language we write in to somebody with this locale: English, unless it is one of ours."""
    return locale if locale in PATTERNS else "en"


@cache
def catalogue(locale: str) -> NullTranslations:
    """The translations into a language. English is the source and needs none."""
    source = files("services.notifications") / "locale" / locale / "mail.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def day(on: date, *, locale: str) -> str:
    """A day as the reader writes it: Thursday 22 October."""
    return format_date(on, DAYS[locale], locale=REGIONS[locale])


def moment(at: datetime, *, zone: str, locale: str) -> str:
    """A time as the reader's clock shows it, with the place of that clock: Thursday 22 October, 14:30 (Lisbon)."""
    there = ZoneInfo(zone)
    place = get_timezone_location(there, locale=REGIONS[locale], return_city=True)
    return f"{format_datetime(at, PATTERNS[locale], tzinfo=there, locale=REGIONS[locale])} ({place})"
