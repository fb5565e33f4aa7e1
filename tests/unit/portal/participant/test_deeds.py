"""What the participants' forms send to the services, and what a person reads when a service says no."""

from typing import Any

import pytest
from fastapi.responses import Response
from starlette.requests import Request

from services.portal.api import (
    agendas,
    calendars,
    charters,
    enrolment,
    goals,
    home,
    inbox,
    me,
    meetings,
    moving,
    partnership_course,
    partnerships,
    proposals,
    times,
)
from services.portal.api.page import BackendRefused
from tests.unit.portal.participant.sample import CHOSEN_AT, DEBORAH, PAIR, PROGRAMME
from tests.unit.portal.participant.sample_goals import GOAL, SLIPPED
from tests.unit.portal.participant.sample_page import SamplePage, full, problem

WANTED = times.Wanted(week=None, start=None, day=None, minutes=None, chosen=None)


def a_page(*form: tuple[str, Any], refusing: dict[str, BackendRefused] | None = None, **more: Any) -> SamplePage:
    """A page with a filled-in form; `refusing` maps "service POST /path" to a refusal."""
    answers = full()
    for key, refusal in (refusing or {}).items():
        service, _, path = key.partition(" ")
        answers[service][path] = refusal
    return SamplePage(answers, form=form, **more)


def sent(page: SamplePage, service: str) -> list[tuple[str, str, Any]]:
    """What was asked of a service besides reading."""
    return [asked for asked in getattr(page, service).asked if asked[0] != "GET"]


def body(answer: Response) -> str:
    return bytes(answer.body).decode()


def refused(status: int, detail: str, errors: dict[str, str] | None = None, slug: str = "") -> BackendRefused:
    return BackendRefused(problem(status, detail, errors, slug))


async def test_one_click_accepts_a_proposal() -> None:
    page = a_page()
    answer = await proposals.accept(page, "proposal-1")
    assert sent(page, "matching") == [("POST", "/proposals/proposal-1/accept", None)]
    assert answer.headers["location"] == "/proposals/proposal-1"


async def test_the_second_yes_leads_to_the_charter() -> None:
    page = a_page()
    page.matching.answers["POST /proposals/proposal-1/accept"] = {"partnership_id": PAIR}  # type: ignore[attr-defined]  # a fake
    answer = await proposals.accept(page, "proposal-1")
    assert answer.headers["location"] == f"/partnerships/{PAIR}/charter"


async def test_a_place_somebody_else_was_quicker_for_is_said_in_place_and_in_german() -> None:
    refusal = refused(409, "x", slug="no-place-left")
    page = a_page(refusing={"matching POST /proposals/proposal-1/accept": refusal}, locale="de")
    answer = await proposals.accept(page, "proposal-1")
    assert answer.status_code == 422
    assert "Jemand war schneller" in body(answer)


async def test_a_decline_carries_its_reason() -> None:
    page = a_page(("reason", "I move in spring."))
    await proposals.decline(page, "proposal-1")
    assert sent(page, "matching") == [("POST", "/proposals/proposal-1/decline", {"reason": "I move in spring."})]


async def test_what_belongs_to_somebody_else_is_no_answer_in_place() -> None:
    page = a_page(refusing={"matching POST /proposals/proposal-1/accept": refused(403, "Not yours.")})
    with pytest.raises(BackendRefused):
        await proposals.accept(page, "proposal-1")


async def test_enrolling_sends_words_as_lists_and_answers_by_question() -> None:
    form = [
        ("role", "protege"),
        ("needs", "saying no, , running a review, saying no"),
        ("strengths", ""),
        ("goals", "lead\nabroad"),
        ("hours", "mon-fri 9-11, wed 14-16"),
        ("answer-why", "Spring."),
    ]
    page = a_page(*form)
    answer = await enrolment.enrol(page, PROGRAMME)
    (asked,) = sent(page, "matching")
    assert asked[1] == f"/programmes/{PROGRAMME}/enrolments"
    assert asked[2] == {
        "role": "protege",
        "needs": ["saying no", "running a review"],
        "strengths": [],
        "goals": ["lead", "abroad"],
        "hours": ["mon-fri 9-11", "wed 14-16"],
        "answers": {"why": "Spring."},
    }
    assert answer.headers["location"] == f"/programmes/{PROGRAMME}"


