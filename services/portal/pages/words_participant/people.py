"""Words for how two people come together: roles, enrolments, proposals, and why two fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.portal.pages.pictures_participant import Speech

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def role(code: str, speech: Speech, called: Mapping[str, str] | None = None) -> str:
    """What somebody is, in the programme's own word where it has one."""
    words = {"protege": speech.gettext("protégé"), "mentor": speech.gettext("mentor"), "peer": speech.gettext("peer")}
    return (called or {}).get(code) or words.get(code, code)


def your_partner(role: str, programme: Mapping[str, Any] | None, speech: Speech) -> str:
    """What the other one is to the reader. `role`: the other one's. `programme`: theirs, where it can be told."""
    words = {"protege": speech.gettext("your protégé"), "mentor": speech.gettext("your mentor")}
    if programme is None:
        return words[role]
    return speech.gettext("your peer") if programme["form"] == "peer" else programme["called"][role] or words[role]


def looking_for(programme: Mapping[str, Any], speech: Speech) -> str:
    """What the search for a mentor, or for another peer, is called."""
    if programme["form"] == "peer":
        return speech.gettext("Find somebody")
    own = programme["called"]["mentors"]
    return speech.gettext("Find %(roles)s") % {"roles": own} if own else speech.gettext("Find a mentor")


def could_be(role: str, name: str, programme: Mapping[str, Any] | None, speech: Speech) -> str:
    """The question of a proposal. `role`: what the other one would be."""
    if programme is not None and programme["form"] == "peer":
        return speech.gettext("You and %(name)s could meet as equals") % {"name": name}
    if programme is not None and programme["called"][role]:
        return speech.gettext("%(name)s as your %(role)s") % {"name": name, "role": programme["called"][role]}
    usual = {
        "mentor": speech.gettext("%(name)s could be your mentor"),
        "protege": speech.gettext("%(name)s could be your protégé"),
    }
    return usual[role] % {"name": name}


def would_like_you(name: str, programme: Mapping[str, Any] | None, speech: Speech) -> str:
    """What a protégé asks of a mentor, or a peer of another."""
    if programme and programme["form"] == "peer":
        return speech.gettext("%(name)s would like to meet you as an equal") % {"name": name}
    own = programme["called"]["mentor"] if programme else ""
    usual = speech.gettext("%(name)s would like you as a mentor")
    return (speech.gettext("%(name)s would like you as %(role)s") if own else usual) % {"name": name, "role": own}


def enrolment_state(code: str, speech: Speech) -> tuple[str, str]:
    """The state in words, and the tone of its dot."""
    words = {
        "requested": (speech.gettext("waits for approval"), ""),
        "approved": (speech.gettext("you take part"), "ok"),
        "paused": (speech.gettext("you pause"), ""),
        "declined": (speech.gettext("no place this time"), "off"),
        "withdrawn": (speech.gettext("withdrawn"), "off"),
        "ended": (speech.gettext("has ended"), "off"),
    }
    return words.get(code, (code, ""))


def proposal_state(code: str, speech: Speech) -> tuple[str, str]:
    words = {
        "open": (speech.gettext("waits for an answer"), "now"),
        "accepted": (speech.gettext("you are partners"), "ok"),
        "declined": (speech.gettext("does not come about"), "off"),
        "withdrawn": (speech.gettext("taken back by the programme"), "off"),
        "expired": (speech.gettext("its time has passed"), "off"),
    }
    return words.get(code, (code, ""))


def reasons(found: Mapping[str, Sequence[str]], my_role: str, name: str, speech: Speech) -> list[str]:
    """Why the two fit, a sentence for each criterion that speaks for it, without points."""
    wordings = {
        "needs": _needs,
        "learning": _learning,
        "goals": _goals,
        "level": _level,
        "department": _department,
        "location": _location,
        "languages": _languages,
        "hours": _hours,
        "earlier_partners": _earlier_partners,
    }
    sentences = []
    for criterion, words in found.items():
        if words and criterion in wordings:
            sentences.append(wordings[criterion](words, my_role, name, speech))
    return [sentence for sentence in sentences if sentence]


