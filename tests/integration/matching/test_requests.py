"""Requests over HTTP: from the first click to the end, and what each of those concerned sees."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.matching import PartnershipStarted, RequestForwarded, RequestMade, RequestReferred
from tests.integration.matching.conftest import MANAGER, Matching

MENTOR: dict[str, Any] = {"role": "mentor", "capacity": 1, "strengths": ["negotiation"]}
PROTEGE: dict[str, Any] = {"role": "protege", "needs": ["negotiation"]}
PRIVATE = ["I am afraid of my board.", "She was rude to me once.", "Nobody here can teach that."]


class Asking:
    """A programme in which Linh and Amara ask, and what can be asked about it."""

    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        self.ask, self.try_ = matching.ask, matching.try_
        self.programme_id = ""
        self.enrolments: dict[str, str] = {}

    async def begin(self) -> None:
        self.programme_id = await self.matching.programme()
        people = {"linh": PROTEGE, "amara": PROTEGE, "rui": MENTOR, "deborah": MENTOR, "ines": MENTOR}
        self.enrolments = await self.matching.take_part(self.programme_id, people)

    async def request(self, *mentor_ids: str, by: str = "linh", words: str = "") -> str:
        body = {"mentor_ids": mentor_ids, "words": words}
        return str((await self.ask(by, "POST", f"/programmes/{self.programme_id}/requests", body))["request_id"])

    async def seen(self, request_id: str, by: str = "linh") -> dict[str, Any]:
        return dict(await self.ask(by, "GET", f"/requests/{request_id}"))

    async def answers(self, request_id: str) -> dict[str, str]:
        return {wish["mentor_id"]: wish["answer"] for wish in (await self.seen(request_id))["wishes"]}


@pytest.fixture
async def asking(matching: Matching) -> Asking:
    one = Asking(matching)
    await one.begin()
    return one


async def test_a_protege_asks_and_sees_whose_turn_it_is_until_when_and_what_follows(asking: Asking) -> None:
    request_id = await asking.request("rui", "deborah", words="Teach me.")
    mine = await asking.seen(request_id)
    assert (mine["role"], mine["state"], mine["step"], mine["steps"], mine["follows"]) == ("asker", "asked", 1, 2, "next_mentor")
    assert datetime.fromisoformat(mine["deadline_at"]) - datetime.fromisoformat(mine["since"]) == timedelta(days=3)
    assert mine["wishes"][0]["reasons"]["needs"] == ["negotiation"]
    assert [one["request_id"] for one in await asking.ask("linh", "GET", "/requests/mine")] == [request_id]

    (theirs,) = await asking.ask("rui", "GET", "/requests/asked-of-me")
    assert (theirs["protege_id"], theirs["my_answer"], theirs["words"]) == ("linh", "awaited", "Teach me.")
    assert await asking.ask("deborah", "GET", "/requests/asked-of-me") == [], "it is not her turn"

    await asking.ask("rui", "POST", f"/requests/{request_id}/decline", {"reason": ""})
    assert await asking.answers(request_id) == {"rui": "passed", "deborah": "asked"}
    assert (await asking.seen(request_id))["follows"] == "manager"
    accepted = await asking.ask("deborah", "POST", f"/requests/{request_id}/accept")
    assert await asking.ask("deborah", "POST", f"/requests/{request_id}/accept") == accepted
    assert (await asking.seen(request_id))["partnership_id"] == accepted["partnership_id"]
    pair = await asking.ask("linh", "GET", f"/partnerships/{accepted['partnership_id']}")
    assert (pair["protege_id"], pair["mentor_id"]) == ("linh", "deborah")
    assert [event.mentor_id for event in await asking.matching.running.published(RequestForwarded)] == ["deborah"]


async def test_without_any_answer_it_ends_by_itself_with_the_protege_first_in_the_queue(asking: Asking) -> None:
    request_id = await asking.request("rui", "deborah")
    stood = []
    while (state := (await asking.seen(request_id))["state"]) != "closed":
        stood.append(state)
        row = await asking.matching.service.database.timers.find_one({"kind": "request_deadline"})
        assert await asking.matching.service.timer_loop.fire_next("request_deadline", at=row["due_at"])
    assert stood == ["asked", "asked", "with_manager", "escalated"]
    assert (await asking.seen(request_id))["reason"] == "nobody_answered"
    enrolment = await asking.ask("linh", "GET", f"/enrolments/{asking.enrolments['linh']}")
    assert enrolment["first_in_queue"]


async def test_the_order_of_those_who_have_not_been_asked_is_the_proteges(asking: Asking) -> None:
    request_id = await asking.request("rui", "deborah", "ines")
    await asking.ask("linh", "PUT", f"/requests/{request_id}/order", {"mentor_ids": ["ines"]})
    await asking.ask("rui", "POST", f"/requests/{request_id}/decline", {})
    assert await asking.answers(request_id) == {"rui": "passed", "ines": "asked"}
    refused = await asking.try_("linh", "PUT", f"/requests/{request_id}/order", {"mentor_ids": ["ines"]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "mentor_ids"
    await asking.ask("linh", "POST", f"/requests/{request_id}/withdraw")
    assert (await asking.try_("ines", "POST", f"/requests/{request_id}/accept")).json()["type"] == "/problems/request-moved-on"
    assert await asking.request("ines", "deborah")


async def test_private_words_are_seen_by_those_they_are_for_alone(asking: Asking) -> None:
    request_id = await asking.request("rui", words=PRIVATE[0])
    for who, held in ((MANAGER, False), ("rui", True), ("linh", True)):
        assert (PRIVATE[0] in str(await asking.seen(request_id, who))) is held
    await asking.ask("rui", "POST", f"/requests/{request_id}/decline", {"reason": PRIVATE[1]})
    for who in ("linh", "rui"):
        assert PRIVATE[1] not in str(await asking.seen(request_id, who))
    assert PRIVATE[0] not in str(await asking.seen(request_id, "rui")), "it is not the mentor's turn any more"
    assert PRIVATE[1] in str(await asking.seen(request_id, MANAGER))
    await asking.ask(MANAGER, "POST", f"/requests/{request_id}/close", {"words": PRIVATE[2]})
    assert PRIVATE[2] in str(await asking.seen(request_id))
    assert PRIVATE[2] not in str(await asking.seen(request_id, "rui"))
    database = asking.matching.service.database
    told = str([[row async for row in database[name].find()] for name in ("outbox", "timers")])
    assert "matching.request.closed" in told
    assert not any(words in told for words in PRIVATE)


async def test_who_is_not_concerned_sees_nothing_and_a_mentor_not_before_it_is_their_turn(asking: Asking) -> None:
    request_id = await asking.request("rui", "deborah")
    for stranger in ("amara", "deborah", "nobody"):
        attempts: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("POST", "/accept", None),
            ("POST", "/decline", {}),
            ("POST", "/withdraw", None),
            ("PUT", "/order", {"mentor_ids": []}),
        ]
        for method, path, body in attempts:
            answer = await asking.try_(stranger, method, f"/requests/{request_id}{path}", body)
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-your-request"), (stranger, path)
        for path, body in (("pair", {"mentor_id": "ines"}), ("propose", {"mentor_id": "ines"}), ("close", {"words": "x"})):
            answer = await asking.try_(stranger, "POST", f"/requests/{request_id}/{path}", body)
            assert answer.json()["type"] == "/problems/not-its-programme-manager", (stranger, path)
    assert (await asking.try_("linh", "GET", "/requests/nothing")).status_code == 404


async def test_managers_see_what_waits_for_them_most_urgent_first(asking: Asking) -> None:
    request_id = await asking.request("rui")
    await asking.ask("rui", "POST", f"/requests/{request_id}/decline", {})
    await asking.matching.know("mei")
    await asking.ask("mei", "POST", f"/programmes/{asking.programme_id}/enrolments", PROTEGE)
    offer = {"protege_id": "amara", "mentor_id": "ines"}
    proposal_id = (await asking.ask(MANAGER, "POST", f"/programmes/{asking.programme_id}/offers", offer))["proposal_id"]
    await asking.ask("ines", "POST", f"/proposals/{proposal_id}/accept")
    url = f"/programmes/{asking.programme_id}/tasks"
    assert [(task["cause"], task["person_ids"]) for task in await asking.ask(MANAGER, "GET", url)] == [
        ("request_without_mentor", ["linh"]),
        ("enrolment_requested", ["mei"]),
    ]
    (referred,) = await asking.matching.running.published(RequestReferred)
    in_time = referred.at + timedelta(days=12)
    tasks = await asking.ask(MANAGER, "GET", url, at=in_time)
    assert [(task["cause"], task["person_ids"], task["next_step"]) for task in tasks] == [
        ("request_without_mentor", ["linh"], "pair_propose_or_close"),
        ("enrolment_requested", ["mei"], "approve_or_decline"),
        ("proposal_expiring", ["amara"], "talk_to_them"),
    ]
    assert (tasks[0]["owner_id"], tasks[0]["subject_id"]) == (MANAGER, request_id)
    assert referred.deadline_at - datetime.fromisoformat(tasks[0]["until"]) < timedelta(milliseconds=1)
    assert await asking.ask(MANAGER, "GET", "/tasks/mine", at=in_time) == tasks
    assert await asking.ask("linh", "GET", "/tasks/mine") == []
    assert (await asking.try_("linh", "GET", url)).status_code == 403
    for _ in range(2):
        await asking.matching.fire("request_deadline")
    assert "request_overdue" not in str(await asking.ask(MANAGER, "GET", url)), "nobody has acted, so it has ended"


async def test_a_manager_pairs_or_proposes_and_the_request_goes_with_it(asking: Asking) -> None:
    first = await asking.request("rui")
    await asking.ask("rui", "POST", f"/requests/{first}/decline", {})
    early = await asking.try_(MANAGER, "POST", f"/requests/{await asking.request('rui', by='amara')}/pair", {"mentor_id": "ines"})
    assert early.json()["type"] == "/problems/not-with-managers"
    refused = await asking.try_(MANAGER, "POST", f"/requests/{first}/pair", {"mentor_id": "rui"})
    assert refused.json()["type"] == "/problems/hard-rule-broken"
    proposed = await asking.ask(MANAGER, "POST", f"/requests/{first}/propose", {"mentor_id": "ines"})
    assert (await asking.seen(first))["proposal_id"] == proposed["proposal_id"]
    await asking.ask("ines", "POST", f"/proposals/{proposed['proposal_id']}/decline", {})
    await asking.matching.fire("review_request")
    assert (await asking.seen(first))["state"] == "with_manager"
    paired = await asking.ask(MANAGER, "POST", f"/requests/{first}/pair", {"mentor_id": "deborah"})
    assert (await asking.seen(first))["partnership_id"] == paired["partnership_id"]
    assert [event.mentor_id for event in await asking.matching.running.published(PartnershipStarted)] == ["deborah"]


async def test_whoever_asks_twice_at_once_asks_once(asking: Asking) -> None:
    url, body = f"/programmes/{asking.programme_id}/requests", {"mentor_ids": ["rui"]}
    answers = await asyncio.gather(*(asking.try_("linh", "POST", url, body) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/already-asking"}
    assert len(await asking.matching.running.published(RequestMade)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mentor_ids": []}, "mentor_ids"),
        ({"mentor_ids": ["rui", "rui"]}, "mentor_ids"),
        ({"mentor_ids": ["rui", "amara"]}, "mentor_ids.1"),
        ({"mentor_ids": ["rui"], "words": "x" * 1_001}, "words"),
        ({"mentor_ids": "rui"}, "mentor_ids"),
        ({}, "mentor_ids"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_its_field(asking: Asking, body: dict[str, Any], field: str) -> None:
    answer = await asking.try_("linh", "POST", f"/programmes/{asking.programme_id}/requests", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert await asking.ask("linh", "GET", "/requests/mine") == []
