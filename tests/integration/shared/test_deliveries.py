"""Deliveries: once each, whoever sends and whoever dies; later again what failed; visible what never will arrive."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from structlog.testing import capture_logs

from shared import deliveries
from shared.deliveries import Away, Delivery, DeliveryLoop, Later, Undeliverable, retry
from shared.mongo import ensure_indexes
from tests.support.loops import running
from tests.support.mail import MailServer
from tests.support.probe import eventually
from tests.support.senders import Hook, Mailer
from tests.support.serving import listening, serving

ROOT = Path(__file__).parents[3]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
A_MINUTE_AGO = NOW - timedelta(minutes=1)

# A replica that sends one delivery and is held up before it can write that down.
HELD_UP = """
import asyncio, os, time
from shared import deliveries
from shared.mongo import open_client
from tests.support.senders import Hook, Mailer

deliveries.LEASE_MS = 1000

async def end(self, row, state, problem=None):
    print(state, flush=True)
    time.sleep(600)

deliveries.DeliveryLoop._end = end

async def main():
    database = open_client(os.environ["URL"]).get_default_database()
    senders = {"hook": Hook(os.environ["RECEIVER"]), "mail": Mailer(int(os.environ["RECEIVER"].rpartition(":")[2]))}
    await deliveries.DeliveryLoop(database, senders).send_next()

asyncio.run(main())
"""


class Postman:
    """A channel that does as it is told."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.sent: list[str] = []
        self.tried = 0

    async def send(self, delivery: Delivery) -> None:
        self.tried += 1
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(delivery.id)


class NobodyThere(Postman):
    """A channel whose server is away until `back`."""

    back = False

    async def send(self, delivery: Delivery) -> None:
        await super().send(delivery)
        if not self.back:
            self.sent.pop()
            raise Away("the server: ConnectionRefusedError")


async def post(
    database: Any, number: int = 1, *, channel: str = "post", expires_at: datetime = NOW + DAY, at: datetime | None = None
) -> None:
    rows = [
        Delivery(id=f"{channel}/{index}", channel=channel, payload={"meeting_id": "m"}, expires_at=expires_at).to_document(
            at or NOW - timedelta(minutes=1)
        )
        for index in range(number)
    ]
    await database.deliveries.insert_many(rows)


async def states(database: Any) -> list[tuple[str, str | None]]:
    return [(row["state"], row.get("problem")) async for row in database.deliveries.find().sort("_id", 1)]


async def make_due(database: Any) -> None:
    await database.deliveries.update_many({"state": "waiting"}, {"$set": {"due_at": A_MINUTE_AGO}})


@pytest.fixture
async def outbound(database: Any) -> Any:
    """A database with the indexes that a service has."""
    await ensure_indexes(database, deliveries.INDEXES)
    return database


# ---------------------------------------------------------------- once


async def test_five_replicas_send_each_delivery_once_and_keep_nothing_of_what_was_sent(outbound: Any) -> None:
    await post(outbound, 20)
    postman = Postman()

    async def send_all() -> None:
        loop = DeliveryLoop(outbound, {"post": postman})
        while await loop.send_next():
            pass

    await asyncio.gather(*(send_all() for _ in range(5)))
    assert sorted(postman.sent) == sorted(f"post/{number}" for number in range(20))
    assert await outbound.deliveries.count_documents({"payload": {"$exists": True}}) == 0
    assert set(await states(outbound)) == {("sent", None)}


Killed = Callable[[str], Awaitable[None]]


@pytest.fixture
def killed_after_sending(outbound: Any, mongodb: str) -> Killed:
    """Has a process send what is due to a receiver, and kills it when the receiver has said yes and the row does not say so yet."""

    async def run(receiver: str) -> None:
        head, _, tail = mongodb.partition("?")
        environment = {**os.environ, "URL": f"{head}{outbound.name}?{tail}", "RECEIVER": receiver}
        replica = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HELD_UP, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert replica.stdout is not None
            assert await replica.stdout.readline() == b"sent\n"
        finally:
            replica.kill()
            await replica.wait()

    return run


async def test_a_receiver_that_knows_the_id_gets_nothing_twice_though_we_die_before_writing_its_yes_down(
    outbound: Any, killed_after_sending: Killed
) -> None:
    requests, effects = 0, Counter[str]()
    receiver = FastAPI()

    @receiver.post("/")
    async def take(request: Request) -> None:
        nonlocal requests
        requests += 1
        key = request.headers["idempotency-key"]
        if key not in effects:
            effects[key] += 1

    async with listening() as (listener, address), serving(receiver, listener):
        await post(outbound, channel="hook")
        await killed_after_sending(address)
        loop = DeliveryLoop(outbound, {"hook": Hook(address)})
        await eventually(loop.send_next, "the next replica's turn")
    assert requests == 2
    assert effects == {"hook/0": 1}
    assert await states(outbound) == [("sent", None)]


