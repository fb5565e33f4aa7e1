"""When an event may be published under the type it had: named checks on two JSON Schemas, each with a sentence for whoever broke it."""

from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]
Check = Callable[[str, Schema, Schema], Iterator[str]]


def _fields(schema: Schema) -> dict[str, Any]:
    return dict(schema.get("properties", {}))


def _kind(field: dict[str, Any]) -> Any:
    """What decides whether a value fits: the field without its words."""
    return {name: value for name, value in field.items() if name not in {"title", "description", "examples", "default"}}


def no_field_is_removed(event: str, old: Schema, new: Schema) -> Iterator[str]:
    """Consumers rely on what was once there."""
    for field in _fields(old).keys() - _fields(new).keys():
        yield f"{event}: field {field} is gone; consumers that read it would park every event. Publish a .v2 beside it."


def no_new_field_is_required(event: str, old: Schema, new: Schema) -> Iterator[str]:
    """Today's consumers must read what lies on the topic since long."""
    for field in set(new.get("required", ())) - set(old.get("required", ())):
        if field not in _fields(old):
            yield f"{event}: new field {field} is required; events published before lack it. Give it a default."


def no_field_becomes_required(event: str, old: Schema, new: Schema) -> Iterator[str]:
    """What was left out before is still left out in old events."""
    for field in set(new.get("required", ())) - set(old.get("required", ())):
        if field in _fields(old):
            yield f"{event}: field {field} is required now; older events lack it."


def no_required_field_becomes_optional(event: str, old: Schema, new: Schema) -> Iterator[str]:
    """Older consumers cannot do without it."""
    for field in set(old.get("required", ())) - set(new.get("required", ())):
        if field in _fields(new):
            yield f"{event}: field {field} is optional now; consumers that need it would park the event."


def no_field_changes_its_kind(event: str, old: Schema, new: Schema) -> Iterator[str]:
    """A value one side writes must fit what the other reads."""
    for field in _fields(old).keys() & _fields(new).keys():
        if _kind(_fields(old)[field]) != _kind(_fields(new)[field]):
            yield f"{event}: field {field} is of another kind; publish a .v2 beside it."


CHECKS: tuple[Check, ...] = (
    no_field_is_removed,
    no_new_field_is_required,
    no_field_becomes_required,
    no_required_field_becomes_optional,
    no_field_changes_its_kind,
)


def breaches(event: str, old: Schema, new: Schema) -> list[str]:
    """Everything that forbids to publish `new` under the type that `old` has."""
    return [sentence for check in CHECKS for sentence in check(event, old, new)]
