"""Every page of a protégé or a mentor, by name: how it is asked for, so that each can be drawn in every state."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from fastapi.responses import Response

from services.portal.api import (
    afterwards,
    calendar_clouds,
    calendars,
    charters,
    enrolment,
    goals,
    home,
    inbox,
    limits,
    me,
    meetings,
    mentors,
    partnership_course,
    partnerships,
    plans,
    proposals,
    requests,
    times,
    video,
)
from services.portal.api.page import Page
from services.portal.pages.form import Form
from tests.unit.portal.participant.sample import CHOSEN_AT, DEBORAH, PAIR, PROGRAMME, SOFIE

Ask = Callable[[Page], Awaitable[Response]]

CHOSEN = datetime.fromisoformat(CHOSEN_AT)


def wanted(**given: object) -> times.Wanted:
    return times.Wanted(**{"week": None, "start": None, "day": None, "minutes": None, "chosen": None, **given})  # type: ignore[arg-type]


ALWAYS: dict[str, Ask] = {
    "home": home.home,
    "inbox": inbox.inbox,
    "inbox-new": lambda page: inbox.inbox(page, show="new"),
    "proposals": proposals.proposals,
    "programmes": enrolment.programmes,
    "partnerships": partnerships.partnerships,
    "meetings": meetings.meetings,
    "goals": goals.goals,
    "goal-new": goals.new,
    "me": me.me,
    "limits": limits.limits,
    "limits-country": lambda page: limits.limits(page, "DE"),
    "calendars": calendars.calendars,
    "calendar-server": lambda page: calendars.connecting(page, "caldav"),
    "calendar-published": lambda page: calendars.connecting(page, "feed"),
    "calendar-file": lambda page: calendars.connecting(page, "file"),
    "calendar-google": lambda page: calendar_clouds.before(page, "google"),
    "calendar-microsoft": lambda page: calendar_clouds.before(page, "microsoft"),
    "video": video.video,
    "stored": me.stored,
}
"""Pages that exist for everybody, whatever they have or have not."""

OF_A_PAIR: dict[str, Ask] = {
    "partnership": lambda page: partnerships.partnership(page, PAIR),
    "partnership-end": lambda page: partnership_course.ending(page, PAIR),
    "partnership-course": lambda page: partnership_course.course(page, PAIR),
    "charter": lambda page: charters.charter(page, PAIR),
    "charter-needs": lambda page: charters.edit(page, PAIR),
    "charter-trust": lambda page: charters.step_page(page, PAIR, "trust", Form(charters.written(None))),
    "charter-rules": lambda page: charters.step_page(
        page,
        PAIR,
        "ground_rules",
        Form(
            {**charters.written(None), "cancel_notice_hours": "one day"},
            {"cancel_notice_hours": "Write a number of hours, for example 24."},
        ),
    ),
    "charter-versions": lambda page: charters.versions(page, PAIR),
    "meeting-noted": lambda page: afterwards.held(page, PAIR),
    "times": lambda page: times.times(page, PAIR, wanted()),
    "times-chosen": lambda page: times.times(page, PAIR, wanted(week=date(2026, 10, 26), chosen=[CHOSEN])),
}

OF_A_BUSY_PAIR: dict[str, Ask] = {
    "proposal": lambda page: proposals.proposal(page, "proposal-1"),
    "mentors": lambda page: mentors.mentors(page, "programme-3", mentors.Search()),
    "mentors-while-asking": lambda page: mentors.mentors(page, PROGRAMME, mentors.Search()),
    "mentors-chosen": lambda page: mentors.mentors(
        page, "programme-3", mentors.Search(topic="budgets", location="Toronto", chosen=[DEBORAH, SOFIE])
    ),
    "request": lambda page: requests.request(page, "request-1"),
    "request-asked-of-me": lambda page: requests.request(page, "request-2"),
    "enrolment": lambda page: enrolment.enrolling(page, PROGRAMME),
    "enrolment-choose": lambda page: enrolment.enrolling(page, "programme-2"),
    "enrolment-mentor": lambda page: enrolment.enrolling(page, "programme-2", role="mentor"),
    "partnership-ended": lambda page: partnerships.partnership(page, "pair-0"),
    "charter-none": lambda page: charters.charter(page, "pair-0"),
    "meeting": lambda page: meetings.meeting(page, "meeting-6"),
    "meeting-taps": lambda page: meetings.meeting(page, "meeting-5"),
    "meeting-said": lambda page: meetings.meeting(page, "meeting-1"),
    "meeting-missed": lambda page: meetings.meeting(page, "meeting-3"),
    "meeting-running": lambda page: meetings.meeting(page, "meeting-9"),
    "meeting-proposed": lambda page: meetings.meeting(page, "meeting-8"),
    "plan": lambda page: plans.plan(page, PAIR),
    "plan-waits": lambda page: plans.plan(page, "pair-0"),
    "meeting-asked-to-move": lambda page: meetings.meeting(page, "meeting-10"),
    "meeting-strangers": lambda page: meetings.meeting(page, "meeting-11"),
    "meeting-move": lambda page: times.other_times(page, "meeting-6", wanted()),
    "calendar": lambda page: calendars.calendar(page, "calendar-1"),
    "calendar-to-reconnect": lambda page: calendars.calendar(page, "calendar-2"),
    "goal": lambda page: goals.goal(page, "goal-1"),
    "goal-empty": lambda page: goals.goal(page, "goal-2"),
    "goal-edit": lambda page: goals.edit(page, "goal-1"),
}

EVERYTHING = {**ALWAYS, **OF_A_PAIR, **OF_A_BUSY_PAIR}
