"""Each rule of compatibility catches the change that breaks it, and says which event, which field and which rule."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.compatibility import CHECKS, breaches

PUBLISHED: dict[str, Any] = {
    "type": "object",
    "x-topic": "some.event",
    "x-key": "event_id",
    "additionalProperties": False,
    "required": ["event_id", "state", "amount"],
    "properties": {
        "event_id": {"type": "string", "format": "uuid"},
        "state": {"enum": ["open", "closed"], "type": "string"},
        "amount": {"type": "integer", "minimum": 1, "maximum": 9},
        "code": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5, "default": "a"},
        "kind": {"const": "fact", "default": "fact"},
        "until": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}], "default": None},
        "people": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
    },
    "$defs": {"Part": {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}},
}

Change = Callable[[dict[str, Any], dict[str, Any]], Any]
"""What is done to a copy of it, and to its fields."""

BREACHES: dict[str, list[tuple[str, Change]]] = {
    "no_topic_changes": [("", lambda event, _: event.update({"x-topic": "some.other"}))],
    "no_key_changes": [("", lambda event, _: event.update({"x-key": "code"}))],
    "no_field_is_removed": [("", lambda _, fields: fields.pop("code")), ("parts[]", lambda event, _: _part(event).pop("properties"))],
    "no_new_field_is_required": [
        ("", lambda event, fields: (fields.update({"new": {"type": "string"}}), event["required"].append("new"))),
        ("parts[]", lambda event, _: (_part(event)["properties"].update({"new": {}}), _part(event)["required"].append("new"))),
    ],
    "no_field_becomes_required": [("", lambda event, _: event["required"].append("code"))],
    "no_field_becomes_optional": [("", lambda event, _: event["required"].remove("amount"))],
    "no_type_changes": [
        ("amount", lambda _, fields: fields["amount"].update(type="number")),
        ("parts[].size", lambda event, _: _part(event)["properties"]["size"].update(type="string")),
    ],
    "no_list_holds_another_type": [("people[]", lambda _, fields: fields["people"]["items"].update(type="integer"))],
    "no_union_is_narrowed": [("until", lambda _, fields: fields["until"]["anyOf"].pop())],
    "no_union_is_widened": [("until", lambda _, fields: fields["until"]["anyOf"].append({"type": "integer"}))],
    "no_enum_is_narrowed": [("state", lambda _, fields: fields["state"]["enum"].remove("closed"))],
    "no_enum_is_widened": [("state", lambda _, fields: fields["state"]["enum"].append("lost"))],
    "no_constant_changes": [("kind", lambda _, fields: fields["kind"].update(const="rumour"))],
    "no_format_changes": [
        ("event_id", lambda _, fields: fields["event_id"].pop("format")),
        ("until", lambda _, fields: fields["until"]["anyOf"][0].update(format="date")),
    ],
    "no_pattern_changes": [("code", lambda _, fields: fields["code"].update(pattern="^[a-y]+$"))],
    "no_default_changes": [
        ("code", lambda _, fields: fields["code"].update(default="b")),
        ("until", lambda _, fields: fields["until"].pop("default")),
    ],
    "no_bound_is_tightened": [
        ("amount", lambda _, fields: fields["amount"].update(minimum=2)),
        ("amount", lambda _, fields: fields["amount"].update(maximum=8)),
        ("code", lambda _, fields: fields["code"].update(maxLength=4)),
        ("code", lambda _, fields: fields["code"].update(minLength=1)),
        ("people", lambda _, fields: fields["people"].update(minItems=2)),
    ],
    "no_bound_is_loosened": [
        ("amount", lambda _, fields: fields["amount"].update(maximum=10)),
        ("code", lambda _, fields: fields["code"].pop("maxLength")),
    ],
    "nothing_else_changes": [
        ("", lambda event, _: event.pop("additionalProperties")),
        ("people", lambda _, fields: fields["people"].update(uniqueItems=True)),
        ("amount", lambda _, fields: fields["amount"].update(multipleOf=2)),
    ],
}


def _part(event: dict[str, Any]) -> dict[str, Any]:
    return event["$defs"]["Part"]  # type: ignore[no-any-return] # a schema


def changed(change: Change) -> dict[str, Any]:
    new = copy.deepcopy(PUBLISHED)
    change(new, new["properties"])
    return new


def test_every_rule_has_a_change_that_breaks_it() -> None:
    assert list(BREACHES) == [check.__name__ for check in CHECKS]


@pytest.mark.parametrize(("rule", "place", "change"), [(rule, *one) for rule, several in BREACHES.items() for one in several])
def test_a_breach_is_caught_by_its_rule_and_by_no_other(rule: str, place: str, change: Change) -> None:
    (sentence,) = breaches("some.event.v1", PUBLISHED, changed(change))
    assert sentence.startswith(f"some.event.v1, field {place}: " if place else "some.event.v1: ")
    assert f"({rule})" in sentence


@pytest.mark.parametrize(
    "change",
    [
        lambda _, fields: fields.update({"new": {"type": "string", "default": ""}}),
        lambda event, _: _part(event)["properties"].update({"new": {"type": "string", "default": ""}}),
        lambda event, fields: (event.update(description="Other words."), fields["code"].update(title="Code", examples=["b"])),
        lambda _, fields: fields["until"]["anyOf"].reverse(),
    ],
    ids=["a field that may be left out", "the same in a part", "other words", "another order"],
)
def test_what_everybody_can_read_is_allowed(change: Change) -> None:
    assert breaches("some.event.v1", PUBLISHED, changed(change)) == []
