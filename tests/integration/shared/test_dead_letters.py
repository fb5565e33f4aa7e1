"""Dead letters as those see them who operate the system: over HTTP and by `tandem dead-letters`, never what they say."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic_settings import SettingsConfigDict

from shared.service import ServiceSettings, build
from tests.support.ledger import NOW, PaymentMade, Till, ledger
from tests.support.service import RunningService, Start, token
from tests.support.serving import listening, serving


class Settings(ServiceSettings):
    """The tests' own service."""

    model_config = SettingsConfigDict(env_prefix="TILLTEST_", frozen=True)


def create_app(settings: Settings) -> FastAPI:
    return build(settings=settings, reactions=ledger(), title="Till", description="For tests.", routers=[])


@dataclass
class Desk:
    """A running service with letters, and an administrator who asks about them."""

    till: Till
    running: RunningService
    root: httpx2.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.root.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def keys(self, **query: Any) -> list[str]:
        return [letter["aggregate"].partition("/")[2] for letter in (await self.get("/dead-letters", **query))["letters"]]

    async def take(self, *records: Any) -> None:
        await self.running.service.consumer.take(records)

    async def mend(self) -> None:
        async for letter in self.till.database.dead_letters.find():
            body = PaymentMade(account_id=letter["key"], amount=1, at=NOW).body()
            await self.till.database.dead_letters.update_one({"_id": letter["_id"]}, {"$set": {"value": body}})


@pytest.fixture
async def desk(running_service: Start) -> AsyncIterator[Desk]:
    running: RunningService = await running_service(create_app, Settings)
    async with running.client("root", ["administrator"]) as root:
        yield Desk(Till(running.service.database), running, root)


async def test_letters_are_for_administrators_and_what_was_done_to_them_for_auditors_too(desk: Desk) -> None:
    async with desk.running.client("ana") as ana, desk.running.client("eve", ["auditor"]) as eve:
        assert [(await ana.get(path)).status_code for path in ("/dead-letters", "/dead-letters/x", "/audit")] == [403, 403, 403]
        assert [(await eve.get(path)).status_code for path in ("/dead-letters", "/audit")] == [403, 200]
        orders = [("/dead-letters/replay", {"aggregate": "till.payment/a"}), ("/dead-letters/x/discard", {"reason": "because"})]
        for path, order in orders:
            assert (await ana.post(path, json=order)).status_code == 403
            assert (await eve.post(path, json=order)).status_code == 403


async def test_a_letter_tells_its_reason_tries_and_origin_and_never_what_it_says(desk: Desk) -> None:
    await desk.take(desk.till.payment("a", 1, value=b'{"account_id": "a", "amount": "private words", "at": "2026-01-01T00:00:00Z"}'))
    letter = (await desk.get("/dead-letters"))["letters"][0]
    assert (letter["reason"], letter["attempts"], letter["state"]) == ("amount: int_parsing", 1, "parked")
    assert (letter["topic"], letter["partition"], letter["offset"]) == ("till.payment", 0, 1)
    one = (await desk.root.get(f"/dead-letters/{letter['letter_id']}")).text
    assert "private" not in json.dumps(letter) + one


async def test_letters_are_found_by_state_topic_type_aggregate_reason_and_time(desk: Desk) -> None:
    await desk.take(
        desk.till.payment("a", 500), desk.till.payment("a", 1), desk.till.payment("b", 1, value=b"no"), desk.till.payment("c", 1, 5)
    )
    await desk.till.database.dead_letters.update_one({"key": "b"}, {"$set": {"parked_at": NOW - timedelta(days=9)}})
    assert await desk.keys() == ["b", "a", "a", "c"]
    assert await desk.keys(state="gap") == ["c"]
    assert await desk.keys(topic="till.payment", state="waiting") == ["a"]
    assert await desk.keys(topic="another") == []
    assert len(await desk.keys(type="till.payment.made.v1")) == 4
    assert await desk.keys(aggregate="till.payment/a") == ["a", "a"]
    assert await desk.keys(reason="JSON_in") == ["b"]
    assert await desk.keys(reason=".*") == []
    assert await desk.keys(since=(NOW - timedelta(days=1)).isoformat()) == ["a", "a", "c"]
    page = await desk.get("/dead-letters", state="parked")
    assert (page["total"], page["by_state"]) == (2, {"parked": 2, "waiting": 1, "gap": 1})


