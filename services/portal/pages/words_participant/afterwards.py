"""Words for what has become of a meeting: what each of the two remembers, and the time they gave back. Never with blame."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.portal.pages.pictures_participant import Speech


def whys(speech: Speech) -> list[tuple[str, str, None]]:
    """Why it did not take place, as choices; each says something of the speaker, none of the other."""
    return [
        ("i_could_not", speech.gettext("I could not come"), None),
        ("i_waited", speech.gettext("I was there, and we missed each other"), None),
        ("something_came_up", speech.gettext("Something came up"), None),
        ("", speech.gettext("I would rather not say"), None),
    ]


def remembered(meeting: Mapping[str, Any], people: Mapping[str, Any], viewer_id: str, speech: Speech) -> list[str]:
    """What the two say of a meeting that was missed, the reader first, a sentence each."""
    ordered = sorted(meeting["words"].items(), key=lambda said: said[0] != viewer_id)
    return [_said(word, "" if person_id == viewer_id else people[person_id].first, speech) for person_id, word in ordered]


def _said(word: Mapping[str, Any], name: str, speech: Speech) -> str:
    """`name` is empty for the reader's own word."""
    if name:
        return _of_the_other(word, speech) % {"name": name}
    if word["took_place"]:
        return speech.gettext("You remember that you met.")
    words = {
        "i_could_not": speech.gettext("You could not come."),
        "i_waited": speech.gettext("You were there, and you missed each other."),
        "something_came_up": speech.gettext("You say that something came up."),
    }
    return words.get(word["why"], speech.gettext("You say that it did not take place."))


def _of_the_other(word: Mapping[str, Any], speech: Speech) -> str:
    if word["took_place"]:
        return speech.gettext("%(name)s remembers that you met.")
    words = {
        "i_could_not": speech.gettext("%(name)s could not come."),
        "i_waited": speech.gettext("%(name)s was there, and you missed each other."),
        "something_came_up": speech.gettext("%(name)s says that something came up."),
    }
    return words.get(word["why"], speech.gettext("%(name)s says that it did not take place."))


def given_back(minutes: int, speech: Speech) -> str:
    """Time that was not needed, in hours and minutes; nothing when there is none."""
    hours, rest = divmod(minutes, 60)
    parts = [speech.ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}] if hours else []
    parts += [speech.ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest}] if rest else []
    return speech.list_of(parts)


def suggested(goals: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]], speech: Speech) -> list[dict[str, str]]:
    """Questions that goals raise: those that are stuck, or have no next step. Only goals both may see, and none that is on the agenda."""
    asked = {item["goal_id"] for item in items if item["kind"] == "question"}
    return [
        {"goal_id": goal["goal_id"], "text": question % {"goal": goal["title"]}}
        for goal in goals
        if goal["shared"] and not goal["closed"] and goal["goal_id"] not in asked and (question := _question(goal, speech))
    ]


def _question(goal: Mapping[str, Any], speech: Speech) -> str:
    if goal["state"] == "blocked":
        return speech.gettext("What is in the way of “%(goal)s”?")
    if goal["state"] == "slipped":
        return speech.gettext("What would bring “%(goal)s” back on its way?")
    return "" if goal["next_step"] else speech.gettext("What could be the next step towards “%(goal)s”?")
