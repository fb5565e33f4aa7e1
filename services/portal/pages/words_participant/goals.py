"""Words for goals: kinds, areas, states, and what may still be vague about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant.marks import marked


@dataclass(frozen=True)
class Said:
    """A hint in words: what to look at again, and how it could read."""

    text: str
    example: str


def kinds(speech: Speech) -> dict[str, tuple[str, str]]:
    """Each kind of goal with a line that says what is meant."""
    return {
        "current_role": (speech.gettext("Current role"), speech.gettext("do well what I do now")),
        "enrichment": (speech.gettext("Enrichment"), speech.gettext("more of what I like, no new title")),
        "next_role": (speech.gettext("Next role"), speech.gettext("what comes after this one")),
    }


def kind(code: str, speech: Speech) -> str:
    return kinds(speech).get(code, (code, ""))[0]


def areas(speech: Speech) -> dict[str, str]:
    return {
        "work": speech.gettext("Work"),
        "family": speech.gettext("Family"),
        "health": speech.gettext("Health"),
        "personal": speech.gettext("Personal"),
        "community": speech.gettext("Community"),
    }


def area(code: str, speech: Speech) -> str:
    return areas(speech).get(code, code)


def goal_state(code: str, speech: Speech) -> tuple[str, str]:
    """A goal's state in words, and the tone of its dot. Blocked and slipped are normal states."""
    words = {
        "open": (speech.gettext("going on"), "now"),
        "blocked": (speech.gettext("blocked"), "warn"),
        "slipped": (speech.gettext("slipped"), "warn"),
        "reached": (speech.gettext("reached"), "ok"),
        "let_go": (speech.gettext("let go"), "off"),
    }
    return words.get(code, (code, ""))


def step_state(code: str, speech: Speech) -> str:
    words = {"open": speech.gettext("open"), "done": speech.gettext("done"), "blocked": speech.gettext("blocked")}
    return words.get(code, code)


_HINTS: dict[str, tuple[str, str]] = {
    "title_missing": (
        marked("What do you want to have done? Start with what you will do."),
        marked("Run the spring capacity review on my own"),
    ),
    "title_short": (
        marked("Could somebody who does not know you say what will happen? Write whom it is for, or what comes of it."),
        marked("Hold one talk on our test bench for the whole department"),
    ),
    "vague_words": (
        marked("%(words)s can mean anything. What would you do, and where?"),
        marked("Present the figures of the project to the board in March"),
    ),
    "measure_missing": (
        marked("How will you know that it went well? Name a number, or something others can see."),
        marked("All seven plants send their numbers the week before, and nobody turns to my manager to decide"),
    ),
    "measure_vague": (
        marked("%(words)s looks different to everyone. What would you see, hear or count?"),
        marked("Two of them bring me a decision without being asked"),
    ),
    "measure_unseen": (
        marked("Could two people look at it and agree that it is reached? A number or a date makes it plain."),
        marked("Three of five customers have signed the new terms"),
    ),
    "too_much": (marked("%(words)s leaves no room for a bad day. What would be enough?"), marked("Leave by six on three days a week")),
    "decided_by_others": (
        marked("Others decide about this (%(words)s). What can you do yourself, so that it becomes likely?"),
        marked("Run the spring capacity review on my own"),
    ),
    "several_goals": (
        marked("This looks like %(count)s goals in one. Each is easier to reach by itself."),
        marked("Write the first here and keep the others for later"),
    ),
    "steps_missing": (
        marked("There is no step yet. What is the smallest thing you can do this week?"),
        marked("Ask two colleagues how theirs went, by Friday"),
    ),
    "why_missing": (
        marked("Why does this matter to you? On a slow day the reason carries you."),
        marked("It is the part of the work I want to do next year"),
    ),
    "why_short": (
        marked("Say a little more about why: what changes for you when it is done?"),
        marked("Then I can decide about the plan myself and need not wait for the Monday round"),
    ),
    "why_repeats_title": (
        marked("The reason says the goal once more. What comes of it for you?"),
        marked("It is the part of the work I want to do next year"),
    ),
    "why_of_another": (
        marked("This sounds like what somebody else wants (%(words)s). What is in it for you?"),
        marked("I want to stop being nervous the night before"),
    ),
    "due_missing": (marked("When will it be done? A day to look at it again is enough."), marked("12 March")),
    "due_past": (
        marked("That day has passed: %(due_on)s. Pick a new one, or close the goal. Both are fine."),
        marked("Two weeks from today"),
    ),
    "due_too_soon": (
        marked("It ends within %(days)s days. Is it a goal, or rather a step of a bigger one?"),
        marked("Make it a step, with the same day"),
    ),
    "due_too_far": (
        marked("It is %(months)s months until then. What could be done three months from now?"),
        marked("By March: the first of four reviews"),
    ),
    "due_after_end": (
        marked("You two part on %(ends_on)s, before this is due. What do you want to have done by then?"),
        marked("Plan the last step for the week before you close"),
    ),
}


def hint(found: Mapping[str, Any], speech: Speech) -> Said:
    """A hint in the reader's language; a code this portal does not know yet reads as its service words it."""
    wording = _HINTS.get(str(found.get("code", "")))
    if wording is None:
        return Said(str(found.get("text", "")), str(found.get("example", "")))
    values = {name: _worded(value, speech) for name, value in dict(found.get("parameters") or {}).items()}
    try:
        return Said(speech.gettext(wording[0]) % values, speech.gettext(wording[1]))
    except KeyError:
        return Said(str(found.get("text", "")), speech.gettext(wording[1]))


def _worded(value: object, speech: Speech) -> str:
    if isinstance(value, list):
        return speech.list_of([speech.gettext("“%(word)s”") % {"word": word} for word in value])
    if isinstance(value, str) and len(value) == len("2026-03-12") and value[:4].isdigit():
        return speech.day(date.fromisoformat(value))
    return str(value)