async def test_a_mentor_says_for_how_many_they_have_time() -> None:
    page = a_page(("role", "mentor"), ("strengths", "budgets"), ("capacity", "two"))
    answer = await enrolment.enrol(page, "programme-2")
    assert sent(page, "matching") == []
    assert "Write a number, for example 2." in body(answer)
    assert 'value="budgets"' in body(answer)


async def test_an_unanswered_question_is_marked_where_it_stands() -> None:
    refusal = refused(422, "x", {"answers.why": "This question needs an answer."})
    page = a_page(("role", "protege"), ("needs", "x"), refusing={f"matching POST /programmes/{PROGRAMME}/enrolments": refusal}, locale="de")
    shown = body(await enrolment.enrol(page, PROGRAMME))
    assert 'id="answer-why-error"' in shown
    assert "Diese Frage braucht eine Antwort." in shown


async def test_a_question_goes_on_the_agenda_and_back_to_where_one_was() -> None:
    page = a_page(("text", "How do I notice earlier?"), ("back", "/meetings/meeting-6"))
    answer = await agendas.add(page, PAIR)
    assert sent(page, "scheduling") == [
        ("POST", f"/partnerships/{PAIR}/agenda/items", {"text": "How do I notice earlier?", "kind": "question", "goal_id": None})
    ]
    assert answer.headers["location"] == "/meetings/meeting-6"


@pytest.mark.parametrize("back", ["https://elsewhere.example/meetings/x.y/", "//elsewhere.example", "/meetings/../sign-out", ""])
async def test_a_form_never_leads_out_of_tandem(back: str) -> None:
    answer = await agendas.add(a_page(("text", "?"), ("back", back)), PAIR)
    assert answer.headers["location"] == f"/partnerships/{PAIR}"


async def test_an_empty_question_is_asked_again() -> None:
    page = a_page(("text", " "), ("back", f"/partnerships/{PAIR}"))
    answer = await agendas.add(page, PAIR)
    assert answer.status_code == 422
    assert "Write what you want to talk about." in body(answer)


async def test_the_agenda_is_filled_from_open_steps_of_shared_goals_that_are_not_on_it() -> None:
    page = a_page()
    another = {**GOAL, "goal_id": "goal-7", "next_step": {"step_id": "s7", "text": "Draw the map", "due_on": None}}
    page.goals.answers[f"/partnerships/{PAIR}/goals"] = [GOAL, another, SLIPPED]  # type: ignore[attr-defined]  # a fake
    await agendas.fill(page, PAIR)
    item = {"text": "Draw the map", "kind": "step", "goal_id": "goal-7", "step_id": "s7"}
    assert sent(page, "scheduling") == [("POST", f"/partnerships/{PAIR}/agenda/items", item)]


async def test_ending_asks_for_a_reason_first() -> None:
    page = a_page()
    answer = await partnership_course.end(page, PAIR)
    assert sent(page, "matching") == []
    assert "Choose the one that comes closest." in body(answer)
    page = a_page(("reason", "completed"))
    await partnership_course.end(page, PAIR)
    assert sent(page, "matching") == [("POST", f"/partnerships/{PAIR}/end", {"reason": "completed", "rematch": None, "words": ""})]


CHARTER = [(name, value) for name, value in charters.written(None).items()] + [("protege_needs", "Say no earlier.")]


async def test_a_charter_travels_through_its_steps_without_being_kept() -> None:
    page = a_page(*CHARTER)
    shown = body(await charters.go_on(page, PAIR, "trust"))
    assert 'name="protege_needs" value="Say no earlier."' in shown
    assert sent(page, "goals") == []