@pytest.mark.parametrize(
    "query", [{"state": "lost"}, {"since": "yesterday"}, {"after": "x"}, {"after": "2026-01-01T00:00:00~a"}, {"limit": 0}, {"stat": "gap"}]
)
async def test_a_wrong_filter_is_named(desk: Desk, query: dict[str, Any]) -> None:
    answer = await desk.root.get("/dead-letters", params=query)
    assert answer.status_code == 422
    assert next(iter(query)) in answer.text


async def test_pages_follow_one_another_even_when_letters_go_in_between(desk: Desk) -> None:
    await desk.take(*(desk.till.payment(f"k{number:02}", 500) for number in range(25)))
    seen: list[str] = []
    after = None
    while True:
        page = await desk.get("/dead-letters", limit=10, **({"after": after} if after else {}))
        seen += [letter["aggregate"] for letter in page["letters"]]
        assert len(seen) + (await desk.till.database.dead_letters.count_documents({})) >= 25
        await desk.till.database.dead_letters.delete_one({"_id": page["letters"][0]["letter_id"]})
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 25


async def test_replay_and_giving_up_leave_rows_that_administrators_and_auditors_read(desk: Desk) -> None:
    await desk.take(desk.till.payment("a", 500), desk.till.payment("a", 1), desk.till.payment("b", 500), desk.till.payment("b", 1))
    queue = {"aggregate": "till.payment/a"}
    dry = (await desk.root.post("/dead-letters/replay", json={**queue, "dry_run": True})).json()
    assert (dry["done"], dry["left"], dry["problem"]) == (0, 2, "TooMuch: An account cannot take that much.")
    await desk.mend()
    done = (await desk.root.post("/dead-letters/replay", json={**queue, "reason": "limit raised"})).json()
    assert done == {"done": 2, "left": 0, "problem": None, "missing": None}
    letter = (await desk.get("/dead-letters", aggregate="till.payment/b"))["letters"][0]
    path = f"/dead-letters/{letter['letter_id']}"
    assert (await desk.root.post(f"{path}/discard", json={"reason": ""})).status_code == 422
    assert (await desk.root.post(f"{path}/discard", json={"reason": "a test record"})).status_code == 204
    assert (await desk.root.get(path)).status_code == 404
    assert (await desk.root.post(f"{path}/discard", json={"reason": "a test record"})).status_code == 404
    async with desk.running.client("eve", ["auditor"]) as eve:
        rows = (await eve.get("/audit")).json()["rows"]
    told = [(row["action"], row["by"], row["aggregate"], row["reason"], row["done"]) for row in rows]
    assert told == [("discarded", "root", "till.payment/b", "a test record", 1), ("replayed", "root", "till.payment/a", "limit raised", 2)]