def _needs(words: Sequence[str], my_role: str, name: str, speech: Speech) -> str:
    wording = (
        speech.gettext("What you are looking for and what %(name)s is strong in: %(words)s.")
        if my_role == "protege"
        else speech.gettext("What %(name)s is looking for and what you are strong in: %(words)s.")
    )
    return wording % {"name": name, "words": speech.list_of(_quoted(words, speech))}


def _learning(words: Sequence[str], my_role: str, name: str, speech: Speech) -> str:
    wording = (
        speech.gettext("What %(name)s would like to learn and what you are strong in: %(words)s.")
        if my_role == "protege"
        else speech.gettext("What you would like to learn and what %(name)s is strong in: %(words)s.")
    )
    return wording % {"name": name, "words": speech.list_of(_quoted(words, speech))}


def _goals(words: Sequence[str], _my_role: str, name: str, speech: Speech) -> str:
    return speech.gettext("You and %(name)s name similar goals: %(words)s.") % {
        "name": name,
        "words": speech.list_of(_quoted(words, speech)),
    }


def _level(words: Sequence[str], my_role: str, name: str, speech: Speech) -> str:
    steps = int(words[0])
    if steps < 0:
        return ""
    if steps == 0:
        return speech.gettext("You work on a similar level.")
    wording = (
        speech.ngettext("%(name)s is one career level further on.", "%(name)s is %(steps)s career levels further on.", steps)
        if my_role == "protege"
        else speech.ngettext("You are one career level further on.", "You are %(steps)s career levels further on.", steps)
    )
    return wording % {"name": name, "steps": steps}


def _department(words: Sequence[str], _my_role: str, _name: str, speech: Speech) -> str:
    one, _, other = words[0].partition(" · ")
    if other:
        return speech.gettext("You come from different departments: %(departments)s.") % {"departments": speech.list_of([one, other])}
    return speech.gettext("You both work in %(department)s.") % {"department": one}


def _location(words: Sequence[str], _my_role: str, _name: str, speech: Speech) -> str:
    hours, _, unit = words[0].partition(" ")
    if unit == "h" and hours.isdigit():
        count = int(hours)
        return speech.ngettext("Your working days share one hour.", "Your working days share %(count)s hours.", count) % {"count": count}
    return speech.gettext("You are both in %(place)s.") % {"place": words[0]}


def _languages(words: Sequence[str], _my_role: str, _name: str, speech: Speech) -> str:
    return speech.gettext("You both speak %(languages)s.") % {"languages": speech.list_of([speech.tongue(code) for code in words])}


def _hours(words: Sequence[str], my_role: str, name: str, speech: Speech) -> str:
    wording = (
        speech.gettext("You can both meet at these times: %(times)s.")
        if my_role == "protege"
        else speech.gettext("You can both meet at these times, in the time zone of %(name)s: %(times)s.")
    )
    return wording % {"name": name, "times": speech.list_of([_span(word, speech) for word in words])}


def _span(word: str, speech: Speech) -> str:
    """Monday 9:00 to 10:30, of "mon 09:00-10:30"."""
    day, _, times = word.partition(" ")
    start, _, end = times.partition("-")
    return f"{speech.weekday_name(_DAYS.index(day))} {start.removeprefix('0')}\N{EN DASH}{end.removeprefix('0')}"


def _earlier_partners(_words: Sequence[str], _my_role: str, name: str, speech: Speech) -> str:
    return speech.gettext("You and %(name)s were partners before.") % {"name": name}


def _quoted(words: Sequence[str], speech: Speech) -> list[str]:
    return [speech.gettext("“%(word)s”") % {"word": word} for word in words]
