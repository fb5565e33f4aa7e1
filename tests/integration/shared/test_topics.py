"""`tandem topics`: what it would do to the topics of a real Kafka, what it does, and what it will not do by itself."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared import topics as shared_topics
from shared.cli import topics as command
from shared.kafka import KafkaError
from shared.topics import PARTITIONS, Change, Topic, apply_topics, create_topics, missing_topics, plan_topics
from tests.support.probe import eventually


@pytest.fixture
async def admin(kafka: str) -> AsyncIterator[Any]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    yield client
    await client.close()


def a_topic(*, compacted: bool = False) -> Topic:
    return Topic(f"planned.{uuid.uuid4().hex}", compacted=compacted)


async def until_there(kafka: str, *topics: Topic) -> None:
    await create_topics(kafka, topics)  # they are there already, but perhaps not yet led


async def settings_of(admin: Any, topic: Topic) -> dict[str, str]:
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_a_missing_topic_is_planned_then_made_then_as_it_should_be(kafka: str) -> None:
    facts, states = a_topic(), a_topic(compacted=True)
    assert [step.change for step in await plan_topics(kafka, [facts, states])] == [Change.CREATE, Change.CREATE]
    assert await missing_topics(kafka, [facts.name, states.name]) == sorted([facts.name, states.name])
    done, left = await apply_topics(kafka, [facts, states])
    assert ([step.topic for step in done], left) == ([facts.name, states.name], [])
    assert await plan_topics(kafka, [facts, states]) == []


async def test_other_settings_are_changed_and_those_that_others_set_are_kept(kafka: str, admin: Any) -> None:
    topic = a_topic()
    await admin.create_topics([NewTopic(topic.name, PARTITIONS, 1, topic_configs={"retention.ms": "1000", "segment.ms": "12345"})])
    await until_there(kafka, topic)
    (step,) = await plan_topics(kafka, [topic])
    assert (step.change, "retention.ms is 1000, -1 is wanted" in step.what) == (Change.CONFIGURE, True)
    await apply_topics(kafka, [topic])

    async def nothing_left() -> bool:
        return not await plan_topics(kafka, [topic])

    await eventually(nothing_left, "the settings as they should be")
    settings = await settings_of(admin, topic)
    assert (settings["retention.ms"], settings["segment.ms"]) == ("-1", "12345")


async def test_partitions_are_added_only_for_who_says_that_keys_may_move(kafka: str, admin: Any) -> None:
    topic = a_topic()
    await admin.create_topics([NewTopic(topic.name, 3, 1, topic_configs=topic.configs)])
    await until_there(kafka, topic)
    _, left = await apply_topics(kafka, [topic])
    assert [(step.change, "keys would move" in step.what) for step in left] == [(Change.ADD_PARTITIONS, True)]
    done, left = await apply_topics(kafka, [topic], move_keys=True)
    assert ([step.change for step in done], left) == ([Change.ADD_PARTITIONS], [])

    async def nothing_left() -> bool:
        return not await plan_topics(kafka, [topic])

    await eventually(nothing_left, "the partitions as they should be")


async def test_partitions_are_never_taken_away_and_copies_never_moved(kafka: str, admin: Any) -> None:
    topic = a_topic()
    await admin.create_topics([NewTopic(topic.name, PARTITIONS + 1, 1, topic_configs=topic.configs)])
    await until_there(kafka, topic)
    done, left = await apply_topics(kafka, [topic], replication=2, move_keys=True)
    assert (done, [step.change for step in left]) == ([], [Change.TOO_MANY_PARTITIONS, Change.OTHER_REPLICATION])


async def test_what_kafka_refuses_is_an_error_that_names_the_topic(kafka: str) -> None:
    with pytest.raises(KafkaError, match="not a name"):
        await create_topics(kafka, [Topic("not a name", compacted=False)])
    topic = a_topic()
    with pytest.raises(KafkaError, match=f"{topic.name} was refused"):
        await create_topics(kafka, [topic], replication=2)
    await create_topics(kafka, [topic])
    wrong = shared_topics.Step(topic.name, Change.CONFIGURE, "", {"retention.ms": "soon"})
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    with pytest.raises(KafkaError, match=f"settings of topic {topic.name} were refused"):
        await shared_topics._configure(client, [wrong])
    await client.close()


# ---------------------------------------------------------------- the command


async def tandem_topics(*argv: str) -> int:
    return await asyncio.to_thread(command, argv)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Sequence[Topic]:
    """A table of topics that nobody has made yet."""
    made = [a_topic(), a_topic(compacted=True)]
    monkeypatch.setattr("shared.cli.wanted_topics", lambda: made)
    return made


async def test_the_command_says_what_it_would_do_does_it_and_says_when_nothing_is_left(
    kafka: str, table: Sequence[Topic], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await tandem_topics("plan", "--bootstrap-servers", kafka) == 3
    assert f"to do: create {table[0].name}: 12 partitions, 1 copies, cleanup.policy=delete, retention.ms=-1" in capsys.readouterr().out
    assert await tandem_topics("apply", "--bootstrap-servers", kafka, "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert ([step["topic"] for step in answer["done"]], answer["left"]) == ([topic.name for topic in table], [])
    assert await tandem_topics("plan", "--bootstrap-servers", kafka) == 0
    assert capsys.readouterr().out == "all topics are as they should be\n"


async def test_the_command_says_in_one_line_that_kafka_is_away(table: Sequence[Topic], capsys: pytest.CaptureFixture[str]) -> None:
    assert await tandem_topics("plan", "--bootstrap-servers", "127.0.0.1:1") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tandem topics: 127.0.0.1:1 did not do it: ")
    assert len(said.err.splitlines()) == 1
