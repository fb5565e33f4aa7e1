"""One's part in a programme: where one stands, standing aside, peers, and how a partnership goes on."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from services.portal.api import enrolment, home, mentors, partnership_course, partnerships, proposals, requests
from services.portal.api.enrolment import may_enrol
from services.portal.api.page import BackendRefused
from services.portal.pages import words_participant as words
from services.portal.pages.pictures_participant import Speech
from services.portal.pages.texts import texts
from tests.unit.portal.participant.sample import (
    DEBORAH,
    ENROLMENT,
    KENJI,
    LINH,
    MEETINGS,
    OPEN_PROGRAMME,
    OUTCOME,
    PAIR,
    PARTNERSHIP,
    PAUSED,
    PROGRAMME,
    REQUEST,
    RUI,
    SOFIE,
    STANDING,
)
from tests.unit.portal.participant.sample_page import SamplePage, empty, full, problem

HERE = f"/programmes/{PROGRAMME}"
ENGLISH, GERMAN = Speech("en", "Europe/Lisbon"), Speech("de", "Europe/Lisbon", texts("de"))


def body(answer: Any) -> str:
    return bytes(answer.body).decode()


def sent(page: SamplePage) -> list[tuple[str, str, Any]]:
    """What was asked of matching besides reading."""
    return [asked for asked in page.matching.asked if asked[0] != "GET"]  # type: ignore[attr-defined]  # a fake


def a_page(form: dict[str, str] | None = None, *, locale: str = "en", matching: Mapping[str, Any] | None = None) -> SamplePage:
    answers = full()
    answers["matching"] |= matching or {}
    return SamplePage(answers, form=tuple((form or {}).items()), locale=locale)


def enrolled(**changes: Any) -> dict[str, Any]:
    return {"/enrolments/mine": [{**ENROLMENT, **changes}]}


# ------------------------------------------------------------ where one stands


async def test_whoever_waits_reads_their_place_why_and_what_is_waited_for() -> None:
    html = body(await enrolment.enrolling(a_page(), PROGRAMME))
    assert "You are number 3 of 14 who wait" in html
    assert "You are in front, because another said no or left. Everybody is matched on Monday 2 November." in html
    assert "clocks too far apart and no language in common" in html


async def test_whoever_has_a_partner_is_asked_for_no_place_in_the_queue() -> None:
    page = a_page(matching=enrolled(free_places=0, partnership_id=PAIR))
    assert "who wait" not in body(await enrolment.enrolling(page, PROGRAMME))
    assert all("standing" not in path for _method, path, _sent in page.matching.asked)  # type: ignore[attr-defined]  # a fake


@pytest.mark.parametrize("because", ["first_come", "put_back", "late"])
@pytest.mark.parametrize("waits_for", ["matching_day", "free_place", "offer", "managers"])
def test_every_place_in_the_queue_has_words(because: str, waits_for: str) -> None:
    standing = {**STANDING["standing"], "because": because, "waits_for": waits_for}  # type: ignore[dict-item]  # a dict
    english, german = words.place_in_queue(standing, 9, ENGLISH), words.place_in_queue(standing, 9, GERMAN)
    assert english[0] != german[0]
    assert "%(" not in english[1] + german[1]


@pytest.mark.parametrize("reason", ["no_eligible_mentor", "too_few_places", "others_came_first", "something_new"])
def test_every_reason_for_nobody_has_words_and_tells_nothing_of_others(reason: str) -> None:
    assert words.left_out({**OUTCOME, "reason": reason}, ENGLISH) != words.left_out({**OUTCOME, "reason": reason}, GERMAN)
    assert words.left_out({**OUTCOME, "outcome": "paired"}, ENGLISH) == ""


# ------------------------------------------------------------ getting in


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"state": "closed"}, False),
        ({"enrolment": {"opens_on": "2026-11-01"}}, False),
        ({"enrolment": {"closes_on": "2026-10-01", "late_joiners": "refused"}}, False),
        ({"enrolment": {"closes_on": "2026-10-01"}}, True),
        ({"matching_on": "2026-10-01", "enrolment": {"late_joiners": "refused"}}, False),
        ({"kind": "always_open", "ends_on": None}, True),
    ],
)
async def test_a_programme_that_takes_nobody_today_says_so_before_one_writes_anything(changes: dict[str, Any], *, may: bool) -> None:
    found = {**OPEN_PROGRAMME, **changes, "enrolment": {**OPEN_PROGRAMME["enrolment"], **changes.get("enrolment", {})}}
    page = a_page(matching={HERE: found, "/enrolments/mine": []})
    html = body(await enrolment.enrolling(page, PROGRAMME))
    assert ("This programme takes nobody right now." in html) is not may
    assert may_enrol(found, page.viewer.now.date()) is may


@pytest.mark.parametrize(
    ("matching_on", "closes_on", "said"),
    [
        ("2026-11-09", "2026-11-02", "Enrol by Monday 2 November. Everybody is matched on Monday 9 November."),
        ("2026-11-09", None, "Everybody is matched on Monday 9 November."),
        (None, "2026-10-01", "The others have enrolled already. You would wait for a place that becomes free."),
        (None, None, ""),
    ],
)
def test_whoever_thinks_about_taking_part_reads_until_when(matching_on: str | None, closes_on: str | None, said: str) -> None:
    found = {**OPEN_PROGRAMME, "matching_on": matching_on, "enrolment": {**OPEN_PROGRAMME["enrolment"], "closes_on": closes_on}}
    assert words.days(found, date(2026, 10, 20), ENGLISH) == said
    assert words.days({**found, "kind": "always_open"}, date(2026, 10, 20), ENGLISH) == ""


async def test_among_peers_there_is_no_choice_of_roles_and_both_questions_are_asked() -> None:
    page = a_page(matching={HERE: {**OPEN_PROGRAMME, "form": "peer"}, "/enrolments/mine": []})
    html = body(await enrolment.enrolling(page, PROGRAMME))
    assert "How would you like to take part?" not in html
    assert "How many partners do you have time for?" in html
    form = {"role": "peer", "needs": "saying no", "strengths": "budgets", "capacity": "2"}
    page = a_page(form, matching={HERE: {**OPEN_PROGRAMME, "form": "peer"}, "/enrolments/mine": []})
    await enrolment.enrol(page, PROGRAMME)
    assert sent(page)[0][2]["role"] == "peer"
    assert sent(page)[0][2]["capacity"] == 2


async def test_a_programmes_own_words_for_its_people_are_shown() -> None:
    called = {"protege": "mentee", "proteges": "mentees", "mentor": "coach", "mentors": "coaches"}
    programme = {**OPEN_PROGRAMME, "called": called}
    html = body(await enrolment.enrolling(a_page(matching={HERE: programme, "/enrolments/mine": []}), PROGRAMME))
    assert "As mentee" in html
    assert "As coach" in html
    html = body(await home.home(a_page(matching={"/programmes": [programme]})))
    assert "mentee" in html
    assert "coach" in body(await partnerships.partnerships(a_page(matching={"/programmes": [programme]})))


# ------------------------------------------------------------ standing aside


@pytest.mark.parametrize(
    ("deed", "form", "asked"),
    [
        ("pause", {"until": "2026-12-01"}, ("POST", "/enrolments/enrolment-1/pause", {"until": "2026-12-01"})),
        ("resume", {}, ("POST", "/enrolments/enrolment-1/resume", None)),
        ("sit-out", {}, ("POST", "/enrolments/enrolment-1/sit-out", None)),
        ("sit-in", {}, ("DELETE", "/enrolments/enrolment-1/sit-out", None)),
    ],
)
async def test_one_stands_aside_and_comes_back(deed: Any, form: dict[str, str], asked: Any) -> None:
    page = a_page({"enrolment_id": "enrolment-1", **form})
    await enrolment.stand_aside(page, PROGRAMME, deed)
    assert sent(page) == [asked]
    assert page.answered is not None
    assert page.answered[0] == HERE


async def test_a_pause_needs_a_day_and_keeps_what_was_written() -> None:
    page = a_page({"enrolment_id": "enrolment-1", "until": ""}, locale="de")
    html = body(await enrolment.stand_aside(page, PROGRAMME, "pause"))
    assert sent(page) == []
    assert "Wähle einen Tag." in html[html.index('id="until-error"') :][:300]
    assert 'value="saying no, running a review"' in html


async def test_a_refused_pause_says_why_beside_its_field() -> None:
    no = "A pause lasts at least a day, and at most 365 days or until the programme ends."
    refused = full()
    refused["matching"]["POST /enrolments/enrolment-1/pause"] = _refused(until=no)
    page = SamplePage(refused, form=(("enrolment_id", "enrolment-1"), ("until", "2030-01-01")), locale="de")
    html = body(await enrolment.stand_aside(page, PROGRAMME, "pause"))
    assert "höchstens 365 Tage" in html[html.index('id="until-error"') :][:300]


def _refused(**errors: str) -> Exception:
    return BackendRefused(problem(422, "No.", errors))


async def test_whoever_pauses_reads_until_when_and_can_come_back() -> None:
    html = body(await enrolment.enrolling(a_page(matching=enrolled(state="paused", paused_until="2026-11-30", free_places=0)), PROGRAMME))
    assert "You pause until" in html
    assert f'action="{HERE}/part/resume"' in html
    answers = empty()
    answers["matching"]["/enrolments/mine"] = [{**ENROLMENT, "state": "paused", "paused_until": "2026-11-30"}]
    assert "You can come back earlier." in body(await home.home(SamplePage(answers)))


async def test_whoever_sits_out_can_take_part_after_all() -> None:
    html = body(await enrolment.enrolling(a_page(matching=enrolled(sits_out=True)), PROGRAMME))
    assert f'action="{HERE}/part/sit-in"' in html
    assert f'action="{HERE}/part/sit-out"' not in html


# ------------------------------------------------------------ how a partnership goes on


@pytest.mark.parametrize(
    ("deed", "form", "asked"),
    [
        ("pause", {"until": "2026-12-01"}, ("POST", f"/partnerships/{PAIR}/pause", {"until": "2026-12-01"})),
        ("resume", {}, ("POST", f"/partnerships/{PAIR}/resume", None)),
        ("prolong", {"ends_on": "2027-08-31"}, ("POST", f"/partnerships/{PAIR}/prolong", {"ends_on": "2027-08-31"})),
    ],
)
async def test_the_two_pause_go_on_and_take_more_time(deed: Any, form: dict[str, str], asked: Any) -> None:
    page = a_page(form)
    await partnership_course.change(page, PAIR, deed)
    assert sent(page) == [asked]
    assert page.answered is not None
    assert page.answered[0] == f"/partnerships/{PAIR}"


@pytest.mark.parametrize(("deed", "field"), [("pause", "until"), ("prolong", "ends_on")])
async def test_a_missing_day_is_said_beside_its_field(deed: Any, field: str) -> None:
    page = a_page({field: ""})
    html = body(await partnership_course.change(page, PAIR, deed))
    assert sent(page) == []
    assert "Pick a day." in html[html.index(f'id="{field}-error"') :][:300]


async def test_a_last_day_that_is_too_late_is_refused_beside_its_field() -> None:
    answers = full()
    no = "This must be a later day than now, and none after 2027-04-30."
    answers["matching"][f"POST /partnerships/{PAIR}/prolong"] = _refused(ends_on=no)
    page = SamplePage(answers, form=(("ends_on", "2030-01-01"),), locale="de")
    html = body(await partnership_course.change(page, PAIR, "prolong"))
    assert "keiner nach dem 2027-04-30" in html[html.index('id="ends_on-error"') :][:300]


async def test_during_a_pause_the_two_see_what_is_booked_in_it_and_are_asked_for_no_time() -> None:
    page = a_page(matching={f"/partnerships/{PAIR}": PAUSED})
    html = body(await partnerships.partnership(page, PAIR))
    booked = [one for one in MEETINGS if one["state"] == "booked" and one["starts_at"] < "2026-11-30"]
    assert booked
    notice = html[html.index("You two pause until") : html.index("Your rhythm")]
    assert all(f"/meetings/{one['meeting_id']}" in notice for one in booked)
    assert f"/partnerships/{PAIR}/times" not in html


async def test_a_pair_that_pauses_is_still_in_the_list_and_home_asks_for_no_meeting() -> None:
    page = a_page(matching={"/partnerships/mine": [PAUSED, {**PARTNERSHIP, "partnership_id": "pair-9"}]})
    assert "you two pause until" in body(await partnerships.partnerships(page))
    answers = full()
    answers["matching"] |= {"/partnerships/mine": [PAUSED], "/proposals/mine": []}
    answers["scheduling"]["/meetings/mine"] = []
    assert "When do you meet Deborah?" not in body(await home.home(SamplePage(answers)))


async def test_ending_says_why_whether_one_wants_somebody_else_and_a_word_for_the_managers_alone() -> None:
    page = a_page({"reason": "not_working", "rematch": "yes", "words": "We were too alike."})
    await partnership_course.end(page, PAIR)
    body_sent = {"reason": "not_working", "rematch": True, "words": "We were too alike."}
    assert sent(page) == [("POST", f"/partnerships/{PAIR}/end", body_sent)]


async def test_what_is_complete_needs_nobody_else_and_says_so_beside_the_field() -> None:
    answers = full()
    no = "What is complete needs no other partner. Enrol again for something new."
    answers["matching"][f"POST /partnerships/{PAIR}/end"] = _refused(rematch=no)
    page = SamplePage(answers, form=(("reason", "completed"), ("rematch", "yes")))
    html = body(await partnership_course.end(page, PAIR))
    assert no in html[html.index('id="rematch-error"') :][:300]


async def test_a_leavers_partner_reads_why_it_ended_and_where_to_go_on() -> None:
    html = body(await partnerships.partnership(a_page(), "pair-0"))
    assert "One of you has left, so it could not go on." in html
    assert f'href="{HERE}"' in html
    assert DEBORAH not in html


# ------------------------------------------------------------ the programme's own words, and looking for somebody oneself


OWN = {**OPEN_PROGRAMME, "called": {"protege": "mentee", "proteges": "mentees", "mentor": "coach", "mentors": "coaches"}}


async def test_proposals_and_requests_use_the_programmes_own_words() -> None:
    own = {"/programmes": [OWN], HERE: OWN, "/programmes/programme-3": {**OWN, "programme_id": "programme-3"}}
    assert "Linh as your mentee" in body(await proposals.proposal(a_page(matching=own), "proposal-1"))
    assert "Linh would like you as coach" in body(await requests.request(a_page(matching=own), "request-2"))
    page = body(await home.home(a_page(matching=own)))
    assert "Linh as your mentee" in page
    assert "Linh would like you as coach" in page
    assert "<h1>Find coaches</h1>" in body(await mentors.mentors(a_page(matching=own), "programme-3", mentors.Search()))


async def test_among_peers_nobody_is_called_a_mentor() -> None:
    peers = {HERE: {**OPEN_PROGRAMME, "form": "peer"}, "/programmes": [{**OPEN_PROGRAMME, "form": "peer"}]}
    html = body(await proposals.proposal(a_page(matching=peers), "proposal-1"))
    assert "<h1>You and Linh could meet as equals</h1>" in html
    assert "your peer" in body(await partnerships.partnerships(a_page(matching=peers)))
    assert "Linh would like to meet you as an equal" in body(await requests.request(a_page(matching=peers), "request-2"))


async def test_peers_look_for_each_other() -> None:
    peers = {HERE: {**OPEN_PROGRAMME, "form": "peer"}, **enrolled(role="peer", capacity=2, free_places=2), "/requests/mine": []}
    assert "Find somebody" in body(await enrolment.enrolling(a_page(matching=peers), PROGRAMME))
    html = body(await mentors.mentors(a_page(matching=peers), PROGRAMME, mentors.Search()))
    assert "<h1>Find somebody</h1>" in html
    assert "42 who could fit" in html


async def test_the_page_of_a_programme_says_where_ones_request_stands() -> None:
    html = body(await enrolment.enrolling(a_page(), PROGRAMME))
    assert "Deborah is asked" in html
    assert 'href="/requests/request-1"' in html


@pytest.mark.parametrize(("reason", "again"), [("nobody_answered", True), ("withdrawn", True), ("partner_found", False)])
async def test_after_a_request_that_found_nobody_one_can_look_again(reason: str, *, again: bool) -> None:
    closed = {**REQUEST, "state": "closed", "reason": reason, "deadline_at": None, "follows": None}
    html = body(await requests.request(a_page(matching={"/requests/request-1": closed}), "request-1"))
    assert ("Look for somebody else" in html) is again


async def test_whoever_has_chosen_five_is_told_that_there_cannot_be_more() -> None:
    five = [DEBORAH, SOFIE, LINH, RUI, KENJI]
    html = body(await mentors.mentors(a_page(matching={"/requests/mine": []}), "programme-3", mentors.Search(chosen=five)))
    assert "More than five cannot be asked." in html
    html = body(await mentors.mentors(a_page(matching={"/requests/mine": []}), "programme-3", mentors.Search(chosen=five[:4])))
    assert "More than five cannot be asked." not in html


# ------------------------------------------------------------ known words


async def test_a_word_that_nobody_knows_is_offered_the_nearest_known_ones() -> None:
    html = body(await enrolment.enrolling(a_page(), PROGRAMME))
    offered = html[html.index("2 of your words have known words near them") :]
    assert '<b class="words">running a review</b>' in offered
    assert '<b class="words">saying no</b>' not in offered
    assert '<b class="words">network planning</b>' not in offered


async def test_a_known_word_takes_the_place_of_ones_own_and_everything_else_is_kept() -> None:
    form = {"enrolment_id": "enrolment-1", "field": "needs", "tag": "running a review", "word": "public speaking"}
    page = a_page(form, matching={"/enrolments/enrolment-1": ENROLMENT})
    await enrolment.use_known_word(page, PROGRAMME)
    kept = {name: ENROLMENT[name] for name in ("strengths", "goals", "hours", "answers")}
    assert sent(page) == [("PUT", "/enrolments/enrolment-1", {**kept, "needs": ["saying no", "public speaking"]})]


async def test_no_other_field_can_be_changed_that_way() -> None:
    form = {"enrolment_id": "enrolment-1", "field": "answers", "tag": "why", "word": "x"}
    page = a_page(form, matching={"/enrolments/enrolment-1": ENROLMENT})
    await enrolment.use_known_word(page, PROGRAMME)
    assert sent(page)[0][2]["answers"] == ENROLMENT["answers"]
