"""Words for what two partners agree, and for how they part."""

from collections.abc import Mapping
from typing import Any

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant.marks import marked


def cadence(weeks: int | None, speech: Speech) -> str:
    """How often the two meet: every four weeks."""
    words = {
        1: speech.gettext("every week"),
        2: speech.gettext("every two weeks"),
        3: speech.gettext("every three weeks"),
        4: speech.gettext("every four weeks"),
        5: speech.gettext("every five weeks"),
        6: speech.gettext("every six weeks"),
    }
    return words.get(weeks or 0, speech.gettext("as it comes"))


def agenda_style(code: str, name: str, speech: Speech, *, mine: bool) -> tuple[str, str]:
    """What fills the agenda, and what that means. `name` is the protégé's, `mine` when the reader is the protégé."""
    questions = speech.gettext("Your questions") if mine else speech.gettext("Questions of %(name)s") % {"name": name}
    words = {
        "questions": (questions, speech.gettext("The protégé brings and orders them. Tandem reminds the day before if there are none.")),
        "goals_and_progress": (speech.gettext("Goals and progress"), speech.gettext("Filled from the goals: what moved, what is stuck.")),
        "open": (speech.gettext("Whatever comes up"), speech.gettext("You decide in the room, and stop when you are done.")),
    }
    return words.get(code, (code, ""))


def confidentiality(code: str, speech: Speech) -> tuple[str, str]:
    words = {
        "between_us": (speech.gettext("Only the two of you"), speech.gettext("Notes and goals stay closed to everybody else.")),
        "ask_first": (speech.gettext("Ask before sharing"), speech.gettext("Each of you may share something after the other agreed.")),
        "open": (speech.gettext("No secret"), speech.gettext("You may both tell others what you talk about.")),
    }
    return words.get(code, (code, ""))


def end_reasons(speech: Speech) -> dict[str, tuple[str, str]]:
    """The ways to part, none of them with blame."""
    return {
        "completed": (speech.gettext("We have done what we set out to do"), speech.gettext("Look back at it together, if you like.")),
        "by_agreement": (speech.gettext("We have agreed to stop"), speech.gettext("You have talked about it.")),
        "needs_changed": (speech.gettext("I need something else now"), speech.gettext("Somebody else may know more about that.")),
        "no_time": (speech.gettext("I have no time at present"), speech.gettext("You can come back when you have.")),
        "not_working": (
            speech.gettext("It does not work for me"),
            speech.gettext("That happens, and nobody is to blame. The programme can look for somebody else."),
        ),
        "left": (speech.gettext("One of us leaves"), speech.gettext("Another job, another place, a longer leave.")),
    }


def end_reason(code: str, speech: Speech) -> str:
    return end_reasons(speech).get(code, (code, ""))[0]


_CHARTER_FIELDS: dict[tuple[str, str], str] = {
    ("needs", "protege_needs"): marked("What the protégé needs"),
    ("needs", "mentor_offers"): marked("What the mentor offers"),
    ("needs", "success"): marked("How you will see that it was worth it"),
    ("trust", "openness"): marked("How open you are"),
    ("trust", "when_stuck"): marked("What you do when you are stuck"),
    ("ground_rules", "cadence_weeks"): marked("How often you meet"),
    ("ground_rules", "minutes"): marked("How long"),
    ("ground_rules", "agenda_style"): marked("Agenda"),
    ("ground_rules", "confidentiality"): marked("Who may know"),
    ("ground_rules", "between_meetings"): marked("Between meetings"),
    ("ground_rules", "cancel_notice_hours"): marked("Cannot make it"),
}

RULES_AT_A_GLANCE = ("cadence_weeks", "minutes", "agenda_style", "confidentiality", "cancel_notice_hours")


def charter_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any], speech: Speech) -> list[dict[str, str]]:
    """What a version says that the one before did not: the field's name, what it said, what it says."""
    changes = []
    for (part, field), label in _CHARTER_FIELDS.items():
        was, now = (before or {}).get(part, {}).get(field, ""), after.get(part, {}).get(field, "")
        if was != now:
            changes.append(
                {"field": field, "label": speech.gettext(label), "was": _rule(field, was, speech), "now": _rule(field, now, speech)}
            )
    return changes


def _rule(field: str, value: object, speech: Speech) -> str:
    """What one field of a charter says, in words."""
    said = str("" if value is None else value)
    if not said:
        return ""
    if field == "cadence_weeks":
        return cadence(int(said), speech)
    codes = {
        "confidentiality": {code: confidentiality(code, speech)[0] for code in ("between_us", "ask_first", "open")},
        "agenda_style": {
            "questions": speech.gettext("The protégé brings questions"),
            "goals_and_progress": speech.gettext("Goals and progress"),
            "open": speech.gettext("Whatever comes up"),
        },
    }
    wordings = {"minutes": speech.gettext("%(figure)s minutes"), "cancel_notice_hours": speech.gettext("say so %(figure)s hours before")}
    if field in wordings:
        return wordings[field] % {"figure": said}
    return codes.get(field, {}).get(said, said)
