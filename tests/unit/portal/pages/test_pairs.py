"""A pair's life as its programme's managers change it, and the long lists of pairs and proposals."""

from typing import Any

import pytest

from services.portal.api import health, managed_partnership
from services.portal.api.health import PER_PAGE
from shared.errors import NotFound
from tests.unit.portal.pages.answers import PROGRAMME, a_health, a_partnership, proposals
from tests.unit.portal.pages.pair_pages import changed, not_heard_of_yet
from tests.unit.portal.pages.world import Company, a_full_company

PAIRS = 2_000
OFFERS = f"/manage/programmes/{PROGRAMME}/offers/new?protege_id=p2"


def html_of(answer: Any) -> str:
    return bytes(answer.body).decode()


@pytest.mark.parametrize(
    ("deed", "form", "asked"),
    [
        ("pause", {"until": "2026-12-01"}, {"until": "2026-12-01"}),
        ("resume", {}, None),
        ("prolong", {"ends_on": "2027-03-01"}, {"ends_on": "2027-03-01"}),
        ("end", {"reason": "completed", "words": ""}, {"reason": "completed", "words": ""}),
    ],
)
async def test_a_manager_has_the_two_pause_go_on_take_more_time_and_end(deed: Any, form: dict[str, str], asked: Any) -> None:
    company = a_full_company()
    page = company.page("/x", form)
    await managed_partnership.change(PROGRAMME, "pair-2", deed, page)
    assert ("POST", f"/partnerships/pair-2/{deed}", asked) in company.matching.asked
    assert page.answered is not None
    assert page.answered[0] == f"/manage/programmes/{PROGRAMME}/partnerships/pair-2"
    assert page.answered[1]


async def test_whoever_is_left_is_found_somebody_new_at_once() -> None:
    company = a_full_company()
    page = company.page("/x", {"reason": "no_time", "words": "Her team was moved."})
    await managed_partnership.change(PROGRAMME, "pair-2", "end", page)
    assert page.answered is not None
    assert page.answered[0] == OFFERS


@pytest.mark.parametrize(
    ("deed", "form", "wrong", "field", "words"),
    [
        ("pause", {"until": ""}, {}, "until", "Wähle einen Tag."),
        ("prolong", {"ends_on": ""}, {}, "ends_on", "Wähle einen Tag."),
        (
            "pause",
            {"until": "2028-01-01"},
            {"until": "A pause lasts at least a day, and at most until 2027-03-31."},
            "until",
            "höchstens bis zum 2027-03-31",
        ),
        ("end", {"reason": "left", "words": "x"}, {"words": "At most 2000 characters."}, "words", "Höchstens 2000 Zeichen."),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(
    deed: str, form: dict[str, str], wrong: dict[str, str], field: str, words: str
) -> None:
    answer = await changed(a_full_company(locale="de"), deed, form, **wrong)
    assert answer.status_code == 422
    html = html_of(answer)
    assert words in html[html.index(f'id="{field}-error"') :][:300]


async def test_how_it_ended_is_read_by_managers_and_nobody_else() -> None:
    html = html_of(await managed_partnership.partnership(PROGRAMME, "pair-13", a_full_company().page()))
    assert "We have both moved on, gladly." in html
    assert "Only you and the other managers read this." in html
    assert "/end" not in html


async def test_a_pair_that_began_a_moment_ago_has_its_page_before_its_health_is_known() -> None:
    html = html_of(await not_heard_of_yet(a_full_company()))
    assert "31 March 2027" in html
    assert "Bao and Hélène" in html


async def test_a_pair_of_another_programme_is_not_shown_here() -> None:
    company = a_full_company()
    company.matching.by_path["/partnerships/other"] = a_partnership(a_health()[1], 1, programme_id="another")
    with pytest.raises(NotFound):
        await managed_partnership.partnership(PROGRAMME, "other", company.page())


def a_crowd(company: Company) -> None:
    for place in range(PAIRS):
        company.rows[f"x{place}"] = company.rows["p1"] | {"_id": f"x{place}", "name": f"Maximiliane Schwarzenberger-Lüdenscheid {place}"}
    pairs = [a_health()[0] | {"partnership_id": f"pair-{place}", "protege_id": f"x{place}"} for place in range(PAIRS)]
    company.goals.by_path[f"/programmes/{PROGRAMME}/health"] = pairs
    asked = [proposals()[0] | {"proposal_id": f"proposal-{place}", "protege_id": f"x{place}"} for place in range(PAIRS)]
    company.matching.by_path[f"/programmes/{PROGRAMME}/proposals"] = asked


@pytest.mark.parametrize("shown", [health.partnerships, health.proposals])
async def test_two_thousand_pairs_come_in_pages_and_are_found_by_name(shown: Any) -> None:
    company = a_full_company()
    a_crowd(company)
    html = html_of(await shown(PROGRAMME, company.page(), start=1_960))
    assert html.count('class="row three') == PER_PAGE
    assert "2,000 of 2,000" in html
    html = html_of(await shown(PROGRAMME, company.page(), q="scheid 1234"))
    assert html.count('class="row three') == 1
