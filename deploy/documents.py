"""The contracts as documents: AsyncAPI 3 of all events, OpenAPI 3.1 of each service, JSON Schema of each event; and the states.

`python -m deploy.documents` (`make docs`) writes them; a test compares them with the code.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy import states
from shared.contracts import COMPACTED, EVENTS, TOPICS
from shared.event import Event
from shared.kafka import PARTITIONS

ROOT = Path(__file__).parents[1]
SERVICES = ("matching", "scheduling", "goals", "notifications", "portal")

HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka's binary mode",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "UUIDv7 of the event"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "examples": ["/tandem/matching"]},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "id of the aggregate; also the record's key"},
        "ce_sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "ordinal of the event within its aggregate, without gaps"},
        "ce_beside": {"type": "string", "description": "type of the older version that is told beside this one"},
        "correlationid": {"type": "string"},
        "causationid": {"type": "string"},
        "traceparent": {"type": "string"},
        "content-type": {"const": "application/json"},
    },
}


def schema(event: type[Event]) -> dict[str, Any]:
    """JSON Schema of an event's data, as its producer writes it."""
    return event.model_json_schema(mode="serialization")


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: a channel for each topic, an operation for each producer."""
    channels = {
        topic: {
            "address": topic,
            "description": "The newest event of each key is kept for ever."
            if topic in COMPACTED
            else "All facts of one aggregate, in order.",
            "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in EVENTS if event.topic == topic},
            "bindings": {
                "kafka": {
                    "partitions": PARTITIONS,
                    "topicConfiguration": {"cleanup.policy": ["compact" if topic in COMPACTED else "delete"]},
                    "bindingVersion": "0.5.0",
                }
            },
        }
        for topic in TOPICS
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tandem's events", "version": "1", "description": "What the services tell each other, and anybody who listens."},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {f"publish.{topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}} for topic in TOPICS},
        "components": {"messages": {event.__name__: _message(event) for event in EVENTS}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").splitlines()[0],
        "headers": HEADERS,
        "payload": schema(event),
        "bindings": {"kafka": {"key": {"type": "string", "description": event.key_field}, "bindingVersion": "0.5.0"}},
    }


def openapi(service: str) -> dict[str, Any]:
    """OpenAPI 3.1 of one service; nothing is started for it."""
    settings = importlib.import_module(f"services.{service}.settings").Settings
    needed = {name: "0" * 43 + "=" for name, field in settings.model_fields.items() if field.is_required()}
    app = importlib.import_module(f"services.{service}.main").create_app(settings(**{**needed, "port": 1}))
    return dict(app.openapi())


def documents() -> Iterator[tuple[Path, str]]:
    """Every document, the same bytes every time, with the place where it lies."""
    yield ROOT / "docs" / "asyncapi" / "tandem.json", _text(asyncapi())
    for service in SERVICES:
        yield ROOT / "docs" / "openapi" / f"{service}.json", _text(openapi(service))
    yield ROOT / "docs" / "states.md", states.page()


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write all documents."""
    for path, document in documents():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")


if __name__ == "__main__":
    main()
