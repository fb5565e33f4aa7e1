"""The events as a promise: what was published once can be read for ever, and no field changes its meaning silently."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.documents import schema
from shared.contracts import EVENTS, goals, matching, portal, scheduling
from shared.event import Event
from tests.support.compatibility import breaches

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


def published(event: type[Event]) -> dict[str, Any]:
    """What others rely on: the data, the topic it is told on, and the field that keeps facts in order."""
    return {**schema(event), "x-topic": event.topic, "x-key": event.key_field}


def type_of(path: Path) -> str:
    """The type of an example, whose name ends in what it shows."""
    return path.name.removesuffix(".json").rsplit(".", 1)[0]


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
    before, now = json.loads(snapshot.read_text()), published(by_type[name])
    assert breaches(name, before, now) == []
    assert before == now, f"{name} has changed in a compatible way: write and commit its snapshot"


def test_what_was_published_once_is_never_forgotten() -> None:
    known = {path.name.removesuffix(".json") for path in SNAPSHOTS.glob("*.json")} | {type_of(path) for path in CORPUS.glob("*.json")}
    assert known - by_type.keys() == set(), "these types lie on the topics for ever: keep their classes, or nobody can read them"


@pytest.mark.parametrize("name", names)
def test_the_corpus_has_each_event_as_it_is_published_now(name: str) -> None:
    held = [set(json.loads(path.read_text())) for path in CORPUS.glob(f"{name}.*.json")]
    for full in (True, False):
        wanted = set(example(by_type[name], full=full))
        assert wanted in held, f"{name} has other fields now: run `python -m tests.contracts.test_events` and commit what it writes"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.json")), ids=lambda path: path.name)
def test_today_s_consumers_read_what_was_ever_published(path: Path) -> None:
    name = type_of(path)
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


def write_what_is_new() -> None:
    """Write snapshots, and examples of versions that the corpus does not have yet."""
    for name, event in by_type.items():
        SNAPSHOTS.mkdir(exist_ok=True)
        (SNAPSHOTS / f"{name}.json").write_text(json.dumps(published(event), indent=1) + "\n")
        CORPUS.mkdir(exist_ok=True)
        held = [json.loads(path.read_text()).keys() for path in CORPUS.glob(f"{name}.*.json")]
        for kind, full in (("full", True), ("minimal", False)):
            today = example(event, full=full)
            if today.keys() not in held:  # an older example stays: its like lies on the topic
                earlier = len(list(CORPUS.glob(f"{name}.{kind}*.json")))
                path = CORPUS / f"{name}.{kind}{f'-{earlier + 1}' if earlier else ''}.json"
                path.write_text(json.dumps(today, indent=1) + "\n")


if __name__ == "__main__":
    write_what_is_new()