async def test_a_mail_server_gets_one_letter_twice_at_most_and_under_the_same_id_when_we_die_before_writing_its_yes_down(
    outbound: Any, killed_after_sending: Killed, mail_server: MailServer
) -> None:
    await post(outbound, 2, channel="mail")
    await killed_after_sending(f"127.0.0.1:{mail_server.port}")
    loop = DeliveryLoop(outbound, {"mail": Mailer(mail_server.port)})

    async def all_sent() -> bool:
        await loop.send_next()
        return set(await states(outbound)) == {("sent", None)}

    await eventually(all_sent, "both letters")
    times = Counter(mail["Message-ID"] for mail in mail_server.received)
    assert sorted(times.values()) == [1, 2]


async def test_a_replica_that_was_frozen_after_it_claimed_a_letter_does_not_send_it(
    outbound: Any, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it comes to itself another may have sent it: there must be no other double than that of a yes that was not written down."""
    monkeypatch.setattr(deliveries, "SEND_SECONDS", 0.5)
    await post(outbound, channel="mail")
    loop = DeliveryLoop(outbound, {"mail": Mailer(mail_server.port)})
    claim = loop._claim

    async def claim_and_freeze(channels: list[str]) -> Any:
        row = await claim(channels)
        time.sleep(0.6)  # noqa: ASYNC251 - the whole process stands still
        return row

    monkeypatch.setattr(loop, "_claim", claim_and_freeze)
    await loop.send_next()
    assert mail_server.received == []
    assert await states(outbound) == [("waiting", "TimeoutError")]


# ---------------------------------------------------------------- later again, or never


async def test_what_is_in_hand_when_a_service_stops_is_finished_and_nothing_more_is_begun(
    outbound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    class Slow(Postman):
        async def send(self, delivery: Delivery) -> None:
            begun.set()
            await asyncio.sleep(0.3)
            await super().send(delivery)

    monkeypatch.setattr(deliveries, "FINISH_SECONDS", 60.0)
    slow = Slow()
    await post(outbound, 30)
    async with running(DeliveryLoop(outbound, {"post": slow})):
        await begun.wait()
    assert len(slow.sent) == await outbound.deliveries.count_documents({"state": "sent"}) > 0
    assert await outbound.deliveries.count_documents({"state": "waiting", "token": {"$exists": False}}) == 30 - len(slow.sent)


@pytest.mark.usefixtures("long_pauses")
@pytest.mark.parametrize("fault", [Later("the server is full"), ConnectionError("10.0.0.1")])
async def test_a_delivery_that_failed_waits_and_says_why(outbound: Any, fault: Exception) -> None:
    await post(outbound)
    postman = Postman(fault)
    loop = DeliveryLoop(outbound, {"post": postman})
    assert await loop.send_next()
    assert not await loop.send_next()
    assert await states(outbound) == [("waiting", "the server is full" if isinstance(fault, Later) else "ConnectionError")]
    await make_due(outbound)
    assert await loop.send_next()
    assert postman.sent == ["post/0"]


async def test_pauses_grow_and_differ_and_after_the_last_the_delivery_has_failed(outbound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (deliveries.FIRST_PAUSE_MS, deliveries.LONGEST_PAUSE_MS) == (2_000, 3_600_000)
    # A thousand times as long, so that a machine that is busy for a second changes nothing.
    monkeypatch.setattr(deliveries, "FIRST_PAUSE_MS", 2_000_000)
    monkeypatch.setattr(deliveries, "LONGEST_PAUSE_MS", 3_600_000_000)
    await post(outbound, 2)
    loop = DeliveryLoop(outbound, {"post": Postman(*[Later("full") for _ in range(2 * deliveries.ATTEMPTS)])})
    pauses: dict[str, list[float]] = {"post/0": [], "post/1": []}
    for _ in range(deliveries.ATTEMPTS):
        await make_due(outbound)
        while await loop.send_next():
            pass
        async for row in outbound.deliveries.find({"state": "waiting"}):
            pauses[row["_id"]].append((row["due_at"] - row["claimed_at"]).total_seconds())
    right = [1000 * min(2 * 2.0**attempt, 3600) for attempt in range(1, deliveries.ATTEMPTS)]
    for mine in pauses.values():
        assert all(0.7 * wanted < pause < 1.3 * wanted for pause, wanted in zip(mine, right, strict=True)), mine
    assert pauses["post/0"] != pauses["post/1"]
    assert await states(outbound) == [("failed", "full"), ("failed", "full")]


async def test_a_delivery_that_can_never_arrive_ends_where_one_can_see_it_and_can_be_tried_again(outbound: Any) -> None:
    await post(outbound)
    postman = Postman(Undeliverable("no such mailbox"))
    loop = DeliveryLoop(outbound, {"post": postman})
    await loop.send_next()
    assert await states(outbound) == [("failed", "no such mailbox")]
    assert not await loop.send_next()
    assert await retry(outbound, "post/0")
    assert not await retry(outbound, "post/0")
    await loop.send_next()
    assert postman.sent == ["post/0"]
    assert await states(outbound) == [("sent", None)]
    assert not await retry(outbound, "post/0")


async def test_what_nobody_wants_any_more_is_not_sent(outbound: Any) -> None:
    await post(outbound, expires_at=NOW - DAY)
    postman = Postman()
    await DeliveryLoop(outbound, {"post": postman}).send_next()
    assert postman.sent == []
    assert await states(outbound) == [("expired", None)]


# ---------------------------------------------------------------- floods


async def test_while_a_server_is_away_ten_thousand_deliveries_wait_for_one_that_goes_to_see(
    outbound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(deliveries, "FIRST_REST_SECONDS", 0.05)
    monkeypatch.setattr(deliveries, "LONGEST_REST_SECONDS", 0.2)
    await post(outbound, 10_000)
    await post(outbound, 1, channel="other", at=NOW)
    away, other = NobodyThere(), Postman()
    with capture_logs() as lines:
        async with running(DeliveryLoop(outbound, {"post": away, "other": other})):

            async def tried() -> bool:
                return away.tried >= 10

            await eventually(tried, "ten looks at the server that is away")
            assert other.sent == ["other/0"]
            # Four at once are on their way when the first comes back; after that it is one at a time.
            assert await outbound.deliveries.count_documents({"problem": {"$type": "string"}}) <= away.tried
            assert await outbound.deliveries.count_documents({"attempts": {"$gt": 1}}) == 0
            away.back = True

            async def catching_up() -> bool:
                return len(away.sent) > 500

            await eventually(catching_up, "deliveries after the server came back")
    told = [line for line in lines if line["log_level"] != "info"]
    assert len(told) <= away.tried - len(away.sent)
    assert {line["event"] for line in told} == {"a channel is away and is left alone for a while"}
    assert len(set(away.sent)) == len(away.sent)


async def test_a_flood_on_one_channel_does_not_hold_up_another(outbound: Any) -> None:
    await post(outbound, 5_000)
    flooded, other = Postman(), Postman()
    async with running(DeliveryLoop(outbound, {"post": flooded, "other": other})):

        async def begun() -> bool:
            return len(flooded.sent) > 50

        await eventually(begun, "the flood")
        await post(outbound, channel="other", at=datetime.now(UTC))
        before = len(flooded.sent)

        async def arrived() -> bool:
            return other.sent == ["other/0"]

        await eventually(arrived, "what came after the flood")
        assert len(flooded.sent) - before < 500


# ---------------------------------------------------------------- what a mail server says


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with server.listening():
        yield server


@pytest.mark.usefixtures("long_pauses")
@pytest.mark.parametrize(
    ("answer", "state", "problem"),
    [
        ("450 greylisted", "waiting", "the mail server said 450"),
        ("452 mailbox full", "waiting", "the mail server said 452"),
        ("550 no such user ines@example.org", "failed", "the mail server said 550"),
        ("553 we do not like ines@example.org", "failed", "the mail server said 553"),
    ],
)
async def test_a_mail_server_decides_with_its_code_whether_a_letter_is_tried_again(
    outbound: Any, mail_server: MailServer, answer: str, state: str, problem: str
) -> None:
    mail_server.answers = [answer]
    await post(outbound, channel="mail")
    loop = DeliveryLoop(outbound, {"mail": Mailer(mail_server.port)})
    assert await loop.send_next()
    assert await states(outbound) == [(state, problem)]
    await make_due(outbound)
    await loop.send_next()
    assert len(mail_server.received) == (1 if state == "waiting" else 0)


@pytest.mark.usefixtures("long_pauses")
async def test_a_mail_server_that_takes_nothing_is_left_alone_and_no_letter_is_blamed(outbound: Any, mail_server: MailServer) -> None:
    mail_server.answers = ["421 closing"]
    await post(outbound, 3, channel="mail")
    loop = DeliveryLoop(outbound, {"mail": Mailer(mail_server.port)})
    assert await loop.send_next()
    assert not await loop.send_next()
    assert mail_server.connections == 1
    assert await outbound.deliveries.count_documents({"state": "waiting", "attempts": 0}) == 3


async def test_a_wrong_password_fails_no_letter(outbound: Any, mail_server: MailServer) -> None:
    await post(outbound, channel="mail")
    await DeliveryLoop(outbound, {"mail": Mailer(mail_server.port, "wrong")}).send_next()
    assert await states(outbound) == [("waiting", "the mail server said 535")]
