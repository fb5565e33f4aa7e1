"""What comes into whose inbox, and what its person can do there."""

from typing import Any

import pytest

from services.notifications.domain import NEWS, Kind, concerns_managers, notices_for_managers, notices_of
from shared.contracts import goals, matching, scheduling
from shared.event import Event
from tests.support.service import RunningService
from tests.unit.notifications.cast import DAY, Cast


async def inbox(notifications: RunningService, person_id: str, **asked: Any) -> list[dict[str, Any]]:
    async with notifications.client(person_id) as client:
        return (await client.get("/inbox/mine", params=asked)).raise_for_status().json()  # type: ignore[no-any-return] # JSON


async def kinds(notifications: RunningService, person_id: str, **asked: Any) -> list[str]:
    return [notice["kind"] for notice in await inbox(notifications, person_id, **asked)]


async def counts(notifications: RunningService, person_id: str) -> dict[str, int]:
    async with notifications.client(person_id) as client:
        return (await client.get("/inbox/mine/count")).raise_for_status().json()  # type: ignore[no-any-return] # JSON


@pytest.mark.parametrize("kind", NEWS, ids=lambda event: event.__name__)
async def test_each_event_is_told_once_though_it_is_heard_twice(notifications: RunningService, cast: Cast, kind: type[Event]) -> None:
    event = cast.event(kind)
    records = await notifications.hear(event)
    await notifications.service.consumer.take(records)
    expected = [
        *notices_of(event, arrived_at=event.at),
        *(notices_for_managers(event, [cast.manager_id], arrived_at=event.at) if concerns_managers(event) else []),
    ]
    kept = [row["_id"] async for row in notifications.service.database.notices.find()]
    assert sorted(kept) == sorted(notice.id for notice in expected)
    assert await notifications.letters() == []


async def test_an_event_of_another_number_does_not_tell_the_same_again(notifications: RunningService, cast: Cast) -> None:
    shared = cast.event(goals.GoalWritten)
    again = cast.event(goals.GoalRevised, goal_id=shared.goal_id)
    await notifications.hear(shared)
    notice = (await inbox(notifications, cast.mentor_id))[0]
    async with notifications.client(cast.mentor_id) as client:
        await client.post(f"/inbox/{notice['notice_id']}/seen")
    await notifications.hear(again)
    seen = await inbox(notifications, cast.mentor_id)
    assert [entry["kind"] for entry in seen] == [Kind.GOAL_SHARED]
    assert seen[0]["seen_at"] is not None


async def test_a_notice_says_what_it_is_about_and_where_it_leads(notifications: RunningService, cast: Cast) -> None:
    made = cast.event(matching.ProposalMade)
    await notifications.hear(made)
    (notice,) = await inbox(notifications, cast.protege_id)
    assert notice["link"] == f"/proposals/{made.proposal_id}"
    assert notice["needs_answer"]
    assert notice["seen_at"] is None
    assert notice["subject"]["other_id"] == cast.mentor_id
    assert notice["subject"]["my_role"] == "protege"


async def test_an_answer_ends_the_question_for_who_has_answered(notifications: RunningService, cast: Cast) -> None:
    made = cast.event(matching.ProposalMade)
    await notifications.hear(made, cast.event(matching.ProposalAccepted, proposal_id=made.proposal_id, by_id=cast.mentor_id))
    assert await counts(notifications, cast.mentor_id) == {"new": 0, "waiting": 0}
    assert await counts(notifications, cast.protege_id) == {"new": 2, "waiting": 1}
    assert await kinds(notifications, cast.protege_id, only="waiting") == [Kind.PROPOSAL_MADE]


async def test_an_answer_that_is_heard_before_its_question_counts(notifications: RunningService, cast: Cast) -> None:
    ended = cast.event(scheduling.MeetingEnded)
    await notifications.hear(cast.event(goals.FeedbackGiven, meeting_id=ended.meeting_id, person_id=cast.protege_id))
    await notifications.hear(ended)
    assert (await counts(notifications, cast.protege_id))["waiting"] == 0
    assert (await counts(notifications, cast.mentor_id))["waiting"] == 1


