"""One event, one aggregate: no handler of any service writes a document that another aggregate's events write too.

Replicas that take in two aggregates at once must not meet in a document, or they collide in nearly every batch. So two
events that are alike in all but their aggregate must write different documents. Reading others' documents is free: it
locks nothing.
"""

import importlib
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.documents import schema
from shared.aggregate import new_id
from shared.contracts import EVENTS
from shared.contracts.matching import PartnershipStarted
from shared.event import Event
from shared.hearing import Reaction
from shared.mongo import close_client, open_client
from shared.reactions import Reactions
from shared.unit import Unit
from tests.support.service import database_url, drop

CORPUS = Path(__file__).parents[2] / "contracts" / "corpus"
SERVICES = ("matching", "scheduling", "goals", "notifications")
Written = set[tuple[str, str]]

# Feedback settles what one person was asked about one meeting. The row is named after the two, and they give feedback once,
# so no other aggregate's event writes it.
KNOWN = {("goals.feedback.given.v1", "closings")}


def corpus() -> Iterator[Event]:
    """Every event there ever was, in full, in the order in which an aggregate lives."""
    for event in EVENTS:
        yield event.read((CORPUS / f"{event.event_type}.full.json").read_bytes())


def of_another(event: Event) -> Event:
    """The same fact about another aggregate."""
    return event.model_copy(update={event.key_field: f"another-{event.subject}"})


async def written_by(reaction: Reaction, event: Event, database: Any) -> Written:
    """What the handler leaves in its unit, which is then written."""
    unit = Unit(database, None, at=event.at, writer="watcher")
    if reaction.loads is not None:
        await unit.prefetch({collection: [key] for collection, key in reaction.loads(event)})
    await reaction.handle(event, unit)
    written: Written = {*unit._step}
    await unit.flush()
    return written


async def foreign(reactions: Reactions, database: Any, second: Any) -> list[str]:
    """The handlers that wrote what events of another aggregate write as well. Each runs twice, with all the others between."""
    found = []
    for _ in range(2):
        for event in corpus():
            reaction = reactions.events.get(event.event_type)
            if reaction is None:
                continue
            both = await written_by(reaction, event, database) & await written_by(reaction, of_another(event), second)
            found += [
                f"{getattr(reaction.handle, '__name__', reaction.handle)} on {event.event_type} writes {collection}/{key}"
                for collection, key in sorted(both)
                if (event.event_type, collection) not in KNOWN
            ]
    return found


@pytest.fixture
async def second(mongodb: str, driver: str) -> AsyncIterator[Any]:
    """Another database, in which the same happens."""
    url = database_url(mongodb, f"test_{uuid.uuid4().hex}")
    client = open_client(url, driver)
    yield client.get_default_database()
    await close_client(client)
    await drop(url)


def reactions_of(service: str) -> Reactions:
    found: Reactions = importlib.import_module(f"services.{service}.consumers").reactions
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_no_handler_writes_a_document_of_another_aggregate(service: str, database: Any, second: Any) -> None:
    assert await foreign(reactions_of(service), database, second) == []


async def test_a_handler_that_counts_in_a_shared_document_is_named(database: Any, second: Any) -> None:
    planted = Reactions(service="planted")

    @planted.to(PartnershipStarted)
    async def count_pairs(event: PartnershipStarted, unit: Unit) -> None:
        counted = await unit.row("totals", event.programme_id) or {"_id": event.programme_id, "pairs": 0}
        unit.put("totals", {**counted, "pairs": counted["pairs"] + 1})
        unit.put("pairs", {"_id": event.partnership_id})
        unit.put("notes", {"_id": new_id()})

    breach = "count_pairs on matching.partnership.started.v1 writes totals/some-programme_id"
    assert await foreign(planted, database, second) == [breach, breach]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_value_that_a_newer_producer_adds_to_a_choice_is_taken_in(service: str, database: Any) -> None:
    reactions = reactions_of(service)
    for event in corpus():
        reaction = reactions.events.get(event.event_type)
        if reaction is not None:
            fields = schema(type(event))["properties"]
            choices = [name for name, field in fields.items() if " or " in field.get("description", "") and field.get("type") == "string"]
            newer = type(event).read(json.dumps({**json.loads(event.body()), **dict.fromkeys(choices, "yet to come")}).encode())
            await written_by(reaction, newer, database)
