"""Public holidays, by country and region."""

from datetime import date
from functools import lru_cache

import holidays

_LANGUAGES = {"en": ("en_US", "en_GB", "en"), "de": ("de", "de_DE")}


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """The countries whose holidays are known (ISO 3166-1), each with its regions (the second part of ISO 3166-2)."""
    return {country: tuple(regions) for country, regions in holidays.list_supported_countries(include_aliases=False).items()}


def regions_of(country: str) -> list[tuple[str, str]]:
    """A country's regions by code, each with the name it has there, as far as that is known."""
    names = {code: name for name, code in holidays.country_holidays(country).subdivisions_aliases.items()}
    return sorted(((code, names.get(code, code)) for code in countries()[country]), key=lambda region: region[1].casefold())


@lru_cache(maxsize=512)  # a company has people in a few places
def holidays_in(country: str, region: str, year: int, language: str = "") -> dict[date, str]:
    """The public holidays of a year with their names, in the language if the country's are known in it, else in its own."""
    known = holidays.country_holidays(country).supported_languages
    spoken = next((name for name in _LANGUAGES.get(language, ()) if name in known), None)
    return dict(sorted(holidays.country_holidays(country, subdiv=region or None, years=year, language=spoken).items()))


def holidays_between(country: str, region: str, first: date, last: date, language: str = "") -> dict[date, str]:
    """The public holidays from the first to the last day."""
    every = (holidays_in(country, region, year, language) for year in range(first.year, last.year + 1))
    return {day: name for year in every for day, name in year.items() if first <= day <= last}
