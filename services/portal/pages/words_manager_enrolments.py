"""Words for people's part in a programme as its managers read them: roles, the place in the queue, and standing aside."""

from collections.abc import Mapping

from babel.support import NullTranslations


def roles(words: NullTranslations, called: Mapping[str, str] | None = None) -> dict[str, str]:
    """What somebody is, in the programme's own words where it has some."""
    _ = words.gettext
    usual = {"protege": _("Protégé"), "mentor": _("Mentor"), "peer": _("Peer")}
    return {role: _capital((called or {}).get(role, "")) or word for role, word in usual.items()}


def crowds(words: NullTranslations, called: Mapping[str, str] | None = None) -> dict[str, str]:
    """What several of them are."""
    _ = words.gettext
    usual = {"protege": _("Protégés"), "mentor": _("Mentors"), "peer": _("Peers")}
    own = {"protege": (called or {}).get("proteges", ""), "mentor": (called or {}).get("mentors", "")}
    return {role: _capital(own.get(role, "")) or word for role, word in usual.items()}


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def enrolment_states(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each state of an enrolment: its word, and its tone."""
    _ = words.gettext
    return {
        "requested": (_("waits for you"), "now"),
        "approved": (_("takes part"), "ok"),
        "paused": (_("pauses"), ""),
        "declined": (_("declined"), "off"),
        "withdrawn": (_("withdrawn"), "off"),
        "ended": (_("has ended"), "off"),
    }


def places_in_queue(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Why somebody has this place in the queue: a word, and its tone."""
    _ = words.gettext
    return {
        "first_come": (_("in the order of enrolment"), ""),
        "put_back": (_("in front: another said no, or left"), "now"),
        "late": (_("came after the others"), ""),
    }


def waited_for(words: NullTranslations) -> dict[str, str]:
    """What must happen before somebody in the queue has a partner."""
    _ = words.gettext
    return {
        "matching_day": _("waits for the day of the match"),
        "free_place": _("waits for a place to become free"),
        "offer": _("a free place is offered by itself"),
        "managers": _("waits for you: there are free places"),
    }