async def test_a_charter_without_needs_stays_at_the_first_step() -> None:
    shown = body(await charters.go_on(a_page(*charters.written(None).items()), PAIR, "ground_rules"))
    assert "Write at least one sentence." in shown


async def test_the_last_step_proposes_the_charter_with_the_version_that_was_read() -> None:
    page = a_page(*CHARTER)
    await charters.go_on(page, PAIR)
    (asked,) = sent(page, "goals")
    assert asked[2]["based_on"] == 0
    assert asked[2]["needs"]["protege_needs"] == "Say no earlier."
    rules = asked[2]["ground_rules"]
    assert (rules["cadence_weeks"], rules["minutes"], rules["cancel_notice_hours"]) == (4, 45, 24)


async def test_hours_that_are_no_number_are_marked_beside_the_field() -> None:
    form = [(name, value) for name, value in CHARTER if name != "cancel_notice_hours"]
    shown = body(await charters.go_on(a_page(*form, ("cancel_notice_hours", "one day")), PAIR))
    assert 'value="one day"' in shown
    assert "Write a number of hours, for example 24." in shown


async def test_a_nested_error_leads_to_the_step_it_belongs_to() -> None:
    refusal = refused(422, "x", {"needs.protege_needs": "Please write something here."})
    page = a_page(*CHARTER, refusing={f"goals POST /charters/{PAIR}/propose": refusal})
    shown = body(await charters.go_on(page, PAIR))
    assert 'id="protege_needs-error"' in shown


async def test_signing_names_the_version_one_has_read() -> None:
    page = a_page(("version", "2"))
    await charters.sign(page, PAIR)
    assert sent(page, "goals") == [("POST", f"/charters/{PAIR}/sign", {"version": 2})]


async def test_three_times_are_proposed() -> None:
    page = a_page(("starts", CHOSEN_AT), ("starts", "2026-10-29T14:30:00+00:00"), ("minutes", "45"))
    page.scheduling.answers[f"POST /partnerships/{PAIR}/meetings"] = {"meeting_id": "meeting-9"}  # type: ignore[attr-defined]  # a fake
    answer = await times.arrange(page, PAIR)
    (asked,) = sent(page, "scheduling")
    assert asked[2] == {"starts": [CHOSEN_AT, "2026-10-29T14:30:00+00:00"], "minutes": 45, "place": "", "book": False}
    assert answer.headers["location"] == "/meetings/meeting-9"


async def test_only_one_time_can_be_booked_at_once() -> None:
    page = a_page(("starts", CHOSEN_AT), ("starts", "2026-10-29T14:30:00+00:00"), ("book", "yes"))
    answer = await times.arrange(page, PAIR)
    assert sent(page, "scheduling") == []
    assert "choose one time only" in body(answer)


async def test_a_time_that_is_taken_meanwhile_keeps_the_choice() -> None:
    refusal = refused(409, "x", slug="time-taken")
    page = a_page(("starts", CHOSEN_AT), ("minutes", "45"), refusing={f"scheduling POST /partnerships/{PAIR}/meetings": refusal})
    shown = body(await times.arrange(page, PAIR))
    assert "One of you is not free at this time any more." in shown
    assert f'value="{CHOSEN_AT}" checked' in shown


async def test_a_meeting_that_is_moved_does_not_stand_in_its_own_way() -> None:
    page = a_page(("starts", CHOSEN_AT))
    await times.move(page, "meeting-6")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-6/move", {"starts_at": CHOSEN_AT})]
    page = a_page()
    await times.move(page, "meeting-6")
    asked = next(query for _method, path, query in page.scheduling.asked if path.endswith("/slots"))  # type: ignore[attr-defined]  # a fake
    assert asked["moving"] == "meeting-6"


async def test_the_other_one_picks_a_time() -> None:
    page = a_page(("starts_at", "2026-10-28T13:30:00Z"))
    await meetings.pick(page, "meeting-8")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-8/pick", {"starts_at": "2026-10-28T13:30:00Z"})]
    assert "Choose one of the times." in body(await meetings.pick(a_page(), "meeting-8"))


