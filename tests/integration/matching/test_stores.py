"""One suite for the stores over a real database and over the dictionaries of the unit tests: the fake is like the real thing."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.matching.domain import (
    AlreadyAsking,
    AlreadyEnrolled,
    EndReason,
    Enrolment,
    LeftOut,
    MatchRun,
    MentorRequest,
    PairNotInDraft,
    Partnership,
    PersonUnknown,
    Programme,
    Role,
    RunState,
    RunUnderWay,
    Wishes,
)
from services.matching.handlers.stores import Enrolments, Partnerships, People, Programmes, Proposals, Requests, Runs
from shared.aggregate import new_id
from shared.errors import NotFound
from tests.integration.matching.conftest import Matching
from tests.support.service import both_drivers
from tests.unit.matching.builders import (
    LATER,
    MANAGER,
    NOON,
    a_draft,
    a_mentor,
    a_pair,
    a_person,
    a_programme,
    a_proposal,
    a_request,
    an_enrolment,
)
from tests.unit.matching.memory import Memory

Run = Callable[..., Awaitable[Any]]


# The real store, by either driver.
driver = both_drivers


@pytest.fixture(params=["memory", "mongo"])
def run(request: pytest.FixtureRequest, driver: str) -> Run:
    """Runs a handler in a unit of work of its own."""
    if request.param == "memory":
        return Memory().run
    matching: Matching = request.getfixturevalue("matching")
    return matching.service.run


async def saved(run: Run, programme: Programme, *enrolments: Enrolment) -> None:
    async def save(_: None, programmes: Programmes, theirs: Enrolments) -> None:
        programmes.save(programme)
        for enrolment in enrolments:
            theirs.add(enrolment)

    await run(save, None)


async def test_what_is_saved_is_found_as_it_was(run: Run) -> None:
    programme = a_programme(weights={"needs": 3}, questions=[{"id": "why", "label": "Why?"}])
    linh, rui = an_enrolment(programme, "linh", needs=["chess"]), an_enrolment(programme, "rui", Role.MENTOR, capacity=3)
    await saved(run, programme, linh, rui)

    async def look(_: None, programmes: Programmes, enrolments: Enrolments) -> None:
        assert await programmes.get(programme.id) == programme
        assert await enrolments.get(linh.id) == linh
        assert await enrolments.of_person(programme.id, "linh") == linh
        assert await enrolments.of_person(programme.id, "amara") is None
        assert await enrolments.of_people(programme.id, ["linh", "amara", "rui"]) == {"linh": linh, "rui": rui}
        assert await enrolments.approved(programme.id) == [linh, rui]
        assert await enrolments.mentors_for(programme.id, "linh") == [linh, rui]
        assert await enrolments.mentors_for(programme.id, "amara") == [rui]
        assert await enrolments.requested(programme.id) == []
        assert await enrolments.everywhere("rui") == [rui]

    await run(look, None)


async def test_what_was_never_saved_is_not_found(run: Run) -> None:
    async def get(
        _: None, programmes: Programmes, enrolments: Enrolments, proposals: Proposals, partnerships: Partnerships, requests: Requests
    ) -> None:
        for store in (programmes, enrolments, proposals, partnerships, requests):
            with pytest.raises(NotFound):
                await store.get(new_id())

    async def look(_: None, runs: Runs, people: People) -> None:
        with pytest.raises(NotFound):
            await runs.get(new_id())
        with pytest.raises(PersonUnknown):
            await people.get("nobody")
        assert await runs.latest(new_id()) is None
        assert await people.many(["nobody"]) == {}

    await run(get, None)
    await run(look, None)


async def test_what_another_changed_meanwhile_is_not_overwritten(run: Run) -> None:
    programme = a_programme()
    await saved(run, programme)
    tries: list[str] = []

    async def add(name: str, programmes: Programmes) -> None:
        found = await programmes.get(programme.id)
        if name == "slow" and not tries:
            await run(add, "quick")
        tries.append(name)
        found.add_manager(name, MANAGER, frozenset(), NOON)
        programmes.save(found)

    async def look(_: None, programmes: Programmes) -> list[str]:
        return (await programmes.get(programme.id)).manager_ids

    await run(add, "slow")
    assert await run(look, None) == [MANAGER, "quick", "slow"]
    assert tries == ["quick", "slow", "slow"]


async def test_a_seat_is_taken_once_and_given_back(run: Run) -> None:
    programme = a_programme()
    first = an_enrolment(programme)
    await saved(run, programme, first)
    with pytest.raises(AlreadyEnrolled):
        await saved(run, a_programme(), an_enrolment(programme))

    async def withdraw(_: None, programmes: Programmes, enrolments: Enrolments) -> None:
        enrolment = await enrolments.get(first.id)
        enrolment.withdraw(await programmes.get(programme.id), by="linh", at=LATER)
        enrolments.save(enrolment)

    await run(withdraw, None)
    await saved(run, a_programme(), an_enrolment(programme))


async def test_the_newest_run_is_found_and_a_number_is_given_once(run: Run) -> None:
    programme = a_programme()
    first = MatchRun.start(programme, None, by=MANAGER, at=NOON)
    twin = MatchRun.start(programme, None, by=MANAGER, at=NOON)

    async def add(one: MatchRun, runs: Runs) -> None:
        runs.add(one)

    async def latest(_: None, runs: Runs) -> MatchRun | None:
        return await runs.latest(programme.id)

    async def drafts(_: None, runs: Runs) -> list[MatchRun]:
        return await runs.drafts(programme.id)

    async def last_published(_: None, runs: Runs) -> datetime | None:
        return await runs.last_published(programme.id)

    async def publish(_: None, runs: Runs) -> None:
        found = await runs.get(first.id)
        found.state, found.published_at = RunState.PUBLISHED, LATER
        runs.save(found)

    await run(add, first)
    with pytest.raises(RunUnderWay):
        await run(add, twin)
    assert (await run(latest, None)).id == first.id
    assert await run(drafts, None) == []
    assert await run(last_published, None) is None
    await run(publish, None)
    assert await run(last_published, None) == LATER


async def test_proposals_are_found_by_what_they_wait_for(run: Run) -> None:
    proposal, protege, mentor = a_proposal()
    proposal.run_id = "run"

    async def save(_: None, proposals: Proposals) -> None:
        proposals.save(proposal)

    async def look(_: None, proposals: Proposals) -> list[int]:
        found: list[Sequence[object]] = [
            await proposals.open_in(proposal.programme_id),
            await proposals.open_of(protege.id),
            await proposals.open_of(mentor.id),
            await proposals.awaited_of("run", NOON, 5),
            await proposals.awaited_of("run", NOON + timedelta(seconds=1), 5),
            await proposals.declined_in(proposal.programme_id),
        ]
        awaited = await proposals.awaited_by(["linh", "mei"], proposal.programme_id)
        return [len(one) for one in found] + [awaited["linh"], awaited["mei"], await proposals.any_answered("run", NOON)]

    async def decline(_: None, proposals: Proposals) -> None:
        found = await proposals.get(proposal.id)
        found.decline("rui", "", LATER)
        proposals.save(found)

    await run(save, None)
    assert await run(look, None) == [1, 1, 1, 1, 0, 0, 1, 0, False]
    await run(decline, None)
    assert await run(look, None) == [0, 0, 0, 0, 0, 1, 0, 0, True]


async def test_a_draft_is_kept_by_rows_and_found_in_portions(run: Run) -> None:
    pairs = [a_pair(name, mentor) for name, mentor in (("amara", "rui"), ("linh", "rui"), ("mei", "deborah"))]
    match = a_draft(*pairs)

    async def save(_: None, runs: Runs) -> None:
        runs.add(match)
        draft, other = runs.draft_of(match), runs.new_draft("another", "draft")
        for pair in pairs:
            draft.put_pair(pair)
        draft.put_left_out(LeftOut(person_id="noor", reason="too_few_places"))
        draft.put_mentor(a_mentor("rui", places=2, taken=2))
        other.put_pair(a_pair("zoe"))

    async def look(_: None, runs: Runs) -> None:
        draft = runs.draft_of(match)
        assert await draft.pair("linh", "rui") == pairs[1]
        assert await draft.pairs_of("mei", "noor") == [pairs[2]]
        assert await draft.pairs_with("noor") == []
        assert await draft.pairs_with("rui", "mei") == pairs
        with pytest.raises(PairNotInDraft):
            await draft.pair("mei", "rui")
        assert await draft.mentor("rui") == a_mentor("rui", places=2, taken=2)
        assert await draft.mentor("nobody") == a_mentor("nobody", places=0, taken=0)
        assert await draft.places_taken() == {"rui": 2, "deborah": 1}
        assert await draft.places_taken(both_sides=True) == {"rui": 2, "deborah": 1, "amara": 1, "linh": 1, "mei": 1}
        assert await draft.portion(None, 2) == pairs[:2]
        assert await draft.portion(pairs[1].pairing, 2) == pairs[2:]

    async def change(_: None, runs: Runs) -> None:
        draft = runs.draft_of(match)
        draft.take_apart(pairs[0], a_mentor("rui", places=2, taken=1), [LeftOut(person_id="amara", reason="by_hand")])
        draft.take_apart(pairs[1], a_mentor("rui", places=2, taken=0), ())
        draft.put_together(a_pair("linh", "jonas"), a_mentor("jonas"), ["linh"])
        draft.put_together(a_pair("noor", "rui"), a_mentor("rui", places=2, taken=1), ["noor"])

    async def changed(_: None, runs: Runs) -> None:
        draft = runs.draft_of(match)
        assert sorted(await draft.pairings()) == [("linh", "jonas"), ("mei", "deborah"), ("noor", "rui")]
        assert (await draft.mentor("rui")).taken == 1

    for step in (save, look, change, changed):
        await run(step, None)


async def test_requests_are_found_by_who_waits_for_what(run: Run) -> None:
    programme = a_programme()
    request = a_request(programme, "rui", "amara")
    rui, amara = (wish.enrolment_id for wish in request.wishes)

    async def add(_: None, requests: Requests) -> None:
        requests.add(request)

    async def look(_: None, requests: Requests) -> list[int]:
        assert (await requests.get(request.id)).wishes[0].mentor_id == "rui"
        found: list[Sequence[object]] = [
            await requests.open_in(programme.id),
            await requests.concerning(request.protege_enrolment_id),
            await requests.concerning(rui),
            await requests.concerning(amara),
            await requests.declined_in(programme.id),
            await requests.declined_in(programme.id, "linh"),
            await requests.declined_in(programme.id, "amara"),
        ]
        return [len(one) for one in found]

    async def decline(_: None, requests: Requests) -> None:
        found = await requests.get(request.id)
        found.decline("rui", "", programme, {"amara"}, LATER)
        requests.save(found)

    async def withdraw(_: None, requests: Requests) -> None:
        found = await requests.get(request.id)
        found.withdraw(by="linh", at=LATER)
        requests.save(found)

    await run(add, None)
    assert await run(look, None) == [1, 1, 1, 0, 0, 0, 0]
    await run(decline, None)
    assert await run(look, None) == [1, 1, 0, 1, 1, 1, 0]
    await run(withdraw, None)
    assert await run(look, None) == [0, 0, 0, 0, 1, 1, 0]


async def test_a_protege_has_one_request_at_a_time(run: Run) -> None:
    first = a_request()
    second = a_request()
    second.protege_enrolment_id = first.protege_enrolment_id

    async def add(request: MentorRequest, requests: Requests) -> None:
        requests.add(request)

    async def withdraw(_: None, requests: Requests) -> None:
        found = await requests.get(first.id)
        found.withdraw(by="linh", at=LATER)
        requests.save(found)

    await run(add, first)
    with pytest.raises(AlreadyAsking):
        await run(add, second.model_copy(deep=True))
    await run(withdraw, None)
    await run(add, second)


async def test_pairs_are_found_for_all_and_for_one_protege(run: Run) -> None:
    programme = a_programme()
    linh, rui = an_enrolment(programme, "linh"), an_enrolment(programme, "rui", Role.MENTOR)
    partnership = Partnership.start(programme, linh, rui, at=NOON)

    async def save(_: None, partnerships: Partnerships) -> None:
        partnerships.save(partnership)

    async def look(_: None, partnerships: Partnerships) -> None:
        assert await partnerships.pairings_in(programme.id) == {("linh", "rui"): True}
        assert await partnerships.pairings_in(programme.id, "linh") == {("linh", "rui"): True}
        assert await partnerships.pairings_in(programme.id, "amara") == {}

    await run(save, None)
    await run(look, None)


async def test_what_runs_and_who_waits_is_found(run: Run) -> None:
    programme = a_programme()
    linh, amara, rui = an_enrolment(programme, "linh"), an_enrolment(programme, "amara"), an_enrolment(programme, "rui", Role.MENTOR)
    amara.pause(programme, date(2027, 3, 1), by="amara", at=NOON)
    asks = Enrolment.request(programme, a_person("asks"), Role.PROTEGE, Wishes(), by="asks", at=NOON)
    partnership = Partnership.start(programme, linh, rui, at=NOON)
    await saved(run, programme, linh, amara, rui, asks)

    async def save(_: None, partnerships: Partnerships) -> None:
        partnerships.save(partnership)

    async def look(_: None, partnerships: Partnerships, enrolments: Enrolments) -> None:
        for enrolment_id in (linh.id, rui.id):
            assert [one.id for one in await partnerships.running_of(enrolment_id)] == [partnership.id]
        assert await partnerships.running_of(amara.id) == []
        assert await enrolments.count_requested(programme.id) == 1
        assert {one.id for one in await enrolments.without_partner(programme.id)} == {amara.id, asks.id}
        assert {one.person_id for one in await enrolments.approved(programme.id)} == {"linh", "rui"}
        assert (await enrolments.of_person(programme.id, "amara")) is not None, "who pauses still takes part"

    async def end(_: None, partnerships: Partnerships, enrolments: Enrolments) -> None:
        found = await partnerships.get(partnership.id)
        found.end(programme, linh, rui, EndReason.BY_AGREEMENT, by="linh", at=LATER)
        partnerships.save(found)
        assert await partnerships.running_of("nobody") == []

    async def look_again(_: None, partnerships: Partnerships) -> None:
        assert await partnerships.running_of(linh.id) == []

    for step in (save, look, end, look_again):
        await run(step, None)


async def test_people_are_found_by_their_keys_and_their_line(run: Run) -> None:
    async def save(_: None, people: People) -> None:
        for one in (
            a_person("linh", manager_id="head"),
            a_person("head", manager_id="chief"),
            a_person("chief"),
            a_person("loop", manager_id="loop"),
        ):
            people.save(one)

    async def look(_: None, people: People) -> None:
        by_id, by_email = await people.by_keys(["E-linh", "E-nobody"], ["head@example.org"])
        assert by_id["E-linh"].id == "linh"
        assert by_email["head@example.org"].id == "head"
        assert "E-nobody" not in by_id
        assert await people.managers_above(["linh"]) == {"linh": "head", "head": "chief"}
        assert await people.managers_above(["loop"]) == {"loop": "loop"}
        assert (await people.get("linh")).languages == ("en",)

    await run(save, None)
    await run(look, None)
