"""Words for what has become of a meeting so far."""

from collections.abc import Mapping
from typing import Any

from services.portal.pages.pictures_participant import Speech

_MARKS = {"moved": "swap", "move_proposed": "swap", "ended": "check", "cancelled": "cross"}


def history(meeting: Mapping[str, Any], people: Mapping[str, Any], viewer_id: str, speech: Speech) -> list[dict[str, Any]]:
    """What has happened, the newest first: a mark, a sentence and when."""
    return [
        {"mark": _MARKS.get(one["what"], "calendar"), "at": one["at"], "text": _happened(one, people, viewer_id, speech)}
        for one in reversed(meeting["history"])
        if one["what"] != "rezoned"  # told with the move it is the reason of
    ]


def _happened(one: Mapping[str, Any], people: Mapping[str, Any], viewer_id: str, speech: Speech) -> str:
    mine = {
        "proposed": speech.gettext("You proposed times."),
        "moved": speech.gettext("You moved it."),
        "move_proposed": speech.gettext("You asked for another time."),
        "cancelled": speech.gettext("You cancelled it."),
        "missed": speech.gettext("You said that it did not take place."),
    }
    theirs = {
        "proposed": speech.gettext("%(name)s proposed times."),
        "moved": speech.gettext("%(name)s moved it."),
        "move_proposed": speech.gettext("%(name)s asked for another time."),
        "cancelled": speech.gettext("%(name)s cancelled it."),
        "missed": speech.gettext("%(name)s said that it did not take place."),
    }
    nobodys = {
        "booked": speech.gettext("It was arranged."),
        "move_settled": speech.gettext("The question for another time was settled."),
        "moved": speech.gettext("The clocks got new rules: on the wall it is the same time."),
        "cancelled": speech.gettext("It was cancelled when the partnership paused or ended."),
        "ended": speech.gettext("It was over."),
    }
    if not one["by_id"]:
        return nobodys.get(one["what"], "")
    if one["by_id"] == viewer_id:
        return mine.get(one["what"], nobodys.get(one["what"], ""))
    return theirs.get(one["what"], nobodys.get(one["what"], "")) % {"name": people[one["by_id"]].first}