async def test_who_picks_a_time_too_late_sees_the_next_three() -> None:
    offers = [{"starts_at": f"2026-10-2{day}T13:30:00Z", "ends_at": f"2026-10-2{day}T14:15:00Z", "why": "quiet"} for day in (7, 8, 9)]
    gone = BackendRefused(problem(409, "x", slug="time-taken", next_=offers))
    page = a_page(("starts_at", "2026-10-28T13:30:00Z"), refusing={"scheduling POST /meetings/meeting-8/pick": gone})
    shown = body(await meetings.pick(page, "meeting-8"))
    assert "One of you is not free at this time any more." in shown
    assert "The next times at which you are both free" in shown
    assert shown.count("Propose this one") == 3
    assert f"/partnerships/{PAIR}/times?minutes=45&amp;chosen=2026-10-27T13%3A30%3A00%2B00%3A00" in shown


async def test_a_partner_who_asks_for_another_time_is_answered_by_a_button() -> None:
    shown = body(await meetings.meeting(a_page(), "meeting-10"))
    assert "Deborah asks for another time" in shown
    assert 'action="/meetings/meeting-10/pick"' in shown
    assert 'action="/meetings/meeting-10/keep"' in shown
    page = a_page()
    await moving.keep(page, "meeting-10")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-10/keep", {})]


async def test_one_says_whether_one_comes_by_a_button_alone() -> None:
    shown = body(await meetings.meeting(a_page(), "meeting-10"))
    assert "Deborah cannot come." in shown
    assert 'id="answer"' in shown
    page = a_page(("coming", "declined"))
    await moving.answer(page, "meeting-6")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-6/answer", {"coming": "declined"})]


async def test_a_mail_nobody_vouches_for_is_shown_as_such() -> None:
    shown = body(await meetings.meeting(a_page(), "meeting-11"))
    assert "nobody vouches for" in shown
    assert "eve@example.net" in shown
    assert "Deborah comes." not in shown


async def test_a_meeting_can_be_asked_to_be_moved_instead_of_moved() -> None:
    page = a_page(("starts", CHOSEN_AT), ("ask", "yes"))
    await times.move(page, "meeting-6")
    assert sent(page, "scheduling") == [("POST", "/meetings/meeting-6/propose-move", {"starts": [CHOSEN_AT]})]


async def test_only_who_may_book_is_shown_the_button_for_it() -> None:
    assert "Book one at once" in body(await times.times(a_page(), PAIR, WANTED))
    page = a_page()
    page.scheduling.answers[f"/partnerships/{PAIR}/slots"]["may_book"] = False  # type: ignore[attr-defined]  # a fake
    assert "Book one at once" not in body(await times.times(page, PAIR, WANTED))


async def test_one_says_what_ones_partner_need_not_ask() -> None:
    page = a_page(("partner_may_book", "yes"))
    await me.keep_policy(page)
    assert sent(page, "scheduling") == [("PUT", "/policy/mine", {"partner_may_book": True, "partner_may_move": False})]
    shown = body(await me.me(a_page()))
    assert 'name="partner_may_move" value="yes" checked' in shown
    assert 'name="partner_may_book" value="yes">' in shown


async def test_two_taps_need_both_answers_and_keep_the_line() -> None:
    page = a_page(("worth_it", "yes"), ("line", "Ask about the budget."))
    shown = body(await meetings.feedback(page, "meeting-5"))
    assert "One tap is enough." in shown
    assert "Ask about the budget." in shown
    page = a_page(("worth_it", "yes"), ("did_as_agreed", "no"), ("line", ""), ("back", "/"))
    answer = await meetings.feedback(page, "meeting-5")
    assert sent(page, "goals") == [("POST", "/meetings/meeting-5/feedback", {"worth_it": True, "did_as_agreed": False, "line": ""})]
    assert answer.headers["location"] == "/"


