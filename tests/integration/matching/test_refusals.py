"""What strangers, stale forms and wrong input are told; nothing is changed by any of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.aggregate import new_id
from shared.contracts.matching import ProgrammeRevised
from tests.integration.matching.conftest import MANAGER, TERMS, Matching

PAIR = {"protege_id": "linh", "mentor_id": "rui"}
TWO: dict[str, dict[str, Any]] = {"linh": {"role": "protege"}, "rui": {"role": "mentor"}}

OF_PROGRAMME = [
    ("PUT", "", TERMS),
    ("POST", "/open", None),
    ("POST", "/close", None),
    ("POST", "/managers", {"person_id": "linh"}),
    ("DELETE", f"/managers/{MANAGER}", None),
    ("POST", "/auditors", {"person_id": "linh"}),
    ("DELETE", "/auditors/linh", None),
    ("GET", "/waiting-list", None),
    ("GET", "/summary", None),
    ("GET", "/enrolments", None),
    ("POST", "/enrolments", {"role": "protege", "person_id": "rui"}),
    ("POST", "/enrolments/approve-all", None),
    ("POST", "/enrolments/import", None),
    ("POST", "/runs", None),
    ("GET", "/runs", None),
    ("POST", "/offers", PAIR),
    ("GET", "/proposals", None),
    ("GET", "/partnerships", None),
]
OF_RUN = [
    ("GET", "", None),
    *(("POST", f"/{change}", PAIR) for change in ("lock", "unlock", "forbid", "allow", "pair")),
    ("POST", "/unpair", {"protege_id": "linh"}),
    ("GET", "/candidates?protege_id=linh", None),
    ("POST", "/publish", None),
    ("POST", "/undo", None),
]


def csv_of(path: str) -> dict[str, Any]:
    return {"content": b"employee_id,role\nE-linh,protege\n"} if path.endswith("import") else {}


async def test_only_a_programmes_managers_manage_it(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    run = await matching.draft(programme_id)
    before = await state(matching)
    for who, roles in (("stranger", ()), ("other manager", ("programme_manager",)), ("root", ("administrator",))):
        for method, path, body in OF_PROGRAMME:
            if path.startswith(("/managers", "/auditors")) and "administrator" in roles:
                continue
            answer = await matching.try_(who, method, f"/programmes/{programme_id}{path}", body, roles=roles, **csv_of(path))
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-its-programme-manager"), (who, path)
        for method, path, body in OF_RUN:
            answer = await matching.try_(who, method, f"/runs/{run['run_id']}{path}", body, roles=roles)
            assert answer.status_code == 403, (who, path)
    assert await state(matching) == before


async def test_what_does_not_exist_is_not_found(matching: Matching) -> None:
    await matching.know(MANAGER)
    paths = [(method, f"/programmes/{new_id()}{path}", body) for method, path, body in OF_PROGRAMME]
    paths += [(method, f"/runs/{new_id()}{path}", body) for method, path, body in OF_RUN]
    paths += [("GET", f"/{kind}/{new_id()}", None) for kind in ("enrolments", "proposals", "partnerships", "programmes")]
    paths += [("POST", f"/enrolments/{new_id()}/{change}", None) for change in ("approve", "decline", "withdraw", "resume", "sit-out")]
    paths += [("PUT", f"/enrolments/{new_id()}/capacity", {"capacity": 1}), ("GET", f"/enrolments/{new_id()}/standing", None)]
    paths += [("POST", f"/{kind}/{new_id()}/pause", {"until": "2027-01-01"}) for kind in ("enrolments", "partnerships")]
    paths += [("POST", f"/proposals/{new_id()}/accept", None), ("POST", f"/proposals/{new_id()}/decline", {})]
    paths += [("PUT", f"/enrolments/{new_id()}", {}), ("POST", f"/partnerships/{new_id()}/end", {"reason": "left"})]
    for method, path, body in paths:
        answer = await matching.try_(MANAGER, method, path, body, **csv_of(path))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found"), path


async def test_nobody_is_let_in_without_a_token(matching: Matching) -> None:
    async with matching.running.anonymous() as client:
        assert (await client.get("/programmes")).status_code == 401
        assert (await client.post("/programmes", json=TERMS)).status_code == 401


async def test_only_the_two_who_are_asked_can_answer(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    proposal_id = (await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", PAIR))["proposal_id"]
    for who in ("stranger", MANAGER, "root"):
        for path, body in (("accept", None), ("decline", {"reason": "no"})):
            answer = await matching.try_(who, "POST", f"/proposals/{proposal_id}/{path}", body, roles=("administrator",))
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-your-proposal")
    again = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/offers", PAIR)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-proposed")


async def test_an_enrolment_is_its_owners_and_its_managers(matching: Matching) -> None:
    programme_id = await matching.programme()
    enrolled = await matching.take_part(programme_id, TWO)
    url = f"/enrolments/{enrolled['linh']}"
    assert (await matching.try_("rui", "GET", url)).status_code == 403
    assert (await matching.try_("rui", "PUT", url, {"needs": ["chess"]})).status_code == 403
    assert (await matching.try_("rui", "POST", f"{url}/withdraw")).status_code == 403
    await matching.ask("linh", "PUT", url, {"needs": ["chess", "Chess", "finance"]})
    assert (await matching.ask(MANAGER, "GET", url))["needs"] == ["chess", "finance"]
    assert (await matching.try_(MANAGER, "POST", f"{url}/approve")).json()["type"] == "/problems/enrolment-settled"
    await matching.ask("linh", "POST", f"{url}/withdraw")
    assert (await matching.try_("linh", "PUT", url, {})).json()["type"] == "/problems/enrolment-settled"
    await matching.ask("linh", "POST", f"/programmes/{programme_id}/enrolments", {"role": "mentor"})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"ends_on": "2026-10-31"}, "ends_on"),
        ({"ends_on": "never"}, "ends_on"),
        ({"default_capacity": 0}, "default_capacity"),
        ({"weights": {"needs": 0, "learning": 0, "goals": 0, "level": 0, "location": 0, "languages": 0}}, "weights"),
        ({"weights": {"needs": 101}}, "weights.needs"),
        ({"weights": {"charm": 5}}, "weights.charm"),
        ({"questions": [{"id": "a", "label": " "}]}, "questions.0.label"),
        ({"questions": [{"id": "a", "label": "A?", "kind": "choice", "options": ["one"]}]}, "questions.0.options"),
        ({"questions": [{"id": "a", "label": "A?"}, {"id": "a", "label": "B?"}]}, "questions"),
    ],
)
async def test_a_programme_that_makes_no_sense_is_refused_with_the_field(matching: Matching, change: dict[str, Any], field: str) -> None:
    answer = await matching.try_(MANAGER, "POST", "/programmes", {**TERMS, **change}, roles=("programme_manager",))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await matching.ask(MANAGER, "GET", "/programmes") == []


async def test_only_programme_managers_and_administrators_set_up_programmes(matching: Matching) -> None:
    answer = await matching.try_("linh", "POST", "/programmes", TERMS)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/may-not-open-programmes")


async def test_a_programme_that_is_over_is_not_opened_but_one_that_has_begun_is(matching: Matching) -> None:
    await matching.know(MANAGER)
    over = {**TERMS, "starts_on": "2025-01-01", "ends_on": "2025-12-31"}
    made = await matching.ask(MANAGER, "POST", "/programmes", over, roles=("programme_manager",))
    url = f"/programmes/{made['programme_id']}"
    refused = await matching.try_(MANAGER, "POST", f"{url}/open")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "ends_on")
    assert (await matching.try_("linh", "GET", url)).status_code == 404, "a draft is its managers' own business"
    assert await matching.ask("linh", "GET", "/programmes") == []
    begun = await matching.try_(MANAGER, "POST", f"{url}/open", at=datetime(2025, 6, 1, tzinfo=UTC))
    assert begun.status_code == 204


async def test_leavers_and_unknown_people_cannot_be_enrolled_or_matched(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.know("left", active=False)
    url = f"/programmes/{programme_id}/enrolments"
    gone = await matching.try_(MANAGER, "POST", url, {"role": "mentor", "person_id": "left"})
    assert (gone.status_code, gone.json()["type"]) == (409, "/problems/person-inactive")
    unknown = await matching.try_(MANAGER, "POST", url, {"role": "mentor", "person_id": "nobody"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "person_id")

    await matching.take_part(programme_id, TWO)
    run = await matching.draft(programme_id)
    await matching.know("rui", active=False)
    outdated = await matching.try_(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    assert (outdated.status_code, outdated.json()["type"]) == (409, "/problems/draft-outdated")
    assert (await matching.draft(programme_id))["pairs"] == []


async def test_what_a_leaver_was_asked_is_taken_back(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", PAIR)
    await matching.know("rui", active=False)
    await matching.running.fire_timers(datetime.now(UTC))
    assert [one["state"] for one in await matching.ask("linh", "GET", "/proposals/mine")] == ["withdrawn"]
    assert (await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary"))["waiting"] == ["linh"]


async def test_hard_rules_hold_for_offers_by_hand(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.know("boss")
    await matching.take_part(programme_id, TWO)
    await matching.know("linh", manager_id="boss")
    await matching.know("boss", manager_id="rui")
    own_line = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/offers", PAIR)
    assert (own_line.status_code, own_line.json()["type"]) == (409, "/problems/hard-rule-broken")
    assert "never_own_line" in own_line.json()["detail"]
    await matching.know("boss")
    await matching.know("rui", languages=("pt",))
    no_language = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/offers", PAIR)
    assert "shared_language" in no_language.json()["detail"]
    wrong_way = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/offers", {"protege_id": "rui", "mentor_id": "linh"})
    assert wrong_way.status_code == 404


async def test_an_enrolment_that_makes_no_sense_is_refused_with_the_field(matching: Matching) -> None:
    questions = [
        {"id": "why", "label": "Why?", "required": True, "for_role": "protege"},
        {"id": "site", "label": "Where?", "kind": "choice", "options": ["here", "there"]},
        {"id": "years", "label": "Years?", "kind": "number"},
    ]
    programme_id = await matching.programme(questions=questions)
    await matching.know("linh")
    good = {"role": "protege", "answers": {"why": "to learn", "site": "here", "years": "3"}}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"role": "boss"}, "role"),
        ({"role": "mentor", "capacity": 0}, "capacity"),
        ({"needs": [f"need {number}" for number in range(13)]}, "needs"),
        ({"needs": ["x" * 81]}, "needs.0"),
        ({"answers": {"site": "here"}}, "answers.why"),
        ({"answers": {"why": "x", "site": "elsewhere"}}, "answers.site"),
        ({"answers": {"why": "x", "years": "many"}}, "answers.years"),
        ({"answers": {"why": "x", "colour": "red"}}, "answers.colour"),
    ]
    for change, field in wrong:
        answer = await matching.try_("linh", "POST", f"/programmes/{programme_id}/enrolments", {**good, **change})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert await matching.ask("linh", "GET", "/enrolments/mine") == []
    await matching.ask("linh", "POST", f"/programmes/{programme_id}/enrolments", good)


async def test_a_closed_programme_takes_nobody(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/close")
    for path, body in (("/enrolments", {"role": "mentor"}), ("/runs", None), ("/offers", PAIR), ("/close", None)):
        answer = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}{path}", body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/programme-not-open")


async def test_a_second_manager_manages_too_and_others_hear_of_it(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.know("sofie")
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/managers", {"person_id": "sofie"})
    assert (await matching.ask("sofie", "GET", f"/programmes/{programme_id}"))["is_manager"]
    assert [event.manager_ids for event in await matching.running.published(ProgrammeRevised)] == [(MANAGER, "sofie")]


async def state(matching: Matching) -> dict[str, Any]:
    """Everything the service keeps."""
    names = ("programmes", "enrolments", "runs", "proposals", "partnerships", "seats", "outbox", "timers")
    return {name: [row async for row in matching.service.database[name].find().sort("_id", 1)] for name in names}
