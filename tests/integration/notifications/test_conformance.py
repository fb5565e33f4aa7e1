"""One suite over the stores in memory and those on MongoDB: what the unit tests stand on is what runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest

from services.notifications.domain import Closing, Kind, Meeting, Notice, NotYourNotice, Programme, notices_of
from services.notifications.handlers import Diary, Directory, Notices
from services.notifications.store import MongoDiary, MongoDirectory, MongoNotices
from shared.contracts import matching, scheduling
from shared.mongo import in_transaction
from shared.unit import Unit
from tests.support.service import both_drivers
from tests.unit.notifications.cast import Cast
from tests.unit.notifications.memory import InMemoryDiary, InMemoryDirectory, InMemoryNotices


@dataclass
class Stores:
    """The three stores in one unit of work."""

    notices: Notices
    directory: Directory
    diary: Diary


Step = Callable[[Stores], Awaitable[Any]]
Do = Callable[[Step], Awaitable[Any]]


# The real store, by either driver.
driver = both_drivers


@pytest.fixture(params=["memory", "mongo"])
async def do(request: pytest.FixtureRequest, database: Any) -> Do:
    """Do something in a unit of work of its own."""
    if request.param == "memory":
        kept = Stores(InMemoryNotices(), InMemoryDirectory(), InMemoryDiary())
        return lambda step: step(kept)

    async def in_unit(step: Step) -> Any:
        async def work(session: Any) -> Any:
            unit = Unit(database, session, at=datetime.now(UTC), writer="test")
            result = await step(Stores(MongoNotices(unit), MongoDirectory(unit), MongoDiary(unit)))
            await unit.flush()
            return result

        return await in_transaction(database.client, work)

    return in_unit


@pytest.fixture
def story() -> Cast:
    return Cast()


def a_notice(story: Cast, **given: Any) -> Notice:
    return notices_of(story.event(matching.MatchRunFailed, **given), arrived_at=story.now)[0]


async def test_what_is_told_is_there_and_stays_as_it_is_when_told_again(do: Do, story: Cast) -> None:
    notice = a_notice(story)
    await do(lambda stores: stores.notices.tell(notice.model_copy()))

    async def see(stores: Stores) -> None:
        kept = await stores.notices.get(notice.id)
        kept.mark_seen(by=story.manager_id, at=story.now)
        stores.notices.save(kept)

    await do(see)
    await do(lambda stores: stores.notices.tell(notice.model_copy()))
    kept = await do(lambda stores: stores.notices.get(notice.id))
    assert kept.seen_at == story.now
    assert kept.subject == notice.subject


async def test_what_was_never_told_is_not_there(do: Do) -> None:
    with pytest.raises(NotYourNotice):
        await do(lambda stores: stores.notices.get("nothing"))


async def test_the_unseen_are_those_of_one_person_only(do: Do, story: Cast) -> None:
    mine, seen, theirs = a_notice(story), a_notice(story), a_notice(story, started_by_id="somebody else")
    seen.mark_seen(by=story.manager_id, at=story.now)

    async def tell_all(stores: Stores) -> None:
        for notice in (mine, seen, theirs):
            await stores.notices.tell(notice)

    await do(tell_all)
    unseen = await do(lambda stores: stores.notices.unseen_of(story.manager_id))
    assert [notice.id for notice in unseen] == [mine.id]


async def test_what_leaves_is_found_by_its_matter_and_gone_then(do: Do, story: Cast) -> None:
    notice, other = a_notice(story), a_notice(story)

    async def tell_both(stores: Stores) -> None:
        await stores.notices.tell(notice.model_copy())
        await stores.notices.tell(other.model_copy())

    async def leave(stores: Stores) -> list[str]:
        found = await stores.notices.about(Kind.MATCH_RUN_FAILED, notice.matter)
        for one in found:
            stores.notices.remove(one)
        stores.notices.close(Closing(id=Closing.name(notice.kind, notice.matter), at=story.now), [story.manager_id])
        return [one.id for one in found]

    await do(tell_both)
    assert await do(leave) == [notice.id]
    assert await do(leave) == []
    left = await do(lambda stores: stores.notices.unseen_of(story.manager_id))
    assert [one.id for one in left] == [other.id]


async def test_a_programmes_managers_are_those_heard_of_last(do: Do, story: Cast) -> None:
    assert await do(lambda stores: stores.directory.managers_of(story.programme_id)) is None
    for manager_ids in (("one",), ("one", "two")):

        async def keep(stores: Stores, manager_ids: tuple[str, ...] = manager_ids) -> None:
            stores.directory.keep_programme(Programme(programme_id=story.programme_id, name="Leaders", manager_ids=manager_ids))

        await do(keep)
    assert await do(lambda stores: stores.directory.managers_of(story.programme_id)) == ("one", "two")


async def test_a_pause_is_kept_until_it_is_over(do: Do) -> None:
    async def pause(stores: Stores, until: date | None) -> None:
        stores.diary.keep_pause("pair", until)

    for until in (date(2027, 3, 1), date(2027, 4, 1), None):
        await do(partial(pause, until=until))
        assert await do(lambda stores: stores.diary.paused_until("pair")) == until
    assert await do(lambda stores: stores.diary.paused_until("others")) is None


async def test_a_meeting_is_kept_until_it_is_removed(do: Do, story: Cast) -> None:
    meeting = Meeting.model_validate(story.event(scheduling.MeetingBooked).model_dump())

    async def keep(stores: Stores) -> None:
        stores.diary.keep(meeting)
        stores.diary.remind_of(meeting)

    async def remove(stores: Stores) -> None:
        stores.diary.remove(meeting.meeting_id)
        stores.diary.forget_reminder_of(meeting.meeting_id)

    await do(keep)
    assert await do(lambda stores: stores.diary.find(meeting.meeting_id)) == meeting
    for _ in range(2):
        await do(remove)
        assert await do(lambda stores: stores.diary.find(meeting.meeting_id)) is None


async def test_an_agenda_is_empty_until_something_is_on_it(do: Do) -> None:
    async def keep(stores: Stores) -> None:
        stores.diary.keep_agenda("a partnership", 1)

    assert await do(lambda stores: stores.diary.agenda_is_empty("a partnership"))
    await do(keep)
    assert not await do(lambda stores: stores.diary.agenda_is_empty("a partnership"))
