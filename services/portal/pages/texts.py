"""The words of the pages in each language: catalogs read from `locale/` once, compiled in memory."""

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = {"en": "English", "de": "Deutsch"}


@cache
def texts(locale: str) -> NullTranslations:
    """Words in `locale`. The source language is English, so English needs no catalog; an unknown language reads English."""
    folder = files(__package__) / "locale" / locale
    if locale not in LOCALES or not folder.is_dir():
        return NullTranslations()
    words = Translations()
    for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
        compiled = BytesIO()
        write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=locale))
        compiled.seek(0)
        words.merge(Translations(compiled))
    return words
