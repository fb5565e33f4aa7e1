"""Between a programme's terms, as matching keeps them, and the forms on which managers decide about them.

A field of a form has the name that matching gives the setting, `rules.most_hours_apart`, so that a refusal finds its field.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from babel.support import NullTranslations

from services.portal.api.managing import lines
from services.portal.pages.form import Form
from services.portal.pages.words_manager import CRITERIA

Terms = dict[str, Any]
Kind = Literal["text", "yes", "day", "whole", "number", "lines", "words", "groups"]
"""How a setting is written down. A day or a figure that is left empty is no day or figure: matching says where it needs one."""

SETTINGS = (
    *("name", "kind", "form", "starts_on", "ends_on", "matching_on", "default_capacity", "largest_capacity", "circle"),
    *("flash", "partnership_weeks", "free_places", "called", "enrolment", "questions", "weights", "rules", "wished"),
    *("aliases", "no_aliases", "compare_meanings", "self_service"),
)
"""All that managers decide about a programme."""
MOST = {"questions": 30, "enrolment.only": 20, "enrolment.approve_if": 20}
"""How many rows a list of settings can have."""
OF_COHORTS = ("ends_on", "matching_on", "enrolment.closes_on")
"""Days that a programme which is always open does not have."""

BEGINNING: Mapping[str, Kind] = {"name": "text", "kind": "text", "form": "text", "starts_on": "day", "ends_on": "day"}
"""What is asked of a new programme. Everything else is as usual."""
BASICS: Mapping[str, Kind] = {
    **BEGINNING,
    "matching_on": "day",
    "partnership_weeks": "whole",
    "default_capacity": "whole",
    "largest_capacity": "whole",
    "circle.smallest": "whole",
    "circle.largest": "whole",
    "flash.meetings": "whole",
    "flash.rounds": "whole",
    "free_places": "text",
    "called.protege": "text",
    "called.proteges": "text",
    "called.mentor": "text",
    "called.mentors": "text",
}
TAKING_PART: Mapping[str, Kind] = {
    "enrolment.opens_on": "day",
    "enrolment.closes_on": "day",
    "enrolment.late_joiners": "text",
    "enrolment.approval": "text",
    "self_service.offered": "yes",
    "self_service.days_to_answer": "whole",
    "self_service.days_for_managers": "whole",
}
MATCHING: Mapping[str, Kind] = {
    **dict.fromkeys((f"weights.{name}" for name in CRITERIA), "whole"),
    "wished.levels_above": "whole",
    "wished.department": "text",
    "wished.earlier_partners": "text",
    "wished.shared_hours": "whole",
    "wished.days_waited": "whole",
    "rules.never_own_line": "yes",
    "rules.shared_language": "yes",
    "rules.never_again": "yes",
    "rules.never_after_no": "yes",
    "rules.least_shared_hours": "whole",
    "rules.most_hours_apart": "whole",
    "rules.least_levels_above": "whole",
    "rules.most_levels_above": "whole",
    "rules.department": "text",
}
VOCABULARY: Mapping[str, Kind] = {"aliases": "groups", "no_aliases": "words", "compare_meanings": "yes"}
MAY_BE_EMPTY = frozenset(
    {
        *("ends_on", "matching_on", "enrolment.opens_on", "enrolment.closes_on", "partnership_weeks"),
        *("rules.most_hours_apart", "rules.least_levels_above", "rules.most_levels_above"),
    }
)

QUESTION: Mapping[str, Kind] = {
    **dict.fromkeys(("id", "label", "kind", "for_role", "counts", "against"), "text"),
    "options": "lines",
    "required": "yes",
    "weight": "whole",
    "hard": "yes",
    "within": "number",
}
RULE: Mapping[str, Kind] = {
    "field": "text",
    "one_of": "lines",
    "none_of": "lines",
    "at_least": "whole",
    "at_most": "whole",
    "for_role": "text",
}
ROWS: Mapping[str, tuple[Mapping[str, Kind], str]] = {
    "questions": (QUESTION, "label"),
    "enrolment.only": (RULE, "field"),
    "enrolment.approve_if": (RULE, "field"),
}
"""Settings that are lists: the fields of a row, and the one without which a row is dropped."""


@dataclass
class Taken:
    """What a form makes of the terms, what in it cannot be read, and which row of the form each item of a list came from."""

    terms: Terms
    wrong: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)

    def placed(self, form: Form) -> Form:
        """The form with each refusal at the row it is about: rows that were empty had been left out."""
        return Form(form.values, {self._here(name): message for name, message in form.errors.items()}, form.message)

    def _here(self, name: str) -> str:
        for group, kept in self.rows.items():
            place, _, rest = name.removeprefix(f"{group}.").partition(".")
            if name.startswith(f"{group}.") and place.isdecimal() and int(place) < len(kept):
                return f"{group}.{kept[int(place)]}.{rest or ROWS[group][1]}"
        return "aliases" if name.startswith("aliases.") else name


def terms_of(programme: Mapping[str, Any]) -> Terms:
    """What managers decide, out of all that is known of a programme."""
    return {name: programme[name] for name in SETTINGS if name in programme}


def at(terms: Mapping[str, Any], path: str) -> Any:
    """The setting under a path, `circle.largest`."""
    found: Any = terms
    for part in path.split("."):
        found = found[part]
    return found


def filled(terms: Mapping[str, Any], fields: Mapping[str, Kind], groups: Iterable[str] = ()) -> Form:
    """The form of the terms as they are, with a row for each item of the lists in `groups`."""
    values = {path: _written(at(terms, path), kind) for path, kind in fields.items()}
    for group in groups:
        for place, item in enumerate(at(terms, group)):
            values |= {f"{group}.{place}.{name}": _written(item[name], kind) for name, kind in ROWS[group][0].items()}
    return Form(values)


def _written(value: Any, kind: Kind) -> Any:
    match kind:
        case "yes":
            return "yes" if value else ""
        case "lines" | "words":
            return "\n".join(value)
        case "groups":
            return "\n".join(", ".join(group) for group in value)
        case _:
            return value


def places(form: Form, group: str, *, more: bool = False) -> list[int]:
    """The rows of a list that are on the form; one more when it was asked for."""
    name = ROWS[group][1]
    used = [place for place in range(MOST[group]) if f"{group}.{place}.{name}" in form.values]
    free = used[-1] + 1 if used else 0
    return [*used, free] if more and free < MOST[group] else used


def taken(form: Form, fields: Mapping[str, Kind], terms: Mapping[str, Any], words: NullTranslations, groups: Iterable[str] = ()) -> Taken:
    """The terms with what the form says; all that is not on it stays as it is. A box without a tick is not sent."""
    found = Taken(terms=_copied(terms))
    for path, kind in fields.items():
        if kind != "yes" and path not in form.values:
            continue
        value = _read(form.value(path).strip(), kind)
        if value is Unreadable or (value is None and path not in MAY_BE_EMPTY):
            found.wrong[path] = words.gettext("Choose a day.") if kind == "day" else words.gettext("Write a whole number.")
        else:
            _put(found.terms, path, value)
    for group in groups:
        _take_rows(found, form, group, words)
    if found.terms.get("kind") == "always_open":
        for path in OF_COHORTS:
            found.wrong.pop(path, None)
            _put(found.terms, path, None)
    return found


def _take_rows(found: Taken, form: Form, group: str, words: NullTranslations) -> None:
    fields, key = ROWS[group]
    kept = [place for place in places(form, group) if form.value(f"{group}.{place}.{key}").strip()]
    rows = []
    for place in kept:
        row = {name: _read(form.value(f"{group}.{place}.{name}").strip(), kind) for name, kind in fields.items()}
        unread = [name for name, value in row.items() if value is Unreadable or (name == "weight" and value is None)]
        found.wrong |= {f"{group}.{place}.{name}": words.gettext("Write a number.") for name in unread}
        rows.append(row)
    if group == "questions":
        _as_questions(rows)
    found.rows[group] = kept
    _put(found.terms, group, rows)


def _as_questions(rows: list[dict[str, Any]]) -> None:
    """New questions get an id of their own, and only a choice has answers to choose from."""
    used = {row["id"] for row in rows}
    free = (name for number in range(1, 2 * MOST["questions"] + 1) if (name := f"q{number}") not in used)
    for row in rows:
        row["id"] = row["id"] or next(free)
        row["against"] = row["against"] or None
        if row["kind"] != "choice":
            row["options"] = []


class Unreadable:
    """Stands for what was typed and is no such thing."""


def _read(text: str, kind: Kind) -> Any:
    if kind == "text":
        return text
    if kind == "yes":
        return text == "yes"
    if kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "words":
        return lines(text)
    if kind == "groups":
        return [lines(line) for line in text.splitlines() if line.strip()]
    return _figure_or_day(text, kind) if text else None


def _figure_or_day(text: str, kind: Kind) -> Any:
    readers: dict[str, Callable[[str], Any]] = {"day": _day, "whole": _whole, "number": _number}
    return readers[kind](text)


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return Unreadable


def _whole(text: str) -> Any:
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else Unreadable


def _number(text: str) -> Any:
    """A comma is read as a point, as Germans write it."""
    said = text.replace(",", ".")
    return float(said) if re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", said) else Unreadable


def _put(terms: Terms, path: str, value: Any) -> None:
    *groups, name = path.split(".")
    for group in groups:
        terms = terms.setdefault(group, {})
    terms[name] = value


def _copied(terms: Mapping[str, Any]) -> Terms:
    return {name: _copied(value) if isinstance(value, Mapping) else value for name, value in terms.items()}
