"""People over HTTP, and the events that tell the other services who they are."""

from datetime import UTC, datetime

import pytest

from services.portal.handlers import ChooseSettings, choose_settings
from shared.contracts.portal import PersonChanged
from tests.support.portal import INES, RAVI, SOFIE, Portal


async def test_people_are_found_by_the_beginning_of_any_word(portal: Portal) -> None:
    await portal.join(INES)
    await portal.join("jose@alder.example", name="José García-Núñez", employee_id="X77")
    async with await portal.program(None, person_id="sofie", roles=["programme_manager"]) as client:
        for q, names in {
            "jos": ["José García-Núñez"],
            "nunez garc": ["José García-Núñez"],
            "X77": ["José García-Núñez"],
            "ines.carv": ["Inês Carvalho"],
            INES: ["Inês Carvalho"],
            "": ["Inês Carvalho", "José García-Núñez"],
            "nobody": [],
            ".*": [],
            "$where": [],
        }.items():
            answer = await client.get("/people", params={"q": q})
            assert [person["name"] for person in answer.json()] == names, q


@pytest.mark.parametrize("roles", [[], ["something"]])
async def test_people_are_not_listed_to_everybody(portal: Portal, roles: list[str]) -> None:
    await portal.join(INES)
    async with await portal.program(INES, roles=roles) as client:
        answer = await client.get("/people", params={"q": "a"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Only programme managers and administrators can see and import people."


async def test_everybody_can_see_themselves_and_nobody_else(portal: Portal) -> None:
    ines, ravi = await portal.join(INES), await portal.join(RAVI)
    async with await portal.program(INES) as client:
        assert (await client.get(f"/people/{ines.id}")).json()["zone"] == "Europe/Lisbon"
        assert (await client.get(f"/people/{ravi.id}")).status_code == 403


async def test_an_unknown_person_is_told_so(portal: Portal) -> None:
    async with await portal.program(None, person_id="x", roles=["administrator"]) as client:
        assert (await client.get("/people/nobody")).status_code == 404


async def test_a_browser_can_search_with_its_session_and_change_nothing_without_a_token_of_its_form(portal: Portal) -> None:
    sofie = await portal.join(SOFIE)
    browser = portal.browser()
    await browser.sign_in(SOFIE)
    assert (await browser.get("/people?q=sof", accept="application/json")).json()[0]["person_id"] == sofie.id
    headers = {"sec-fetch-site": "same-origin", "accept": "application/json"}
    answer = await browser.client.post(f"/people/{sofie.id}/roles", json={"roles": []}, headers=headers)
    assert answer.status_code == 409
    token = await portal.form_token(browser)
    answer = await browser.client.post(f"/people/{sofie.id}/roles", json={"roles": []}, headers={**headers, "x-form-token": token})
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/only-administrators-grant-roles"


async def test_an_administrator_grants_roles_which_the_next_token_carries(portal: Portal) -> None:
    ines = await portal.join(INES)
    async with await portal.program(RAVI, person_id="ravi", roles=["administrator"]) as client:
        assert (await client.post(f"/people/{ines.id}/roles", json={"roles": ["programme_manager"]})).status_code == 204
    async with await portal.program(INES) as client:
        assert (await client.get(f"/people/{ines.id}")).json()["roles"] == ["programme_manager"]
        assert (await client.get("/people")).status_code == 200


@pytest.mark.parametrize(("roles", "status"), [(["king"], 422), (["administrator"] * 11, 422), ("administrator", 422), (None, 422)])
async def test_only_roles_that_exist_are_granted(portal: Portal, roles: object, status: int) -> None:
    ines = await portal.join(INES)
    async with await portal.program(None, person_id="ravi", roles=["administrator"]) as client:
        assert (await client.post(f"/people/{ines.id}/roles", json={"roles": roles})).status_code == status


async def test_the_settings_name_the_first_administrator(portal: Portal) -> None:
    ravi = await portal.join(RAVI)
    async with await portal.program(RAVI) as client:
        assert (await client.get(f"/people/{ravi.id}")).json()["roles"] == ["administrator"]


async def test_every_service_is_told_who_somebody_is_and_when_that_changes(portal: Portal) -> None:
    ines = await portal.join(INES)
    at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    command = ChooseSettings(by=ines.id, zone="Asia/Singapore", locale="de", at=at)
    for _ in range(2):
        await portal.running.service.run(choose_settings, command)
    joined, changed = await portal.running.published(PersonChanged)
    assert (joined.person_id, joined.name, joined.zone, joined.locale) == (ines.id, "Inês Carvalho", "Europe/Lisbon", "en")
    assert (changed.zone, changed.locale, changed.at) == ("Asia/Singapore", "de", at)


async def test_granting_a_role_tells_no_service_anything(portal: Portal) -> None:
    ines = await portal.join(INES)
    async with await portal.program(None, person_id="ravi", roles=["administrator"]) as client:
        await client.post(f"/people/{ines.id}/roles", json={"roles": ["administrator"]})
    assert len(await portal.running.published(PersonChanged)) == 1


async def test_a_body_of_a_hundred_megabytes_is_refused_before_it_is_read(portal: Portal) -> None:
    async with await portal.program(None, person_id="ravi", roles=["administrator"]) as client:
        answer = await client.post("/people/imports", content=b"x", headers={"content-length": "100000000"})
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("At most")
    browser = portal.browser()
    page = await browser.post("/sign-out", {}, **{"content-length": "100000000"})
    assert page.status_code == 413
    assert "This is too large" in page.text