async def test_an_event_that_waits_for_a_missing_one_says_so_instead_of_being_given_up(desk: Desk) -> None:
    await desk.take(desk.till.payment("a", 1, 2))
    letter = (await desk.get("/dead-letters"))["letters"][0]
    answer = await desk.root.post(f"/dead-letters/{letter['letter_id']}/discard", json={"reason": "a test record"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/still-to-come")
    waits = (await desk.root.post("/dead-letters/replay", json={"aggregate": "till.payment/a"})).json()
    assert (waits["done"], waits["missing"]) == (0, 1)
    goes = (await desk.root.post("/dead-letters/replay", json={"aggregate": "till.payment/a", "without_missing": True})).json()
    assert goes["done"] == 1


# ---------------------------------------------------------------- tandem dead-letters

Told = tuple[int, str, str]
Tell = Callable[..., Any]


COMMAND = "import sys; from shared.command import main; sys.exit(main())"


@pytest.fixture
async def tandem(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tell]:
    """Run `tandem dead-letters` against the service on a real port: exit code, what it said, what it complained."""
    monkeypatch.setenv("TANDEM_TOKEN", token(desk.running.service.name, "root", ["administrator"]))
    async with listening() as (listener, address), serving(desk.running.app, listener):

        async def run(*argv: str, at: str = address) -> Told:
            place = ("--address", at) if argv[0] != "--help" else ()
            words = [sys.executable, "-c", COMMAND, "dead-letters", *argv, *place]
            process = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE)
            out, err = await process.communicate()
            return process.returncode or 0, out.decode(), err.decode()

        yield run


async def test_the_command_lists_shows_replays_and_gives_up(desk: Desk, tandem: Tell) -> None:
    await desk.take(*(desk.till.payment(account, amount) for account in "ab" for amount in (500, 1)))
    listed = json.loads((await tandem("list", "--format", "json", "--state", "parked", "--reason-has", "toomuch"))[1])
    assert [letter["aggregate"] for letter in listed] == ["till.payment/a", "till.payment/b"]
    assert "TooMuch" in (await tandem("list", "--limit", "1"))[1]
    assert "till.payment/a" in (await tandem("show", listed[0]["letter_id"]))[1]
    await desk.mend()
    code, out, _ = await tandem("replay", "till.payment/a")
    assert (code, out) == (0, "till.payment/a: 2 would go through, 0 left\nNothing was changed. Add --yes to do it.\n")
    assert await desk.till.database.dead_letters.count_documents({}) == 4
    assert (await tandem("replay", "till.payment/a", "--yes", "--why", "limit raised"))[1] == "till.payment/a: 2 went through, 0 left\n"
    assert (await tandem("replay", "till.payment/a", "--yes"))[1] == "till.payment/a: 0 went through, 0 left\n"
    assert (await desk.till.account("a"))["payments"] == 2
    assert (await tandem("discard", listed[1]["letter_id"], "--reason", "sent by a test"))[0] == 0
    assert (await desk.till.account("b"))["payments"] == 1
    assert (await tandem("list"))[1] == "Nothing is stuck.\n"


async def test_the_command_replays_all_that_its_filters_find(desk: Desk, tandem: Tell) -> None:
    await desk.take(*(desk.till.payment(f"k{number}", 500) for number in range(3)), desk.till.payment("x", 1, value=b"no"))
    await desk.till.database.dead_letters.update_many({"key": {"$ne": "x"}}, {"$set": {"reason": "TooMuch once more"}})
    await desk.mend()
    code, out, _ = await tandem("replay", "--reason-has", "once more", "--yes", "--format", "json")
    assert code == 0
    assert [(one["aggregate"], one["done"], one["dry_run"]) for one in json.loads(out)] == [
        (f"till.payment/k{number}", 1, False) for number in range(3)
    ]
    assert await desk.till.letters() == [("x", "parked")]


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["list", "--state", "lost"], "--state"),
        (["list", "--since", "yesterday"], "--since"),
        (["list", "--limit", "none"], "--limit"),
        (["show"], "letter"),
        (["show", "no-such-letter"], "nothing under this address"),
        (["replay"], "topic/key"),
        (["discard", "x"], "--reason"),
        (["discard", "x", "--reason", " "], "--reason"),
        (["discard", "x", "--reason", "a good one"], "nothing under this address"),
        (["burn"], "burn"),
    ],
)
async def test_wrong_input_ends_with_two_and_says_what_is_wrong(tandem: Tell, argv: list[str], complaint: str) -> None:
    code, _, err = await tandem(*argv)
    assert code == 2
    assert complaint in err
    assert "Traceback" not in err


async def test_the_command_says_when_there_is_no_right_no_token_and_no_answer(
    desk: Desk, tandem: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = await tandem("list", at="http://127.0.0.1:1")
    assert (code, "gave no answer" in err) == (1, True)
    assert (await tandem("list", at="nowhere"))[0] == 2
    monkeypatch.setenv("TANDEM_TOKEN", token(desk.running.service.name, "ana"))
    code, _, err = await tandem("list")
    assert (code, "not yours" in err) == (2, True)
    monkeypatch.delenv("TANDEM_TOKEN")
    code, _, err = await tandem("list")
    assert (code, "TANDEM_TOKEN" in err) == (2, True)


async def test_help_has_an_example(tandem: Tell) -> None:
    code, out, _ = await tandem("--help")
    assert code == 0
    assert "tandem dead-letters replay --type" in out
