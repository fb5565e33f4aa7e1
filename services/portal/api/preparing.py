"""What stands beside the points of an agenda: how the two work with it, where their goals are, and what those ask."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.portal.api.participant import Someone
from services.portal.pages import words_participant as words
from services.portal.pages.pictures_participant import Speech

MOST_SUGGESTED = 3
STYLES = ("questions", "goals_and_progress", "open")


def prepared(
    agenda: Mapping[str, Any] | None, goals: Sequence[Mapping[str, Any]] | None, protege: Someone, viewer_id: str, speech: Speech
) -> dict[str, Any] | None:
    """The agenda as it is shown to one of the two. Of goals only those both may see are named, since both read it."""
    if agenda is None:
        return None
    shared = [goal for goal in goals or () if goal["shared"] and not goal["closed"]]
    mine = protege.id == viewer_id
    named = [(style, *words.agenda_style(style, protege.first, speech, mine=mine)) for style in STYLES]
    return {
        **agenda,
        "yours": mine,
        "orders": mine or agenda["style"] == "open",
        "style_name": next(name for style, name, _ in named if style == agenda["style"]),
        "styles": named if mine else [],
        "goals": [{**goal, **_standing(goal, speech)} for goal in shared] if agenda["style"] == "goals_and_progress" else [],
        "suggested": words.suggested(shared, agenda["items"], speech)[:MOST_SUGGESTED],
    }


def _standing(goal: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    word, tone = words.goal_state(goal["state"], speech)
    if goal["state"] == "open" and goal["steps_total"]:
        word = speech.gettext("%(done)s of %(total)s steps") % {"done": goal["steps_done"], "total": goal["steps_total"]}
    return {"word": word, "tone": tone}
