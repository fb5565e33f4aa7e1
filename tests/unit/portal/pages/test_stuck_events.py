"""What administrators do on pages about events that got stuck: asked of the right service, in the right words."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from services.portal.api import administration
from services.portal.api.backends import SERVICES
from shared.dead_letters import Audited, Letter, Replayed
from shared.errors import NotFound
from tests.unit.portal.pages.answers import a_page_of_letters, audit_rows, letters
from tests.unit.portal.pages.test_routes import html_of, toast_of
from tests.unit.portal.pages.world import Company, a_full_company, refused

QUEUE = "goals.charter/pair-3"


@pytest.fixture
def company() -> Company:
    return a_full_company(roles=frozenset({"administrator"}))


def replayed(**told: Any) -> dict[str, Any]:
    return {"done": 0, "left": 1, "problem": None, "missing": None, **told}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (replayed(done=3, left=0), "3 went through."),
        (replayed(missing=7), "It still waits for event 7."),
        (replayed(problem="NotFound: There is nothing under this address."), "It failed again."),
        (refused(409, "Somebody else runs it now."), "Somebody else runs it now."),
    ],
)
async def test_a_queue_is_run_again_and_what_became_of_it_is_said(company: Company, answer: Any, says: str) -> None:
    company.goals.by_path["POST /dead-letters/replay"] = answer
    page = company.page("/x", {"aggregate": QUEUE})
    await administration.replay("goals", page)
    assert company.goals.asked[-1] == ("POST", "/dead-letters/replay", {"aggregate": QUEUE, "without_missing": False})
    assert says in toast_of(page)
    assert page.answered is not None
    assert page.answered[0] == "/administration/dead-letters?service=goals"


async def test_a_queue_goes_on_without_an_event_that_never_came_only_when_that_is_said(company: Company) -> None:
    company.goals.by_path["POST /dead-letters/replay"] = replayed(done=1, left=0)
    await administration.replay("goals", company.page("/x", {"aggregate": QUEUE, "without_missing": "yes"}))
    assert company.goals.asked[-1][2] == {"aggregate": QUEUE, "without_missing": True}


async def test_the_list_is_narrowed_down_by_the_services_themselves(company: Company) -> None:
    query = "state=gap&topic=goals.charter&type=goals.charter.signed.v1&aggregate=a/b&reason=NotFound&since=2026-11-20&after=x~y"
    await administration.dead_letters(company.page(f"/administration/dead-letters?{query}"))
    for service in SERVICES:
        _, path, asked = getattr(company, service).asked[-1]
        assert path == "/dead-letters"
        assert {name: asked[name] for name in administration.FILTERS} == {
            "state": "gap",
            "topic": "goals.charter",
            "type": "goals.charter.signed.v1",
            "aggregate": "a/b",
            "reason": "NotFound",
            "since": "2026-11-20T00:00:00+00:00",
        }
        assert asked["after"] == "x~y"


async def test_the_list_of_one_service_holds_no_other_s(company: Company) -> None:
    company.goals.by_path["/dead-letters"] = a_page_of_letters({**letters()[0], "type": "of goals"})
    company.matching.by_path["/dead-letters"] = a_page_of_letters({**letters()[0], "type": "of matching"})
    html = html_of(await administration.dead_letters(company.page("/administration/dead-letters?service=goals")))
    assert "of goals" in html
    assert "of matching" not in html


async def test_a_service_that_does_not_answer_is_named_and_the_others_are_shown(company: Company) -> None:
    company.goals.down = "goals"
    html = html_of(await administration.dead_letters(company.page("/administration/dead-letters")))
    assert "goals does not say what is stuck there." in html
    assert "goals.charter.signed.v1" in html


async def test_nobody_but_administrators_does_anything_and_auditors_read_what_was_done() -> None:
    for roles in (frozenset({"programme_manager"}), frozenset({"auditor"})):
        company = a_full_company(roles=roles)
        for doing in (administration.replay, administration.discard):
            with pytest.raises(administration.OnlyForAdministrators):
                await doing("goals", company.page("/x", {"aggregate": QUEUE, "letter_id": "one", "reason": "a test event"}))
        with pytest.raises(administration.OnlyForAdministrators):
            await administration.dead_letters(company.page())
        assert all(method == "GET" for method, _, _ in company.goals.asked)
    assert "The partnership was missing" in html_of(await administration.audit(a_full_company(roles=frozenset({"auditor"})).page()))
    with pytest.raises(administration.OnlyForAdministrators):
        await administration.audit(a_full_company().page())


async def test_there_is_no_service_of_another_name(company: Company) -> None:
    with pytest.raises(NotFound):
        await administration.replay("payroll", company.page("/x", {"aggregate": QUEUE}))


@pytest.mark.parametrize(
    ("kind", "answers"), [(Letter, letters()), (Audited, audit_rows()), (Replayed, [replayed()])], ids=["letters", "audit", "replay"]
)
def test_the_answers_that_pages_are_tried_on_are_those_that_services_give(kind: type[BaseModel], answers: list[Mapping[str, Any]]) -> None:
    for answer in answers:
        kind.model_validate(answer)
        assert answer.keys() == kind.model_fields.keys()
