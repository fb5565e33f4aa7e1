import asyncio
import copy
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.goals import CharterProposed, CharterSigned
from tests.integration.goals.setting import START, Goals

DAY = timedelta(days=1)


async def test_the_whole_conversation_about_a_charter(goals: Goals, charter: dict[str, Any]) -> None:
    path = f"/charters/{goals.pair.partnership_id}"
    empty = (await goals.protege("GET", path)).json()
    assert (empty["state"], empty["current"], empty["signed"]) == ("empty", None, None)

    proposed = await goals.protege("POST", f"{path}/propose", {**charter, "based_on": 0})
    assert (proposed.status_code, proposed.json()) == (200, {"version": 1})

    changed = copy.deepcopy(charter)
    changed["ground_rules"]["cadence_weeks"] = 4
    assert (await goals.mentor("POST", f"{path}/propose", {**changed, "based_on": 1}, START + DAY)).json() == {"version": 2}
    assert (await goals.protege("POST", f"{path}/sign", {"version": 2}, START + 2 * DAY)).status_code == 204

    signed = (await goals.mentor("GET", path)).json()
    assert signed["state"] == "signed"
    assert signed["current"] == signed["signed"]
    assert signed["signed"]["signed_by"] == ["deborah", "ines"]
    assert signed["signed"]["ground_rules"]["cadence_weeks"] == 4
    assert signed["signed"]["needs"] == charter["needs"]

    changed["needs"]["success"] = "Two reviews led"
    assert (await goals.protege("POST", f"{path}/propose", {**changed, "based_on": 2}, START + 60 * DAY)).status_code == 200
    reopened = (await goals.mentor("GET", path)).json()
    assert (reopened["state"], reopened["current"]["version"], reopened["signed"]["version"]) == ("proposed", 3, 2)

    versions = (await goals.protege("GET", f"{path}/versions")).json()
    assert [(version["version"], version["proposed_by_id"], version["signed_by"]) for version in versions] == [
        (3, "ines", ["ines"]),
        (2, "deborah", ["deborah", "ines"]),
        (1, "ines", ["ines"]),
    ]
    assert [(event.version, event.by_id, event.other_id) for event in await goals.running.published(CharterProposed)] == [
        (1, "ines", "deborah"),
        (2, "deborah", "ines"),
        (3, "ines", "deborah"),
    ]
    (event,) = await goals.running.published(CharterSigned)
    assert (event.version, event.cadence_weeks, event.minutes, event.agenda_style) == (2, 4, 45, "questions")


async def test_signing_a_version_that_is_not_the_newest_is_refused(goals: Goals, charter: dict[str, Any]) -> None:
    path = f"/charters/{goals.pair.partnership_id}"
    await goals.protege("POST", f"{path}/propose", charter)
    charter["needs"]["success"] = "Something else"
    await goals.protege("POST", f"{path}/propose", charter)
    refused = await goals.mentor("POST", f"{path}/sign", {"version": 1})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/charter-has-changed")
    assert "newest version" in refused.json()["title"]


