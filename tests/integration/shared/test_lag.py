"""How far a group is behind, as Kafka itself tells it, and as `tandem lag` shows it."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from deploy.cli import lag
from shared.kafka import Topic, create_topics
from shared.lag import NO_GROUP, GroupLag, group_lags
from tests.support.probe import eventually


@pytest.fixture
async def topic(kafka: str) -> str:
    """A topic of the test's own with ten records in each of two partitions."""
    name = f"lag{uuid.uuid4().hex[:8]}.thing"
    await create_topics(kafka, [Topic(name, compacted=False)])
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for number in range(20):
        await producer.send_and_wait(name, b"x", partition=number % 2)
    await producer.stop()
    return name


@pytest.fixture
async def member(kafka: str, topic: str) -> AsyncIterator[Any]:
    """A consumer in a group of its own that has a place in it and has taken nothing yet."""
    group = f"group-{uuid.uuid4().hex[:8]}"
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()

    async def has_partitions() -> bool:
        return len(consumer.assignment()) == 12

    await eventually(has_partitions, "its partitions")
    consumer.group = group
    yield consumer
    await consumer.stop()


async def look(kafka: str, group: str) -> GroupLag:
    (found,) = await group_lags(kafka, [group])
    return found


async def test_a_group_is_behind_by_what_it_has_not_committed(kafka: str, topic: str, member: Any) -> None:
    await member.commit({TopicPartition(topic, 0): 4})
    assert await look(kafka, member.group) == GroupLag(member.group, "Stable", 1, {topic: 6 + 10})


async def test_a_group_that_has_committed_nothing_is_behind_by_all_there_is(kafka: str, topic: str, member: Any) -> None:
    assert await look(kafka, member.group) == GroupLag(member.group, "Stable", 1, {topic: 20})


async def test_a_group_without_members_still_has_its_lag(kafka: str, topic: str, member: Any) -> None:
    await member.commit({TopicPartition(topic, 0): 10, TopicPartition(topic, 1): 9})
    await member.stop()
    assert await look(kafka, member.group) == GroupLag(member.group, "Empty", 0, {topic: 1})


async def test_a_group_that_never_was_is_told_from_one_that_is_loading(
    kafka: str, topic: str, member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await member.commit({TopicPartition(topic, 0): 10, TopicPartition(topic, 1): 10})
    ask = AIOKafkaAdminClient.list_consumer_group_offsets
    empty: list[dict[Any, Any]] = [{}]

    async def answer_empty_at_first(self: Any, group: str) -> Any:
        # What a coordinator that has just started says for a moment.
        return empty.pop() if empty and group == member.group else await ask(self, group)

    monkeypatch.setattr(AIOKafkaAdminClient, "list_consumer_group_offsets", answer_empty_at_first)
    loading, none = await group_lags(kafka, [member.group, "never-was"])
    assert loading == GroupLag(member.group, "Stable", 1, {topic: 0})
    assert none == GroupLag("never-was", NO_GROUP)


async def test_the_command_shows_it_to_people_and_programs(kafka: str, topic: str, member: Any, capsys: pytest.CaptureFixture[str]) -> None:
    await member.commit({TopicPartition(topic, 0): 4})
    asked = ["--bootstrap-servers", kafka, "--group", member.group, "--group", "never-was"]
    assert await asyncio.to_thread(lag, asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == [member.group, "Stable", "1", "16", topic, "16"]
    assert lines[2].startswith("never-was")
    assert "has never taken anything in" in lines[2]
    assert await asyncio.to_thread(lag, [*asked, "--format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first == {"group": member.group, "state": "Stable", "members": 1, "lag": 16, "topics": {topic: 16}}
    assert second["state"] == NO_GROUP


def test_a_kafka_that_is_not_there_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    assert lag(["--bootstrap-servers", "127.0.0.1:1"]) == 1
    said = capsys.readouterr()
    assert said.err == "tandem lag: Kafka at 127.0.0.1:1 cannot be asked (KafkaConnectionError).\n"
    assert said.out == ""


def test_without_an_address_and_without_a_running_tandem_it_asks_for_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("TANDEM_HOME", str(tmp_path))
    monkeypatch.delenv("TANDEM_KAFKA_BOOTSTRAP_SERVERS", raising=False)
    assert lag([]) == 2
    assert "--bootstrap-servers" in capsys.readouterr().err
