"""The events as a promise: what was published once can be read for ever, and no field changes its meaning silently."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.documents import schema
from shared.contracts import EVENTS, goals, matching, portal, scheduling
from shared.event import Event
from tests.support.compatibility import CHECKS, breaches

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots"
CORPUS = HERE / "corpus"

names = [event.event_type for event in EVENTS]
by_type = {event.event_type: event for event in EVENTS}


def example(event: type[Event], *, full: bool) -> dict[str, Any]:
    """A valid event: with every field, or with only what it must have."""
    fields = schema(event)["properties"]
    required = {name for name, field in event.model_fields.items() if field.is_required()}
    return {name: _value(name, field, full=full) for name, field in fields.items() if full or name in required}


def _value(name: str, field: dict[str, Any], *, full: bool) -> Any:  # noqa: PLR0911 - one for each kind of value
    if "examples" in field:
        return field["examples"][0]
    if "anyOf" in field:
        return _value(name, field["anyOf"][0 if full else -1], full=full)
    match field.get("type"), field.get("format"):
        case "string", "date-time":
            return "2026-10-20T09:00:00Z"
        case "string", "date":
            return "2026-10-20"
        case "string", _:
            return f"some-{name}"
        case "integer", _:
            return 4
        case "boolean", _:
            return True
        case "array", _:
            return [_value(name, field["items"], full=full)] if full else []
        case "null", _:
            return None
    raise AssertionError(f"no example for {name}: {field}")


def test_every_producer_s_events_are_in_the_table() -> None:
    assert set(EVENTS) == {*portal.EVENTS, *matching.EVENTS, *goals.EVENTS, *scheduling.EVENTS}
    assert len(by_type) == len(EVENTS)


@pytest.mark.parametrize("name", names)
def test_a_type_says_who_tells_what_about_which_aggregate(name: str) -> None:
    service, aggregate, fact, version = name.split(".")
    assert by_type[name].topic == f"{service}.{aggregate}"
    assert by_type[name].__module__ == f"shared.contracts.{service}"
    assert version.startswith("v")
    assert fact
    assert by_type[name].key_field in by_type[name].model_fields


@pytest.mark.parametrize("name", names)
def test_an_event_is_compatible_with_what_was_published_before(name: str) -> None:
    snapshot = SNAPSHOTS / f"{name}.json"
    assert snapshot.exists(), f"{name} is new: run `python -m tests.contracts.test_events` and commit what it writes"
    published = json.loads(snapshot.read_text())
    assert breaches(name, published, schema(by_type[name])) == []
    assert published == schema(by_type[name]), f"{name} has changed in a compatible way: write and commit its snapshot"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.json")), ids=lambda path: path.name)
def test_today_s_consumers_read_what_was_ever_published(path: Path) -> None:
    name = path.name.removesuffix(".json").rsplit(".", 1)[0]
    body = path.read_bytes()
    Draft202012Validator(schema(by_type[name])).validate(json.loads(body))
    assert by_type[name].read(body).subject


@pytest.mark.parametrize("name", names)
def test_a_consumer_ignores_what_a_newer_producer_adds(name: str) -> None:
    body = json.dumps({**example(by_type[name], full=True), "something_new": {"a": 1}}).encode()
    assert by_type[name].read(body).event_type == name


@pytest.mark.parametrize("name", names)
def test_a_producer_cannot_add_a_field_by_accident(name: str) -> None:
    with pytest.raises(ValueError, match="something_new"):
        by_type[name](**{**example(by_type[name], full=True), "something_new": 1, "at": datetime.now(UTC)})


PRIVATE = {"text", "line", "reason_text", "note", "notes", "title", "why", "measure", "words", "message", "comment", "body"}


@pytest.mark.parametrize("name", names)
def test_no_event_has_room_for_private_words(name: str) -> None:
    assert PRIVATE.isdisjoint(by_type[name].model_fields)


OLD = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}


def _broken(change: str) -> dict[str, Any]:
    new: dict[str, Any] = copy.deepcopy(OLD)
    match change:
        case "no_field_is_removed":
            del new["properties"]["b"]
        case "no_new_field_is_required":
            new["properties"]["c"] = {"type": "string"}
            new["required"].append("c")
        case "no_field_becomes_required":
            new["required"].append("b")
        case "no_required_field_becomes_optional":
            new["required"] = []
        case "no_field_changes_its_kind":
            new["properties"]["b"] = {"type": "string"}
    return new


@pytest.mark.parametrize("check", [check.__name__ for check in CHECKS])
def test_each_check_catches_its_breach(check: str) -> None:
    found = breaches("some.event.v1", OLD, _broken(check))
    assert len(found) == 1
    assert found[0].startswith("some.event.v1: ")


def test_an_optional_field_may_be_added() -> None:
    new = {**OLD, "properties": {**OLD["properties"], "c": {"type": "string", "default": ""}}}  # type: ignore[dict-item] # a schema is any JSON
    assert breaches("some.event.v1", OLD, new) == []


def write_what_is_new() -> None:
    """Write snapshots, and examples of versions that the corpus does not have yet."""
    for name, event in by_type.items():
        SNAPSHOTS.mkdir(exist_ok=True)
        (SNAPSHOTS / f"{name}.json").write_text(json.dumps(schema(event), indent=1) + "\n")
        CORPUS.mkdir(exist_ok=True)
        for kind, full in (("full", True), ("minimal", False)):
            path = CORPUS / f"{name}.{kind}.json"
            if not path.exists():
                path.write_text(json.dumps(example(event, full=full), indent=1) + "\n")


if __name__ == "__main__":
    write_what_is_new()
