"""What the SMART check can say about a goal: letters, codes with their parameters, and the English words.

A hint is a code with parameters, so that a page can word it in its reader's language. `text` and `example` are
the English wording, for readers that have no other.
"""

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, computed_field


class Letter(StrEnum):
    """The five letters of SMART (George T. Doran, Management Review, November 1981), as we use them."""

    SPECIFIC = "S"
    MEASURABLE = "M"
    ACHIEVABLE = "A"
    RELEVANT = "R"
    TIME_BOUND = "T"


WORDS = {
    Letter.SPECIFIC: "specific",
    Letter.MEASURABLE: "measurable",
    Letter.ACHIEVABLE: "achievable",
    Letter.RELEVANT: "relevant",
    Letter.TIME_BOUND: "time-bound",
}


class HintCode(StrEnum):
    """What may be missing. Beneath each code: its letter, when it is given, and its parameters."""

    TITLE_MISSING = "title_missing"
    """S. Nothing is written yet. No parameters."""
    TITLE_SHORT = "title_short"
    """S. The title is only a word or two. `count`: how many words it has."""
    VAGUE_WORDS = "vague_words"
    """S. The title rests on words that can mean anything. `words`: those words, as written."""

    MEASURE_MISSING = "measure_missing"
    """M. Nothing says how one will know. No parameters."""
    MEASURE_VAGUE = "measure_vague"
    """M. The measure rests on words that can mean anything. `words`: those words, as written."""
    MEASURE_UNSEEN = "measure_unseen"
    """M. The measure has no figure and nothing one could watch happen. No parameters."""

    TOO_MUCH = "too_much"
    """A. The title promises all or nothing. `words`: the words that do, as written."""
    DECIDED_BY_OTHERS = "decided_by_others"
    """A. Somebody else decides whether it comes true. `words`: the words that say so, as written."""
    SEVERAL_GOALS = "several_goals"
    """A. The title holds several goals. `count`: how many it seems to hold."""
    STEPS_MISSING = "steps_missing"
    """A. The goal is written, but has no step to take. No parameters. Never given before the goal is written."""

    WHY_MISSING = "why_missing"
    """R. Nothing says why it matters. No parameters."""
    WHY_SHORT = "why_short"
    """R. The reason is only a word or two. `count`: how many words it has."""
    WHY_REPEATS_TITLE = "why_repeats_title"
    """R. The reason says the title once more. No parameters."""
    WHY_OF_ANOTHER = "why_of_another"
    """R. The reason is somebody else's wish. `words`: the words that say so, as written."""

    DUE_MISSING = "due_missing"
    """T. It has no end. No parameters."""
    DUE_PAST = "due_past"
    """T. Its end has passed. `due_on`: the day (ISO 8601), `days`: how many days ago."""
    DUE_TOO_SOON = "due_too_soon"
    """T. It ends within days of being written. `due_on`: the day (ISO 8601), `days`: how many days it had."""
    DUE_TOO_FAR = "due_too_far"
    """T. Its end is more than a year away. `due_on`: the day (ISO 8601), `months`: how many months away."""
    DUE_AFTER_END = "due_after_end"
    """T. It ends after the partnership does. `due_on` and `ends_on`: the two days (ISO 8601)."""


class Hint(BaseModel):
    """One thing to look at again. Never a refusal."""

    model_config = ConfigDict(frozen=True)

    code: HintCode
    parameters: dict[str, Any]
    """As listed beneath the code."""

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property, see pydantic's computed_field
    @property
    def letter(self) -> Letter:
        return ENGLISH[self.code].letter

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def word(self) -> str:
        return WORDS[self.letter]

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def text(self) -> str:
        return ENGLISH[self.code].text.format_map({name: _in_english(value) for name, value in self.parameters.items()})

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def example(self) -> str:
        return ENGLISH[self.code].example


class Wording(NamedTuple):
    """A code in words. `text` may name the code's parameters in braces."""

    letter: Letter
    text: str
    example: str