async def test_of_two_who_propose_at_once_one_wins_and_the_other_is_told(goals: Goals, charter: dict[str, Any]) -> None:
    path = f"/charters/{goals.pair.partnership_id}"
    other = copy.deepcopy(charter)
    other["needs"]["success"] = "Something else"
    answers = await asyncio.gather(
        goals.protege("POST", f"{path}/propose", {**charter, "based_on": 0}),
        goals.mentor("POST", f"{path}/propose", {**other, "based_on": 0}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["type"] for answer in answers if answer.status_code == 409] == ["/problems/charter-has-changed"]
    assert len((await goals.protege("GET", f"{path}/versions")).json()) == 1


async def test_whoever_signs_while_the_other_changes_never_signs_what_they_have_not_read(goals: Goals, charter: dict[str, Any]) -> None:
    path = f"/charters/{goals.pair.partnership_id}"
    await goals.protege("POST", f"{path}/propose", charter)
    charter["needs"]["success"] = "Something else"
    signed, changed = await asyncio.gather(
        goals.mentor("POST", f"{path}/sign", {"version": 1}),
        goals.protege("POST", f"{path}/propose", {**charter, "based_on": 1}),
    )
    assert changed.status_code == 200
    versions = {version["version"]: version for version in (await goals.protege("GET", f"{path}/versions")).json()}
    assert versions[2]["signed_by"] == ["ines"]
    assert (signed.status_code == 204) is (versions[1]["signed_by"] == ["ines", "deborah"])
    assert signed.status_code in {204, 409}


async def test_a_double_click_signs_once(goals: Goals, charter: dict[str, Any]) -> None:
    path = f"/charters/{goals.pair.partnership_id}"
    await goals.protege("POST", f"{path}/propose", charter)
    answers = await asyncio.gather(*(goals.mentor("POST", f"{path}/sign", {"version": 1}) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {204}
    assert len(await goals.running.published(CharterSigned)) == 1


@pytest.mark.parametrize(("method", "end"), [("GET", ""), ("GET", "/versions"), ("POST", "/propose"), ("POST", "/sign")])
async def test_nobody_but_the_two_sees_or_touches_a_charter(goals: Goals, charter: dict[str, Any], method: str, end: str) -> None:
    body = {"/propose": charter, "/sign": {"version": 1}}.get(end)
    for person_id, roles in [("stranger", ()), ("sofie", ("programme_manager",)), ("admin", ("administrator",))]:
        async with goals.client(person_id, roles=roles) as client:
            refused = await client.request(method, f"/charters/{goals.pair.partnership_id}{end}", json=body)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-your-partnership")
        async with goals.client(person_id, roles=roles) as client:
            unknown = await client.request(method, f"/charters/nowhere{end}", json=body)
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/partnership-not-found")


async def test_who_does_not_say_who_they_are_is_asked_to(goals: Goals) -> None:
    async with goals.running.anonymous() as client:
        assert (await client.get(f"/charters/{goals.pair.partnership_id}")).status_code == 401


@pytest.mark.parametrize(
    ("step", "field", "value"),
    [
        ("ground_rules", "cadence_weeks", 9),
        ("ground_rules", "cadence_weeks", "one day"),
        ("ground_rules", "minutes", 20),
        ("ground_rules", "agenda_style", "none"),
        ("ground_rules", "confidentiality", "none"),
        ("ground_rules", "cancel_notice_hours", "one day"),
        ("needs", "protege_needs", "  "),
        ("trust", "openness", "x" * 5000),
    ],
)
async def test_a_wrong_answer_is_named_by_its_field(goals: Goals, charter: dict[str, Any], step: str, field: str, value: object) -> None:
    charter[step][field] = value
    refused = await goals.protege("POST", f"/charters/{goals.pair.partnership_id}/propose", charter)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [f"{step}.{field}"]
    assert (await goals.protege("GET", f"/charters/{goals.pair.partnership_id}")).json()["state"] == "empty"


async def test_the_message_beside_a_field_is_plain(goals: Goals, charter: dict[str, Any]) -> None:
    charter["ground_rules"]["cadence_weeks"] = 9
    refused = await goals.protege("POST", f"/charters/{goals.pair.partnership_id}/propose", charter)
    assert refused.json()["errors"][0]["message"] == "You can meet every week, or every 2, 3, 4, 5 or 6 weeks."


async def test_the_charter_of_an_ended_partnership_can_be_read_and_not_changed(goals: Goals, charter: dict[str, Any]) -> None:
    path = f"/charters/{goals.pair.partnership_id}"
    await goals.protege("POST", f"{path}/propose", charter)
    await goals.running.hear(goals.pair.ended(START + DAY))
    assert (await goals.mentor("GET", path)).json()["state"] == "proposed"
    refused = await goals.mentor("POST", f"{path}/sign", {"version": 1})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/partnership-has-ended")
