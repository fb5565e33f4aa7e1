"""Whether a goal is SMART: what is missing, in plain words, for texts in English and German. It never refuses.

By rule and not by model, so that the same words always get the same answer, and nothing leaves this process.
"""

import re
from collections.abc import Iterable
from datetime import date

from services.goals.domain import vocabulary
from services.goals.domain.hints import Hint, HintCode
from services.goals.domain.words import Words

FEWEST_TITLE_WORDS = 3
LONG_ENOUGH_TITLE = 20
"""Characters from which two words say enough: German writes "Kapazitätsrunde leiten"."""
FEWEST_WHY_WORDS = 3
LONG_ENOUGH_MEASURE = 7
"""Words from which a measure without a figure is taken to describe something one can see."""
MOST_JOINS = 1
SOON_DAYS = 3
FAR_DAYS = 366
DAYS_A_MONTH = 30.44


def check(
    words: Words, *, today: date, written_on: date | None = None, ends_on: date | None = None, steps: int | None = None
) -> list[Hint]:
    """At most one hint a letter, in the order of the letters; none when nothing is missing.

    written_on: when these words were written, if that was before today. ends_on: when the partnership ends.
    steps: how many steps the goal has; None when it is not written yet.
    """
    found = (
        _specific(words.title),
        _measurable(words.measure),
        _achievable(words.title, steps),
        _relevant(words.why, words.title),
        _time_bound(words.due_on, today, written_on or today, ends_on),
    )
    return [hint for hint in found if hint is not None]


def _specific(title: str) -> Hint | None:
    words = _words(title)
    if not words:
        return _hint(HintCode.TITLE_MISSING)
    vague = _vague_words(title)
    if vague and not _has_number(title):
        return _hint(HintCode.VAGUE_WORDS, words=vague)
    if len(words) < FEWEST_TITLE_WORDS and len(title.strip()) < LONG_ENOUGH_TITLE:
        return _hint(HintCode.TITLE_SHORT, count=len(words))
    return None


def _measurable(measure: str) -> Hint | None:
    words = _words(measure)
    if not words:
        return _hint(HintCode.MEASURE_MISSING)
    if _has_number(measure):
        return None
    vague = _vague_words(measure)
    if vague:
        return _hint(HintCode.MEASURE_VAGUE, words=vague)
    if len(words) < LONG_ENOUGH_MEASURE and not _found(_SEEN, measure):
        return _hint(HintCode.MEASURE_UNSEEN)
    return None


def _achievable(title: str, steps: int | None) -> Hint | None:
    too_much = _found(_ALL_OR_NOTHING, title)
    if too_much:
        return _hint(HintCode.TOO_MUCH, words=too_much)
    by_others = _found(_DECIDED_BY_OTHERS, title)
    if by_others:
        return _hint(HintCode.DECIDED_BY_OTHERS, words=by_others)
    joins = len(_AND.findall(title)) + sum(title.count(mark) for mark in ";+&")
    if joins > MOST_JOINS:
        return _hint(HintCode.SEVERAL_GOALS, count=joins + 1)
    if steps == 0:
        return _hint(HintCode.STEPS_MISSING)
    return None


def _relevant(why: str, title: str) -> Hint | None:
    words = _words(why)
    if not words:
        return _hint(HintCode.WHY_MISSING)
    if [word.casefold() for word in words] == [word.casefold() for word in _words(title)]:
        return _hint(HintCode.WHY_REPEATS_TITLE)
    of_another = _found(_WISH_OF_ANOTHER, why)
    if of_another:
        return _hint(HintCode.WHY_OF_ANOTHER, words=of_another)
    if len(words) < FEWEST_WHY_WORDS:
        return _hint(HintCode.WHY_SHORT, count=len(words))
    return None


def _time_bound(due_on: date | None, today: date, written_on: date, ends_on: date | None) -> Hint | None:
    if due_on is None:
        return _hint(HintCode.DUE_MISSING)
    left = (due_on - today).days
    had = (due_on - written_on).days
    if left < 0:
        return _hint(HintCode.DUE_PAST, due_on=due_on.isoformat(), days=-left)
    if had < SOON_DAYS:
        return _hint(HintCode.DUE_TOO_SOON, due_on=due_on.isoformat(), days=max(had, 0))
    if left > FAR_DAYS:
        return _hint(HintCode.DUE_TOO_FAR, due_on=due_on.isoformat(), months=round(left / DAYS_A_MONTH))
    if ends_on is not None and due_on > ends_on:
        return _hint(HintCode.DUE_AFTER_END, due_on=due_on.isoformat(), ends_on=ends_on.isoformat())
    return None


def _hint(code: HintCode, **parameters: object) -> Hint:
    return Hint(code=code, parameters=parameters)


def _words(text: str) -> list[str]:
    return re.findall(r"\w[\w'’-]*", text)  # noqa: RUF001 - people write this apostrophe


def _has_number(text: str) -> bool:
    return bool(re.search(r"\d", text) or _NUMBERS.search(text))


def _vague_words(text: str) -> list[str]:
    return _found(_VAGUE, _HARMLESS.sub(" ", text))


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    """The matches as they are written, each once, in order."""
    return list(dict.fromkeys(" ".join(match.split()) for match in pattern.findall(text)))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """One expression for a whole list, longer words first so that "more confident" wins over "more"."""
    inner = "|".join(_expression(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{inner})(?![\w-])", re.IGNORECASE)


def _expression(word: str) -> str:
    escaped = re.escape(word).replace(r"\ ", r"\s+").replace(r"\*", r"\w*")
    return escaped.replace(r"\s+…\s+", r"\s+(?:\w+\s+){0,2}")


_VAGUE = _pattern(vocabulary.VAGUE)
_HARMLESS = _pattern(vocabulary.HARMLESS)
_ALL_OR_NOTHING = _pattern(vocabulary.ALL_OR_NOTHING)
_DECIDED_BY_OTHERS = _pattern(vocabulary.DECIDED_BY_OTHERS)
_WISH_OF_ANOTHER = _pattern(vocabulary.WISH_OF_ANOTHER)
_SEEN = _pattern(vocabulary.SEEN)
_NUMBERS = _pattern(vocabulary.NUMBERS)
_AND = _pattern(vocabulary.AND)
