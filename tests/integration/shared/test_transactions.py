"""Transactions that meet others, or are ended under a living replica."""

from typing import Any

import pytest

from shared.leases import Member
from shared.mongo import PyMongoError, _settled, in_transaction, session_id
from shared.transactions import Transactions


async def test_a_transaction_that_meets_a_held_document_is_tried_seldom(database: Any) -> None:
    """The driver's own loop has no pause: hundreds of tries a second, and a core busy with them."""
    await database.notes.insert_one({"_id": 1})
    tries = 0

    async def work(session: Any) -> None:
        nonlocal tries
        tries += 1
        await database.notes.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)

    async with await _settled(database.client.start_session()) as holder:
        await _settled(holder.start_transaction())
        await database.notes.update_one({"_id": 1}, {"$set": {"held": True}}, session=holder)
        with pytest.raises(PyMongoError):
            await in_transaction(database.client, work, seconds=2)
        await holder.abort_transaction()
    assert 1 < tries < 20
    await in_transaction(database.client, work)
    assert await database.notes.find_one({"_id": 1}) == {"_id": 1, "n": 1}


async def test_a_session_ended_under_a_living_replica_is_a_try_more_and_no_error(database: Any) -> None:
    tries = 0

    async def work(session: Any) -> None:
        nonlocal tries
        tries += 1
        await database.notes.insert_one({"_id": tries}, session=session)
        if tries == 1:  # somebody takes us for dead
            await database.client.admin.command("killSessions", [{"id": session_id(session)}])
        await database.notes.insert_one({"_id": f"{tries} again"}, session=session)

    await Transactions(Member(database.client, database, "one"), lambda: None).run(work)
    assert [row["_id"] async for row in database.notes.find().sort("_id", 1)] == [2, "2 again"]
