"""The generated documents say what the code does, and are what their standards ask for."""

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.documents import HEADERS, ROOT, SERVICES, asyncapi, documents, openapi
from shared.contracts import EVENTS, TOPICS
from shared.outbox import headers_of
from tests.support.asyncapi import asyncapi_schema


def test_the_documents_are_those_of_the_code() -> None:
    stale = [path.name for path, document in documents() if not path.exists() or path.read_text(encoding="utf-8") != document]
    assert stale == [], "run `make docs` and commit what it writes"


@pytest.mark.parametrize("service", SERVICES)
def test_the_openapi_document_is_valid(service: str) -> None:
    OpenAPIV31SpecValidator(openapi(service)).validate()


def test_the_asyncapi_document_holds_every_event_once() -> None:
    document = asyncapi()
    assert set(document["channels"]) == set(TOPICS)
    placed = [name for channel in document["channels"].values() for name in channel["messages"]]
    assert sorted(placed) == sorted(event.__name__ for event in EVENTS)
    assert all(message["payload"]["type"] == "object" for message in document["components"]["messages"].values())


def test_the_asyncapi_document_is_valid() -> None:
    faults = [f"{fault.json_path}: {fault.message}" for fault in Draft7Validator(asyncapi_schema()).iter_errors(asyncapi())]
    assert faults == []


def test_a_wrong_asyncapi_document_is_found_wrong() -> None:
    wrong = asyncapi()
    wrong["operations"][f"publish.{TOPICS[0]}"]["action"] = "shout"
    assert not Draft7Validator(asyncapi_schema()).is_valid(wrong)


@pytest.mark.parametrize("beside", [None, "goals.goal.written.v1"])
def test_the_headers_that_are_sent_are_those_of_the_document(beside: str | None) -> None:
    sent = headers_of(
        {
            "id": "0199f0a0-0000-7000-8000-000000000001",
            "type": "goals.goal.written.v2",
            "topic": "goals.goal",
            "key": "g",
            "sequence": 7,
            "time": datetime.now(UTC),
            "beside": beside,
            "correlation_id": "c",
            "causation_id": None,
            "traceparent": None,
        }
    )
    headers = {name: value.decode() for name, value in sent}
    Draft202012Validator(HEADERS, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(headers)
    assert set(headers) <= set(asyncapi()["components"]["messages"]["GoalWritten"]["headers"]["properties"])
    assert (headers["ce_subject"], headers["ce_sequence"], headers["ce_source"]) == ("g", "7", "/tandem/goals")


def test_topics_and_types_are_written_down_in_one_place_only() -> None:
    literals = re.compile(rf'"(?:{"|".join(map(re.escape, [*TOPICS, *(event.event_type for event in EVENTS)]))})"')
    elsewhere = {
        f"{path.relative_to(ROOT)}: {match}"
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "contracts" and path.name != "event.py"  # which shows how one is written
        for match in literals.findall(path.read_text())
    }
    assert elsewhere == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_s_group_bears_its_name_and_hears_topics_of_the_table_alone(service: str) -> None:
    reactions = importlib.import_module(f"services.{service}.consumers").reactions
    assert reactions.service == service
    assert set(reactions.topics) <= set(TOPICS)
    assert set(reactions.events) <= {event.event_type for event in EVENTS}


def test_no_document_names_a_place_of_the_machine_it_was_made_on() -> None:
    root = str(Path(__file__).parents[2])
    assert all(root not in document for _, document in documents())
