"""What the pages of a match run ask matching for, and how they say what it answers."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from services.matching.domain import RunOptions
from services.portal.api.match_runs import changing, comparing, draft, explaining, starting, weighing
from services.portal.api.match_runs.options import Pool, pairs_in
from services.portal.api.match_runs.showing import MOST_GROUPS, OTHERS, SHOWN, Look, column_of, largest, page_of
from services.portal.api.page import BackendDown, PersonCard
from services.portal.pages.pictures import Voice
from services.portal.pages.words_reasons import change
from shared.errors import NotFound
from tests.unit.portal.pages.answers import PROGRAMME, a_programme, an_enrolment
from tests.unit.portal.pages.every_run_page import ASKED, RUN, RUN_PAGES, RUNS, SUGGESTION, TWO, with_crowd, with_run
from tests.unit.portal.pages.run_answers import a_run, why_not_by_price
from tests.unit.portal.pages.world import Company, a_full_company, refused

START = f"POST /programmes/{PROGRAMME}/runs"


def html_of(answer: Any) -> str:
    return bytes(answer.body).decode()


async def start(company: Company, form: Mapping[str, Any]) -> str:
    """Where the form led to, or the page that says why it did not."""
    page = company.page(RUNS, form)
    answer = await starting.start(PROGRAMME, page)
    return page.answered[0] if page.answered else html_of(answer)


def sent(company: Company) -> Any:
    return next(body for method, path, body in reversed(company.matching.asked) if f"{method} {path}" == START)


# ---------------------------------------------------------------- starting


async def test_a_match_as_usual_asks_for_nothing_in_particular() -> None:
    company = a_full_company()
    company.matching.by_path[START] = {"run_id": "run-4"}
    assert await start(company, {}) == "/manage/runs/run-4"
    assert sent(company) is None


async def test_a_match_is_asked_for_as_it_was_chosen() -> None:
    company = a_full_company()
    company.matching.by_path[START] = {"run_id": "run-4"}
    form = {
        **ASKED, "fixed": "Oluwaseun Adeyemi; Rui Pereira", "forbidden": "p13@example.com; m2@example.com", "seconds": "60",
        "own_weights": "yes", "weight_needs": "40", "proteges_locations": ["Lisbon", "Osaka"], "mentors_departments": "Finance",
    }  # fmt: skip
    assert await start(company, form) == "/manage/runs/run-4"
    options = sent(company)
    assert (options["mode"], options["coverage"], options["spread"], options["seed"]) == ("worst_first", "first", 300, 7)
    assert (options["first_choice"], options["stickiness"], options["limits"]) == (1_500, 1_000, {"seconds": 60})
    assert options["floors"]["by"] == "department"
    assert set(options["floors"]["shares"].values()) == {70}
    assert (options["fixed"], options["forbidden"]) == ([["p12", "m1"]], [["p13", "m2"]])
    assert options["weights"]["needs"] == 40
    assert sum(options["weights"].values()) == 40
    assert options["proteges"] == {"departments": [], "locations": ["Lisbon", "Osaka"]}
    assert options["mentors"] == {"departments": ["Finance"], "locations": []}


async def test_running_again_asks_for_the_same_but_leaves_pairs_to_the_draft() -> None:
    asked = {**SUGGESTION, "fixed": [["p1", "m1"]], "seed": 5}
    company = with_run(a_full_company(), a_run(options=asked))
    company.matching.by_path[START] = {"run_id": "run-4"}
    assert await start(company, {"again": "run-3"}) == "/manage/runs/run-4"
    assert sent(company) == {**asked, "fixed": []}
    with_run(company, a_run("failed", options=asked))
    await start(company, {"again": "run-3"})
    assert sent(company) == asked


async def test_every_option_of_a_run_is_on_the_form_and_understood_by_matching() -> None:
    company = a_full_company()
    company.matching.by_path[START] = {"run_id": "run-4"}
    await start(company, ASKED)
    assert set(sent(company)) == set(RunOptions.model_fields)
    assert RunOptions(**sent(company)).mode == "worst_first"


async def test_the_form_as_it_first_stands_asks_for_what_is_usual() -> None:
    company = a_full_company()
    company.matching.by_path[START] = {"run_id": "run-4"}
    await start(company, {"asked": "yes"})
    assert RunOptions(**sent(company)) == RunOptions()


async def test_groups_get_their_own_floors_when_one_wants_to_set_them() -> None:
    company = a_full_company()
    html = await start(company, {**ASKED, "groups": "yes"})
    assert re.search(r'name="group.2" value="Network planning">', html)
    assert 'name="floor.2"' in html
    assert 'value="70"' in html
    company.matching.by_path[START] = {"run_id": "run-4"}
    await start(company, {**ASKED, "group.1": "Finance", "floor.1": "70", "group.2": "Network planning", "floor.2": "50"})
    shares = sent(company)["floors"]["shares"]
    assert shares.pop("Network planning") == 50
    assert set(shares.values()) == {70}


async def test_floors_can_be_set_for_those_who_gave_an_answer() -> None:
    company = a_full_company()
    company.matching.by_path[START] = {"run_id": "run-4"}
    html = html_of(await starting.new(PROGRAMME, company.page(f"{RUNS}/new")))
    assert '<option value="question.q1">Which site do you like best?</option>' in html
    await start(company, {**ASKED, "floors_by": "question.q1"})
    assert sent(company)["floors"] == {"by": "question.q1", "shares": {"Lisbon": 70}}


async def test_among_peers_everybody_is_on_both_sides() -> None:
    company = a_full_company()
    company.matching.by_path[START] = {"run_id": "run-4"}
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(form="peer", called={})
    company.matching.by_path[f"/programmes/{PROGRAMME}/enrolments"] = [an_enrolment(place, "peer") for place in range(6)]
    await start(company, {"asked": "yes", "fixed": "m1@example.com; m2@example.com"})
    assert sent(company)["fixed"] == [["m1", "m2"]]
    html = html_of(await starting.new(PROGRAMME, company.page(f"{RUNS}/new")))
    assert "People of these departments" in html
    assert "Mentors of these departments" not in html


async def test_what_cannot_be_read_is_said_beside_its_field_and_asks_for_nothing() -> None:
    company = a_full_company()
    html = await start(company, {**ASKED, "seed": "many", "fixed": "Oluwaseun Adeyemi; Somebody Else"})
    assert 'id="seed-error"' in html
    assert "Nobody who could be matched is meant by “Oluwaseun Adeyemi; Somebody Else”." in html
    assert 'value="many"' in html
    assert not [path for method, path, _ in company.matching.asked if method == "POST"]


async def test_what_matching_refuses_is_said_beside_the_field_of_the_page() -> None:
    company = a_full_company(locale="de")
    company.matching.by_path[START] = refused(
        422, floors__shares__Finance="From 0 to 100 in a hundred.", limits__seconds="At least 1 seconds."
    )
    html = await start(company, {**ASKED, "group.1": "Finance", "floor.1": "120"})
    assert 'id="floor.1-error"' in html
    assert "Von 0 bis 100 von hundert." in html
    assert 'id="seconds-error"' in html


async def test_a_rule_that_excludes_everybody_is_said_before_the_run_whichever_way_it_is_started() -> None:
    company = a_full_company()
    company.matching.by_path[START] = refused(409, "Nobody can be matched.", "rules-exclude-everybody")
    assert await start(company, {}) == f"{RUNS}/new?rules-exclude-everybody=yes"
    html = await start(company, ASKED)
    assert "A run would match nobody: the rules leave not a single pair." in html
    assert "excludes" in html


async def test_weights_that_were_tried_are_taken_along() -> None:
    html = html_of(await starting.new(PROGRAMME, a_full_company().page(f"{RUNS}/new?needs=60&goals=oops")))
    assert re.search(r'name="own_weights" value="yes" checked', html)
    assert re.search(r'name="weight_needs" type="number" min="0" max="100" value="60"', html)
    assert re.search(r'name="weight_goals" type="number" min="0" max="100" value="0"', html)


def test_two_of_one_name_are_told_apart_by_their_address_alone() -> None:
    twins = [PersonCard(person_id=one, name="Ana Silva", email=f"{one}@example.com") for one in ("a", "b")]
    pool = Pool(proteges=twins, mentors=[PersonCard(person_id="m", name="Rui", email="rui@example.com")])
    assert pairs_in("Ana Silva; Rui", pool) == ([], "Ana Silva; Rui")
    assert pairs_in("\nB@example.com, rui", pool) == ([["b", "m"]], "")
    assert pairs_in("b@example.com; rui; rui", pool)[1] == "b@example.com; rui; rui"


async def test_a_run_that_only_suggests_offers_no_publishing() -> None:
    company = with_run(a_full_company(), a_run(options=SUGGESTION))
    html = html_of(await draft.run("run-3", company.page(RUN)))
    assert "This run is only a suggestion." in html
    assert "Publish to" not in html
    await comparing.differences("run-3", company.page())
    assert company.matching.asked[-1] == ("GET", "/runs/run-3/differences", {"against": "running"})


# ---------------------------------------------------------------- looking at it


async def test_two_thousand_people_are_drawn_by_group_with_the_left_out_in_view() -> None:
    html = html_of(await draft.run("run-3", with_crowd(a_full_company()).page(RUN)))
    assert "The whole match by group: 2,000 mentees, 540 mentors" in html
    assert html.count('class="bundle') > 20
    assert html.count('class="alone"') > 3
    assert html.count("<tr") < 3 * SHOWN
    assert len(html) < 300_000


async def test_a_part_of_a_big_match_is_drawn_with_a_line_for_each_pair() -> None:
    company = with_crowd(a_full_company())
    html = html_of(await draft.run("run-3", company.page(RUN), Look(left="Department 2", right="Department 3", points="80")))
    rows = re.search(r"(\d+) of (\d+) pairs, the best first", html)
    assert rows is not None
    assert html.count('class="touch"') == int(rows.group(2)) > 1
    assert "A part of the match" in html


async def test_each_pair_of_a_match_is_on_one_of_its_pages() -> None:
    company = with_crowd(a_full_company(), people=180, mentors=40)
    found: list[str] = []
    for number in range(1, 4):
        html = html_of(await draft.run("run-3", company.page(RUN), Look(at=str(number))))
        found += re.findall(r'<th scope="row"><a href="[^"]*pair=(p\d+)"', html)
    assert len(found) == len(set(found)) == 162


@pytest.mark.parametrize(("at", "rows", "first", "number"), [("2", 130, 61, 2), ("9", 130, 121, 3), ("x", 130, 1, 1), ("", 0, 0, 1)])
def test_a_page_that_is_not_there_is_the_nearest_one(at: str, rows: int, first: int, number: int) -> None:
    page = page_of(range(rows), at)
    assert (page.first, page.number, page.total) == (first, number, rows)


def test_small_groups_are_drawn_together() -> None:
    names = [f"{letter}" for place, letter in enumerate("abcdefghijklmn") for _ in range(20 - place)]
    assert largest(names) == [*"abcdefghijk", OTHERS]
    assert len(largest(names)) == MOST_GROUPS
    assert largest(["b", "", "b"]) == ["b", ""]


def test_full_points_are_in_the_last_column() -> None:
    assert [column_of(points) for points in (0, 4, 5, 94, 99, 100)] == [0, 0, 5, 90, 95, 95]


async def test_circles_and_rounds_are_shown_as_what_they_are() -> None:
    html = html_of(await RUN_PAGES["run-circles"](a_full_company()))
    assert "everybody who stands with the same mentor meets together. 8 circles of 1\N{EN DASH}2 protégés each." in html
    assert "12 of 12 pairs, circle by circle" in html
    html = html_of(await RUN_PAGES["run-flash"](a_full_company()))
    assert "12 of 12 pairs, round by round" in html
    assert re.findall(r'<td class="num">(\d)</td><th scope="row">', html) == ["1"] * 4 + ["2"] * 4 + ["3"] * 4
    assert "They meet in round 1." in html
    html = html_of(await RUN_PAGES["run-peers"](a_full_company()))
    assert "Peers: neither of the two is the mentor." in html
    assert "12 of 15 people have a partner" in html
    assert 'class="place' not in html
    assert "Why Oluwaseun has nobody" in html
    assert "mentor</h2>" not in html
    assert "15 peers" in html


async def test_a_match_that_is_not_proven_says_how_much_it_may_lack() -> None:
    proof = {**a_run()["proof"], "optimal": False, "value": 90_000, "upper_bound": 92_700}
    html = html_of(await draft.run("run-3", with_run(a_full_company(), a_run(proof=proof)).page(RUN)))
    assert "it is not proven to be the best one. The best one has at most 3 % more points." in html
    assert "No better match exists" not in html


async def test_a_draft_that_is_out_of_date_says_so_until_one_matches_again() -> None:
    company = a_full_company()
    company.matching.by_path["POST /runs/run-3/publish"] = refused(409, "Somebody is no longer free.", "draft-outdated")
    page = company.page(f"{RUN}/publish", {})
    await changing.publish("run-3", page)
    assert page.answered == (f"{RUN}?outdated=yes", None)
    html = html_of(await draft.run("run-3", company.page(RUN), Look(outdated="yes")))
    assert "Nobody was asked: this draft is out of date." in html


async def test_publishing_in_portions_says_how_far_it_is() -> None:
    html = html_of(await draft.run("run-3", with_run(a_full_company(), a_run("publishing", asked=5)).page(RUN)))
    assert "5 of 12 pairs are asked" in html
    assert '<progress id="progress" value="5" max="12">' in html
    assert 'hx-select="#state" hx-select-oob="#action"' in html


# ---------------------------------------------------------------- why, and what if


async def test_what_would_help_somebody_who_is_left_out_is_said_in_words() -> None:
    html = html_of(await explaining.one_left_out("run-3", "p12", a_full_company().page()))
    assert "2 more places with Rui Pereira" in html
    assert "Marek Novák, if this rule did not hold for the two: in one line of management" in html
    assert "These 4 protégés can be paired with nobody but these 2 mentors, who have 3 places together." in html


async def test_without_the_engine_there_is_still_the_reason() -> None:
    company = a_full_company()
    company.matching.by_path["/runs/run-3/left-out/p12"] = refused(409, "What else could have been is not kept.", "nothing-kept")
    html = html_of(await explaining.one_left_out("run-3", "p12", company.page()))
    assert "4 protégés can only be paired with the same 2 mentors" in html
    assert "What else could have been is not kept." in html


async def test_an_engine_that_takes_too_long_leaves_the_reason_and_a_word_about_it() -> None:
    company = a_full_company()
    company.matching.by_path["/runs/run-3/left-out/p12"] = BackendDown("matching")
    company.matching.by_path["/runs/run-3/why-not"] = BackendDown("matching")
    html = html_of(await explaining.one_left_out("run-3", "p12", company.page()))
    assert "4 protégés can only be paired with the same 2 mentors" in html
    assert "It takes longer than usual to work out." in html
    assert "It takes longer than usual to work out." in html_of(await explaining.why_not("run-3", company.page(), **TWO))
    company.matching.by_path["/runs/run-3/left-out/p1"] = BackendDown("matching")
    with pytest.raises(NotFound):
        await explaining.one_left_out("run-3", "p1", company.page())


async def test_a_place_that_one_would_spoil_is_said_to_be_lost_on_them() -> None:
    company = a_full_company()
    offer = {"people": 0, "kept": 0, "points": -1_070}
    company.matching.by_path["/runs/run-3/why-not"] = why_not_by_price(price={"people": 0, "kept": 0, "points": 35}, offer=offer)
    html = html_of(await explaining.why_not("run-3", company.page(), **TWO))
    assert "One place with Aino brings the match 0 points; with Bao it would lose 11 points." in html


@pytest.mark.parametrize(
    ("people", "points", "said"),
    [
        (0, 0, "nothing"), (0, 640, "6 points"), (1, 0, "1 person with a partner"),
        (2, 7_200, "2 people with a partner and 72 points"), (1, -300, "1 person with a partner, and 3 points fewer"),
    ],
)  # fmt: skip
def test_what_a_place_is_worth_is_said_with_people_first(people: int, points: int, said: str) -> None:
    viewer = a_full_company().page().viewer
    assert change({"people": people, "kept": 0, "points": points}, Voice.of(viewer)) == said


async def test_why_two_are_no_pair_is_asked_by_name() -> None:
    company = a_full_company()
    html = html_of(await explaining.why_not("run-3", company.page(), protege="bao nguyen", mentor="aino"))
    assert ("GET", "/runs/run-3/why-not", {"protege_id": "p2", "mentor_id": "m3"}) in company.matching.asked
    assert "One place with Aino brings the match 1 person with a partner and 70 points; Bao would bring it" in html
    assert "If the two were a pair all the same, the whole match would lose 18 points." in html


async def test_of_several_with_one_name_one_chooses() -> None:
    company = a_full_company()
    html = html_of(await explaining.why_not("run-3", company.page(), protege="an", mentor="aino"))
    assert "Which protégé?" in html
    assert "protege_id=p9&amp;" in html
    assert "/runs/run-3/why-not" not in [path for _, path, _ in company.matching.asked]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (why_not_by_price(reason="paired"), "Bao and Aino are a pair in this match."),
        (why_not_by_price(reason="places"), "Aino has no place to give in this match."),
        (why_not_by_price(reason="rule", broken_rules=["shared_language"]), "A rule keeps them apart: no language in common."),
        (why_not_by_price(if_paired={"people": -1, "kept": 0, "points": 0}), "would lose 1 person with a partner."),
        (why_not_by_price(if_paired={"people": 0, "kept": 0, "points": 0}), "this is one of several equally good ones."),
    ],
)
async def test_each_reason_why_two_are_no_pair_has_its_sentence(answer: dict[str, Any], sentence: str) -> None:
    company = a_full_company()
    company.matching.by_path["/runs/run-3/why-not"] = answer
    assert sentence in html_of(await explaining.why_not("run-3", company.page(), **TWO))


async def test_moving_a_slider_asks_for_all_weights_and_shows_whom_it_touches() -> None:
    company = a_full_company()
    html = html_of(await weighing.weights("run-3", company.page(f"{RUN}/weights?needs=60&goals=10&level=oops")))
    method, path, body = company.matching.asked[-1]
    assert (method, path) == ("POST", "/runs/run-3/preview")
    assert body == {"weights": {"needs": 60, "goals": 10, "level": 0, "location": 11, "languages": 10}}
    assert "12 → 13" in html
    assert f"{RUNS}/new?needs=60&amp;goals=10&amp;location=11&amp;languages=10" in html


async def test_a_preview_that_is_refused_says_why_where_it_would_stand() -> None:
    company = a_full_company(locale="de")
    company.matching.by_path["POST /runs/run-3/preview"] = refused(422, weights="At least one criterion must count.")
    html = html_of(await weighing.weights("run-3", company.page(f"{RUN}/weights?needs=0")))
    assert "Mindestens ein Kriterium muss zählen." in html[html.index('id="preview"') :]


async def test_weights_that_nobody_has_moved_ask_for_no_preview() -> None:
    company = a_full_company()
    await weighing.weights("run-3", company.page(f"{RUN}/weights"))
    assert not [path for method, path, _ in company.matching.asked if method == "POST"]


async def test_a_draft_is_compared_with_the_one_before_unless_another_is_chosen() -> None:
    company = a_full_company()
    await comparing.differences("run-3", company.page())
    assert company.matching.asked[-1][2] == {"against": "run-2"}
    html = html_of(await comparing.differences("run-3", company.page(), against="run-1", kind="lost"))
    assert company.matching.asked[-1][2] == {"against": "run-1"}
    assert "Oluwaseun Adeyemi" in html
    assert "Katarzyna Wójcik" not in html


async def test_no_figure_is_shown_that_speaks_of_a_few_people() -> None:
    html = html_of(await comparing.fairness("run-3", a_full_company().page()))
    few = html[html.index("People and culture, not said") :]
    assert few.count("\N{EN DASH}</span>") == 3