ENGLISH: dict[HintCode, Wording] = {
    HintCode.TITLE_MISSING: Wording(
        Letter.SPECIFIC,
        "What do you want to have done? Start with what you will do.",
        "Run the spring capacity review on my own",
    ),
    HintCode.TITLE_SHORT: Wording(
        Letter.SPECIFIC,
        "Could somebody who does not know you say what will happen? Write whom it is for, or what comes of it.",
        "Hold one talk on our test bench for the whole department",
    ),
    HintCode.VAGUE_WORDS: Wording(
        Letter.SPECIFIC,
        "{words} can mean anything. What would you do, and where?",
        "Instead of “get better at presenting”: Present the figures of the project to the board in March",
    ),
    HintCode.MEASURE_MISSING: Wording(
        Letter.MEASURABLE,
        "How will you know that it went well? Name a number, or something others can see.",
        "All seven plants send their numbers the week before, and nobody turns to my manager to decide",
    ),
    HintCode.MEASURE_VAGUE: Wording(
        Letter.MEASURABLE,
        "{words} looks different to everyone. What would you see, hear or count?",
        "Instead of “people trust me more”: Two of them bring me a decision without being asked",
    ),
    HintCode.MEASURE_UNSEEN: Wording(
        Letter.MEASURABLE,
        "Could two people look at it and agree that it is reached? A number or a date makes it plain.",
        "Three of five customers have signed the new terms",
    ),
    HintCode.TOO_MUCH: Wording(
        Letter.ACHIEVABLE,
        "{words} leaves no room for a bad day. What would be enough?",
        "Instead of “always leave on time”: Leave by six on three days a week",
    ),
    HintCode.DECIDED_BY_OTHERS: Wording(
        Letter.ACHIEVABLE,
        "Others decide about this ({words}). What can you do yourself, so that it becomes likely?",
        "Instead of “become lead engineer”: Run the spring capacity review on my own",
    ),
    HintCode.SEVERAL_GOALS: Wording(
        Letter.ACHIEVABLE,
        "This looks like {count} goals in one. Each is easier to reach by itself.",
        "Write the first here and keep the others for later",
    ),
    HintCode.STEPS_MISSING: Wording(
        Letter.ACHIEVABLE,
        "There is no step yet. What is the smallest thing you can do this week?",
        "Ask two colleagues how theirs went, by Friday",
    ),
    HintCode.WHY_MISSING: Wording(
        Letter.RELEVANT,
        "Why does this matter to you? On a slow day the reason carries you.",
        "It is the part of the work I want to do next year",
    ),
    HintCode.WHY_SHORT: Wording(
        Letter.RELEVANT,
        "Say a little more about why: what changes for you when it is done?",
        "Then I can decide about the plan myself and need not wait for the Monday round",
    ),
    HintCode.WHY_REPEATS_TITLE: Wording(
        Letter.RELEVANT,
        "The reason says the goal once more. What comes of it for you?",
        "It is the part of the work I want to do next year",
    ),
    HintCode.WHY_OF_ANOTHER: Wording(
        Letter.RELEVANT,
        "This sounds like what somebody else wants ({words}). What is in it for you?",
        "I want to stop being nervous the night before",
    ),
    HintCode.DUE_MISSING: Wording(
        Letter.TIME_BOUND,
        "When will it be done? A day to look at it again is enough.",
        "12 March",
    ),
    HintCode.DUE_PAST: Wording(
        Letter.TIME_BOUND,
        "That day has passed: {due_on}. Pick a new one, or close the goal. Both are fine.",
        "Two weeks from today",
    ),
    HintCode.DUE_TOO_SOON: Wording(
        Letter.TIME_BOUND,
        "That is very soon ({due_on}). Is it a goal, or rather a step of a bigger one?",
        "Make it a step, with the same day",
    ),
    HintCode.DUE_TOO_FAR: Wording(
        Letter.TIME_BOUND,
        "It is {months} months until then. What could be done three months from now?",
        "By March: the first of four reviews",
    ),
    HintCode.DUE_AFTER_END: Wording(
        Letter.TIME_BOUND,
        "You two part on {ends_on}, before this is due. What do you want to have done by then?",
        "Plan the last step for the week before you close",
    ),
}


def _in_english(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"“{word}”" for word in value)
    if isinstance(value, str):
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    return str(value)
