"""What one can know before a match: the words there are, and what the rules would leave."""

from tests.integration.matching.conftest import MANAGER, Matching


async def test_a_rule_that_excludes_everybody_is_said_before_the_run(matching: Matching) -> None:
    programme_id = await matching.programme(rules={"least_levels_above": 3})
    await matching.take_part(programme_id, {"linh": {"role": "protege"}, "amara": {"role": "protege"}, "rui": {"role": "mentor"}})
    found = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/outlook")
    assert found["excludes_everybody"] == ["levels_above"]
    assert (found["proteges"], found["pairs"], found["allowed"], found["without_anybody"]) == (2, 2, 0, 2)
    assert {"rule": "levels_above", "pairs": 2, "alone": 2, "proteges": 2} in found["rules"]
    assert (await matching.try_("linh", "GET", f"/programmes/{programme_id}/outlook")).status_code == 403


async def test_whoever_types_is_offered_the_programmes_words(matching: Matching) -> None:
    programme_id = await matching.programme(aliases=[["public speaking", "toastmastering"]])
    await matching.take_part(programme_id, {"linh": {"role": "protege", "needs": ["toastmistress"]}})

    async def offered(typed: str) -> list[str]:
        found: list[str] = await matching.ask("linh", "GET", f"/programmes/{programme_id}/words", params={"typed": typed})
        return found

    assert (await offered("toastmaster"))[0] == "toastmastering"
    assert "toastmistress" not in await offered("toastmist"), "what another wrote is not shown"
    assert (await offered("presentaton skils"))[0] == "presentation skills"
    assert await offered("") == []
    assert (await matching.try_("linh", "GET", "/programmes/nowhere/words", params={"typed": "x"})).status_code == 404


async def test_the_two_do_not_read_what_the_other_answered_to_the_programme_but_their_manager_does(matching: Matching) -> None:
    question = {"id": "team", "label": "Which team?", "kind": "choice", "options": ["Red", "Blue"], "counts": "same", "weight": 5}
    programme_id = await matching.programme(questions=[question])
    says = {"answers": {"team": "Red"}}
    await matching.take_part(programme_id, {"linh": {"role": "protege", **says}, "rui": {"role": "mentor", **says}})
    run = await matching.draft(programme_id)
    assert run["pairs"][0]["reasons"]["question.team"] == ["Red"]
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    (mine,) = await matching.ask("linh", "GET", "/proposals/mine")
    assert "languages" in mine["reasons"]
    assert "question.team" not in mine["reasons"]
    (managed,) = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals")
    assert managed["reasons"]["question.team"] == ["Red"]