async def test_a_question_whose_time_has_passed_waits_no_more(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(cast.event(matching.ProposalMade, deadline_at=cast.now + DAY))
    async with notifications.client(cast.protege_id, at=cast.now + 2 * DAY) as client:
        assert (await client.get("/inbox/mine/count")).json() == {"new": 0, "waiting": 0}
        assert [notice["needs_answer"] for notice in (await client.get("/inbox/mine")).json()] == [False]


async def test_a_managers_question_leaves_the_inbox_when_it_is_answered(notifications: RunningService, cast: Cast) -> None:
    requested = cast.event(matching.EnrolmentRequested)
    await notifications.hear(requested)
    assert await kinds(notifications, cast.manager_id) == [Kind.ENROLMENT_REQUESTED]
    await notifications.hear(cast.event(matching.EnrolmentApproved, enrolment_id=requested.enrolment_id))
    assert await kinds(notifications, cast.manager_id) == []
    assert await kinds(notifications, cast.protege_id) == [Kind.ENROLMENT_APPROVED]


async def test_a_managers_question_heard_with_its_answer_is_never_seen(notifications: RunningService, cast: Cast) -> None:
    requested = cast.event(matching.EnrolmentRequested)
    await notifications.hear(requested, cast.event(matching.EnrolmentApproved, enrolment_id=requested.enrolment_id))
    assert await kinds(notifications, cast.manager_id) == []
    assert await counts(notifications, cast.manager_id) == {"new": 0, "waiting": 0}


async def test_managers_nobody_knows_yet_are_told_when_they_are_known(notifications: RunningService) -> None:
    stranger = Cast()
    await notifications.hear(stranger.event(matching.MatchPublished))
    assert await kinds(notifications, stranger.manager_id) == []
    await notifications.hear(stranger.programme())
    await notifications.fire_timers(stranger.now + DAY)
    assert await kinds(notifications, stranger.manager_id) == [Kind.MATCH_PUBLISHED]
    assert await notifications.letters() == []


async def test_managers_are_not_waited_for_longer_than_the_news_is_new(notifications: RunningService) -> None:
    stranger = Cast()
    await notifications.hear(stranger.event(matching.MatchPublished, at=stranger.now - 4 * DAY))
    assert await notifications.service.database.timers.count_documents({}) == 0


async def test_old_news_is_there_but_not_new(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(cast.event(matching.PartnershipStarted, at=cast.now - 30 * DAY))
    assert await counts(notifications, cast.protege_id) == {"new": 0, "waiting": 0}
    assert await kinds(notifications, cast.protege_id) == [Kind.PARTNERSHIP_STARTED]


async def test_the_newest_comes_first_and_pages_go_back(notifications: RunningService, cast: Cast) -> None:
    for days in range(5):
        await notifications.hear(cast.event(matching.PartnershipStarted, at=cast.now - days * DAY / 4))
    first = await inbox(notifications, cast.mentor_id, limit=3)
    rest = await inbox(notifications, cast.mentor_id, before=first[-1]["at"])
    times = [notice["at"] for notice in first + rest]
    assert len(times) == 5
    assert times == sorted(times, reverse=True)


async def test_seeing_one_and_seeing_all(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(*(cast.event(matching.PartnershipStarted) for _ in range(3)))
    one = (await inbox(notifications, cast.mentor_id))[0]["notice_id"]
    async with notifications.client(cast.mentor_id) as client:
        for _ in range(2):
            assert (await client.post(f"/inbox/{one}/seen")).status_code == 204
        assert (await client.get("/inbox/mine/count")).json()["new"] == 2
        assert len((await client.get("/inbox/mine", params={"only": "new"})).json()) == 2
        assert (await client.post("/inbox/seen-all")).status_code == 204
        assert (await client.get("/inbox/mine/count")).json()["new"] == 0
    assert (await counts(notifications, cast.protege_id))["new"] == 3


async def test_somebody_elses_notice_is_none_of_mine(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(cast.event(matching.MatchRunFailed))
    theirs = (await inbox(notifications, cast.manager_id))[0]["notice_id"]
    async with notifications.client(cast.mentor_id, roles=["administrator"]) as client:
        refused = await client.post(f"/inbox/{theirs}/seen")
        unknown = await client.post("/inbox/nothing/seen")
    assert refused.status_code == unknown.status_code == 404
    assert refused.json()["type"] == unknown.json()["type"] == "/problems/not-your-notice"
    assert (await inbox(notifications, cast.manager_id))[0]["seen_at"] is None


@pytest.mark.parametrize("address", ["/inbox/mine", "/inbox/mine/count", "/inbox/stream", "/preferences/mine", "/deliveries/mail"])
async def test_nobody_reads_without_a_token(notifications: RunningService, address: str) -> None:
    async with notifications.anonymous() as client:
        assert (await client.get(address)).status_code == 401


@pytest.mark.parametrize("asked", [{"only": "some"}, {"limit": "0"}, {"limit": "201"}, {"before": "yesterday"}])
async def test_a_wrong_question_is_answered_in_the_fields_words(notifications: RunningService, asked: dict[str, str]) -> None:
    async with notifications.client("somebody") as client:
        answer = await client.get("/inbox/mine", params=asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(asked))