async def test_hints_are_asked_for_what_is_written_so_far_and_nothing_is_kept() -> None:
    page = a_page(("title", "Be better"), ("why", ""), ("partnership", PAIR))
    shown = body(await goals.check(page))
    assert sent(page, "goals") == [("POST", "/goals/check", {"title": "Be better"})]
    assert "How will you know that it went well?" in shown
    assert ">Be better</textarea>" in shown


async def test_a_goal_is_written_with_its_day_or_without() -> None:
    page = a_page(
        ("partnership", PAIR), ("title", "Run the review"), ("due_on", ""), ("shared", "yes"), ("kind", "next_role"), ("area", "work")
    )
    page.goals.answers[f"POST /partnerships/{PAIR}/goals"] = {"goal_id": "goal-9"}  # type: ignore[attr-defined]  # a fake
    answer = await goals.write(page)
    (asked,) = sent(page, "goals")
    assert asked[2]["due_on"] is None
    assert asked[2]["shared"] is True
    assert answer.headers["location"] == "/goals/goal-9"


async def test_a_day_in_the_past_is_marked_in_german_with_what_was_typed_kept() -> None:
    refusal = refused(422, "x", {"due_on": "This day has passed; pick one from today on."})
    page = a_page(
        ("partnership", PAIR),
        ("title", "Run the review"),
        ("due_on", "2020-01-01"),
        refusing={f"goals POST /partnerships/{PAIR}/goals": refusal},
        locale="de",
    )
    shown = body(await goals.write(page))
    assert "Dieser Tag ist vorbei; wähle einen ab heute." in shown
    assert 'value="2020-01-01"' in shown


async def test_only_known_deeds_reach_a_step() -> None:
    page = a_page(("deed", "done"))
    await goals.revise_step(page, "goal-1", "s4")
    assert sent(page, "goals") == [("POST", "/goals/goal-1/steps/s4/done", None)]
    page = a_page(("deed", "explode"), ("step_text", "Ask Bao"), ("step_due_on", ""))
    await goals.revise_step(page, "goal-1", "s4")
    assert sent(page, "goals") == [("PUT", "/goals/goal-1/steps/s4", {"text": "Ask Bao", "due_on": None})]


async def test_working_hours_of_the_same_kind_go_together() -> None:
    form = [(f"{edge}-{day}-1", hour) for day in range(3) for edge, hour in (("start", "09:00"), ("end", "17:00"))]
    page = a_page(
        ("zone", "Europe/Lisbon"), ("notice_hours", "24"), ("buffer_minutes", ""), *form, ("start-0-2", "19:00"), ("end-0-2", "20:00")
    )
    await me.keep_hours(page)
    (asked,) = sent(page, "scheduling")
    assert asked[2]["hours"] == [{"days": [0, 1, 2], "start": "09:00", "end": "17:00"}, {"days": [0], "start": "19:00", "end": "20:00"}]
    assert asked[2]["buffer_minutes"] == 0


async def test_a_week_without_hours_is_refused_in_place() -> None:
    page = a_page(("zone", "Europe/Lisbon"))
    shown = body(await me.keep_hours(page))
    assert sent(page, "scheduling") == []
    assert "Give at least one day with a beginning and an end." in shown


async def test_a_calendar_password_is_never_written_back_into_the_page() -> None:
    refusal = refused(422, "x", {"password": "The calendar server does not take this user name and password."})
    form = [("url", "https://calendar.example.org/"), ("username", "ines"), ("password", "geheim-4711")]
    page = a_page(*form, refusing={"scheduling POST /calendars/mine": refusal})
    shown = body(await calendars.connect(page, "caldav"))
    assert "geheim-4711" not in shown
    assert "does not take this user name and password" in shown
    page = a_page(*form, ("kind", "caldav"), refusing={"scheduling PUT /calendars/calendar-1": refusal})
    shown = body(await calendars.connect_again(page, "calendar-1"))
    assert "geheim-4711" not in shown
    assert "does not take this user name and password" in shown


