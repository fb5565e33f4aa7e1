"""The generated documents say what the code does, and are what their standards ask for."""

from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.documents import SERVICES, asyncapi, documents, openapi, text
from shared.contracts import EVENTS, TOPICS


def test_the_documents_are_those_of_the_code() -> None:
    stale = [path.name for path, document in documents() if not path.exists() or path.read_text(encoding="utf-8") != text(document)]
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


def test_no_document_names_a_place_of_the_machine_it_was_made_on() -> None:
    root = str(Path(__file__).parents[2])
    assert all(root not in text(document) for _, document in documents())
