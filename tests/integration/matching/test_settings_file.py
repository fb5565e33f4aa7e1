"""A programme's settings as a file, over HTTP."""

from shared.contracts.matching import ProgrammeRevised
from tests.integration.matching.conftest import MANAGER, Matching
from tests.unit.matching.test_settings_file import LEAST


async def exported(matching: Matching, programme_id: str, who: str = MANAGER) -> str:
    answer = await matching.try_(who, "GET", f"/programmes/{programme_id}/settings")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/toml")
    return str(answer.text)


async def test_settings_are_exported_compared_and_taken_over(matching: Matching) -> None:
    programme_id = await matching.programme()
    url, text = f"/programmes/{programme_id}/settings", await exported(matching, programme_id)
    changed = text.replace('name = "Engineering leaders"', 'name = "Heads"').encode()
    compared = await matching.ask(MANAGER, "PUT", url, content=changed)
    assert compared["changes"] == [{"field": "name", "before": '"Engineering leaders"', "after": '"Heads"'}]
    assert await exported(matching, programme_id) == text
    assert (await matching.ask(MANAGER, "PUT", f"{url}?commit=true", content=changed))["committed"]
    assert (await matching.ask("linh", "GET", f"/programmes/{programme_id}"))["name"] == "Heads"
    assert [event.name for event in await matching.running.published(ProgrammeRevised)] == ["Heads"]


async def test_a_wrong_file_is_answered_line_by_line_and_changes_nothing(matching: Matching) -> None:
    programme_id = await matching.programme()
    text = await exported(matching, programme_id)
    wrong = text.replace("default_capacity = 2", "default_capacity = -2").replace("needs = 30", "kneads = 30")
    answer = await matching.ask(MANAGER, "PUT", f"/programmes/{programme_id}/settings?commit=true", content=wrong.encode())
    assert not answer["committed"]
    assert [(one["field"], wrong.split("\n")[one["line"] - 1].split(" =")[0]) for one in answer["wrong"]] == [("weights.kneads", "kneads")]
    assert await exported(matching, programme_id) == text


async def test_a_programme_is_set_up_by_a_file(matching: Matching) -> None:
    await matching.know(MANAGER)
    for who, roles, status in (("linh", (), 403), (MANAGER, ("programme_manager",), 200)):
        answer = await matching.try_(who, "POST", "/programmes/from-settings?commit=true", roles=roles, content=LEAST.encode())
        assert answer.status_code == status
    made = answer.json()["programme_id"]
    assert (await matching.ask(MANAGER, "GET", f"/programmes/{made}"))["state"] == "draft"


async def test_settings_are_for_managers_to_change_and_for_auditors_to_read(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.know("ada")
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/auditors", {"person_id": "ada"})
    text = await exported(matching, programme_id, "ada")
    for who, method, body in (("ada", "PUT", text), ("linh", "PUT", text), ("linh", "GET", "")):
        answer = await matching.try_(who, method, f"/programmes/{programme_id}/settings", content=body.encode())
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-its-programme-manager")
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/close")
    closed = await matching.try_(MANAGER, "PUT", f"/programmes/{programme_id}/settings", content=text.encode())
    assert closed.json()["type"] == "/problems/programme-not-open"