async def test_a_published_calendar_is_connected_by_its_address_alone() -> None:
    page = a_page(("url", "webcal://calendar.example.org/x.ics"), ("username", "ines"))
    await calendars.connect(page, "feed")
    assert sent(page, "scheduling") == [("POST", "/calendars/mine", {"kind": "feed", "url": "webcal://calendar.example.org/x.ics"})]


async def test_which_calendars_count_and_where_meetings_go_is_chosen_by_the_account_holder() -> None:
    page = a_page(("reads", "https://a.example/1/"), ("reads", "https://a.example/2/"), ("target", ""))
    await calendars.choose(page, "calendar-1")
    wanted = {"reads": ["https://a.example/1/", "https://a.example/2/"], "target": None}
    assert sent(page, "scheduling") == [("PUT", "/calendars/calendar-1/places", wanted)]


async def test_a_calendar_that_must_be_connected_again_says_so_with_the_day_it_was_read_last() -> None:
    shown = body(await calendars.calendars(a_page()))
    assert 'href="/me/calendars/calendar-2">Connect it again' in shown
    assert "Last checked on" in shown
    assert "never counts as free" in shown


async def test_no_file_is_no_calendar() -> None:
    assert "Choose a file that ends in .ics." in body(await calendars.connect(a_page(("file", "")), "file"))


async def test_a_notice_is_marked_as_seen_and_the_filter_stays() -> None:
    page = a_page(("show", "new"))
    answer = await inbox.see(page, "n1")
    assert sent(page, "notifications") == [("POST", "/inbox/n1/seen", None)]
    assert answer.headers["location"] == "/inbox?show=new"


async def test_somebody_who_is_neither_of_the_two_is_shown_the_managers_page() -> None:
    answer = await partnerships.partnership(a_page(who="linh"), PAIR)
    assert answer.headers["location"] == f"/manage/programmes/{PROGRAMME}/partnerships/{PAIR}"


async def test_a_mentor_may_add_to_the_agenda_but_not_order_it() -> None:
    shown = body(await partnerships.partnership(a_page(who=DEBORAH), PAIR))
    assert "Add to the agenda" in shown
    assert "/move" not in shown
    assert "/agenda/fill" not in shown


@pytest.mark.parametrize("path", ["goals /charters/pair-1", "goals /partnerships/pair-1/goals", "scheduling /partnerships/pair-1/series"])
async def test_a_partnership_a_service_has_not_heard_of_yet_can_be_opened(path: str) -> None:
    service, _, missing = path.partition(" ")
    page = a_page()
    del getattr(page, service).answers[missing]
    for asked in (
        partnerships.partnership(page, PAIR),
        charters.charter(page, PAIR),
        times.times(page, PAIR, times.Wanted()),
        home.home(page),
    ):
        assert (await asked).status_code == 200


async def test_a_time_that_is_no_time_is_asked_again() -> None:
    page = a_page(("starts", "tomorrow"), ("minutes", "a while"))
    await times.arrange(page, PAIR)
    assert sent(page, "scheduling")[0][2]["minutes"] == 45


@pytest.mark.parametrize(
    ("referer", "path"),
    [
        ("https://tandem.example/goals?x=1", "/goals?x=1"),
        ("https://elsewhere.example/goals", "/me"),
        ("https://tandem.example//elsewhere.example", "/me"),
        ("", "/me"),
    ],
)
def test_a_new_language_leads_back_to_where_one_was(referer: str, path: str) -> None:
    page = a_page()
    headers = [(b"host", b"tandem.example"), (b"referer", referer.encode())]
    page.request = Request({"type": "http", "method": "POST", "path": "/me/language", "headers": headers, "query_string": b""})
    assert me.came_from(page) == path


async def test_the_page_of_times_asks_scheduling_once_and_lets_it_choose_the_week() -> None:
    page = a_page()
    await times.times(page, PAIR, WANTED)
    asked = {"from": None, "days": 14, "minutes": None, "moving": None, "language": "en"}
    assert page.scheduling.asked == [("GET", f"/partnerships/{PAIR}/slots", asked)]  # type: ignore[attr-defined]  # a fake
