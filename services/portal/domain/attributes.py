"""What counts as an e-mail address, a time zone, a language, a level."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Final
from zoneinfo import available_timezones

LONGEST_EMAIL: Final = 254  # RFC 5321
_LONGEST_LOCAL_PART: Final = 64
_LOCAL_PART: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

_LEVEL: Final = re.compile(r"(?:[A-Za-z]{1,8}[ .-]?)?(\d{1,3})(?:\.0+)?")
_TRUTH: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "active", "ja", "j", "wahr", "aktiv"), True),
    **dict.fromkeys(("no", "n", "false", "0", "inactive", "left", "nein", "falsch", "inaktiv", "ausgeschieden"), False),
}

# ISO 639-1, whole: the list is closed and small, and a language missing here could not be imported.
# fmt: off
LANGUAGES: Final = frozenset({
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bh", "bi", "bm", "bn", "bo", "br", "bs",
    "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff",
    "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id",
    "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku",
    "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my",
    "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu",
    "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv",
    "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo",
    "wa", "wo", "xh", "yi", "yo", "za", "zh", "zu",
})
# fmt: on

# The languages HR systems write out, in the two languages Tandem speaks.
_NAMES: Final = {
    "arabic": "ar", "arabisch": "ar", "chinese": "zh", "chinesisch": "zh", "mandarin": "zh", "czech": "cs", "tschechisch": "cs",
    "danish": "da", "dänisch": "da", "dutch": "nl", "niederländisch": "nl", "english": "en", "englisch": "en", "finnish": "fi",
    "finnisch": "fi", "french": "fr", "französisch": "fr", "german": "de", "deutsch": "de", "greek": "el", "griechisch": "el",
    "hebrew": "he", "hebräisch": "he", "hindi": "hi", "hungarian": "hu", "ungarisch": "hu", "indonesian": "id", "indonesisch": "id",
    "italian": "it", "italienisch": "it", "japanese": "ja", "japanisch": "ja", "korean": "ko", "koreanisch": "ko", "norwegian": "no",
    "norwegisch": "no", "polish": "pl", "polnisch": "pl", "portuguese": "pt", "portugiesisch": "pt", "romanian": "ro", "rumänisch": "ro",
    "russian": "ru", "russisch": "ru", "spanish": "es", "spanisch": "es", "swahili": "sw", "swedish": "sv", "schwedisch": "sv",
    "thai": "th", "turkish": "tr", "türkisch": "tr", "ukrainian": "uk", "ukrainisch": "uk", "vietnamese": "vi", "vietnamesisch": "vi",
}  # fmt: skip


def normal_email(text: str) -> str:
    """The address as it is compared: without spaces around it, in small letters."""
    return text.strip().lower()


def is_email(text: str) -> bool:
    """Whether this can be a work address. Exactly one `@`: with more, two readers may disagree about the domain."""
    local_part, at_sign, domain = normal_email(text).partition("@")
    return (
        bool(at_sign)
        and len(text) <= LONGEST_EMAIL
        and len(local_part) <= _LONGEST_LOCAL_PART
        and _LOCAL_PART.fullmatch(local_part) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if "/" in name or name == "UTC"}


def zone_named(text: str) -> str | None:
    """The IANA name of a zone, however its letters are written; None when there is no such zone."""
    return _zones().get(text.strip().lower().replace(" ", "_"))


def is_zone(text: str) -> bool:
    """Whether this is the exact name of a time zone."""
    return text in _zones().values()


def zone_like(text: str) -> str | None:
    """The zone somebody who wrote this may have meant: `Madrid` is `Europe/Madrid`."""
    wanted = text.strip().lower().replace(" ", "_")
    places = {name.rpartition("/")[2]: zone for name, zone in sorted(_zones().items(), reverse=True)}
    if wanted in places:
        return places[wanted]
    near = get_close_matches(wanted, _zones(), n=1, cutoff=0.8) or get_close_matches(wanted.rpartition("/")[2], places, n=1, cutoff=0.8)
    return _zones().get(near[0]) or places.get(near[0]) if near else None


def language_named(text: str) -> str | None:
    """The ISO 639-1 code of a language given as code (`de`, `de-CH`) or by name; None when it is unknown."""
    word = text.strip().lower()
    code = word.replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else _NAMES.get(word)


def level_named(text: str) -> int | None:
    """The number in a job level: `7`, `L7`, `Level 7`, `Stufe 7`."""
    match = _LEVEL.fullmatch(text.strip())
    return int(match[1]) if match else None


def truth_named(text: str) -> bool | None:
    """Yes or no as HR systems write it, in English or German."""
    return _TRUTH.get(text.strip().casefold())


def first_locale(languages: Iterable[str], spoken: tuple[str, ...] = ("en", "de")) -> str:
    """The first of the person's languages that Tandem speaks, else English."""
    return next((language for language in languages if language in spoken), "en")
