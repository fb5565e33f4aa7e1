"""Words for times: why one is offered, what stands in the way of another, and clocks that change."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.portal.pages.pictures_participant import Speech


def meeting_state(code: str, speech: Speech) -> tuple[str, str]:
    """A meeting's state in words, and the tone of its dot."""
    words = {
        "proposed": (speech.gettext("waits for an answer"), ""),
        "booked": (speech.gettext("booked"), "now"),
        "ended": (speech.gettext("met"), "ok"),
        "cancelled": (speech.gettext("cancelled"), "off"),
        "missed": (speech.gettext("did not take place"), "off"),
    }
    return words.get(code, (code, ""))


def why_offered(code: str, speech: Speech) -> str:
    words = {
        "usual_time": speech.gettext("Your usual day and hour"),
        "on_rhythm": speech.gettext("Right in your rhythm"),
        "quiet": speech.gettext("Quiet for both, before and after"),
        "fair_hours": speech.gettext("A good hour for both"),
        "soonest": speech.gettext("The soonest"),
        "free": speech.gettext("You are both free"),
    }
    return words.get(code, words["free"])


def binding(found: Sequence[Mapping[str, Any]], people: Mapping[str, Any], viewer_id: str, speech: Speech) -> list[str]:
    """What of whom stands in the way of a common time, a sentence each."""
    sentences = []
    for bind in found:
        mine = bind["person_id"] == viewer_id
        person = people.get(bind["person_id"])
        wording = _binding(str(bind["constraint"]), speech, mine=mine)
        sentences.append(wording % {"name": person.first if person else speech.gettext("your partner")})
    return sentences


def _binding(constraint: str, speech: Speech, *, mine: bool) -> str:
    if mine:
        words = {
            "no_hours": speech.gettext("You have no working hours in this time."),
            "hours": speech.gettext("Your working hours leave no room."),
            "busy": speech.gettext("Your calendar is full."),
            "buffer": speech.gettext("Your pause between meetings leaves no room."),
            "notice": speech.gettext("You want to know about a meeting earlier than that."),
            "horizon": speech.gettext("This is further ahead than you want to be booked."),
            "full": speech.gettext("You have as many meetings as you want then."),
            "day_off": speech.gettext("You have holidays then."),
        }
    else:
        words = {
            "no_hours": speech.gettext("%(name)s has no working hours in this time."),
            "hours": speech.gettext("The working hours of %(name)s leave no room."),
            "busy": speech.gettext("The calendar of %(name)s is full."),
            "buffer": speech.gettext("The pause that %(name)s keeps between meetings leaves no room."),
            "notice": speech.gettext("%(name)s wants to know about a meeting earlier than that."),
            "horizon": speech.gettext("This is further ahead than %(name)s wants to be booked."),
            "full": speech.gettext("%(name)s has as many meetings as they want then."),
            "day_off": speech.gettext("%(name)s has holidays then."),
        }
    return words.get(constraint, words["busy"])


def relaxation(attempt: str, speech: Speech) -> tuple[str, dict[str, str]]:
    """The cheapest thing that would make a time, in words, and the query that tries it, where a query can."""
    word, _, figure = attempt.partition(":")
    if word == "shorter":
        return speech.gettext("%(minutes)s minutes would fit.") % {"minutes": figure}, {"minutes": figure}
    if word == "later":
        day = date.fromisoformat(figure)
        return speech.gettext("From %(day)s on there is a time.") % {"day": speech.weekday(day)}, {"from": figure}
    if word == "wider":
        hours = speech.number(int(figure) / 60)
        return speech.gettext("%(hours)s more hours at both ends of the day would be enough.") % {"hours": hours}, {}
    words = {
        "buffer": speech.gettext("Without the pause before and after other meetings there is a time."),
        "notice": speech.gettext("At shorter notice there is a time."),
        "full": speech.gettext("With one meeting more than one of you wants there is a time."),
        "horizon": speech.gettext("Nearer to today there may be a time; one of you does not plan so far ahead."),
    }
    return words.get(word, speech.gettext("There is no common time in the next weeks. Talk about your working hours.")), {}


def apart(zone: str, other: str, at: datetime) -> float:
    """How many hours the clocks of two zones are apart at an instant, without sign."""
    difference = _offset(other, at) - _offset(zone, at)
    return abs(difference / timedelta(hours=1))


def clock_change(changes: Sequence[Mapping[str, Any]], other: str, monday: date, speech: Speech) -> tuple[str, str] | None:
    """That a clock changes this week, and what the two clocks are apart now: a headline and a sentence."""
    if not changes:
        return None
    said = [_changed(change, speech) for change in changes]
    start = datetime(monday.year, monday.month, monday.day, tzinfo=ZoneInfo(speech.zone))
    before, after = (apart(speech.zone, other, start + timedelta(days=days)) for days in (-7, 4))
    if before == after:
        headline = speech.gettext("The clocks change this week.")
    else:
        hours = {"now": speech.number(after), "before": speech.number(before)}
        headline = speech.gettext("You are %(now)s hours apart now, not %(before)s.") % hours
    return headline, " ".join([*said, speech.gettext("The times below are right.")])


def _changed(change: Mapping[str, Any], speech: Speech) -> str:
    at = datetime.fromisoformat(str(change["at"]))
    zone = str(change["zone"])
    wording = (
        speech.gettext("%(place)s puts its clocks back on %(day)s.")
        if int(change["minutes"]) < 0
        else speech.gettext("%(place)s puts its clocks forward on %(day)s.")
    )
    return wording % {"place": speech.place(zone), "day": speech.weekday(speech.local(at, zone).date())}


def _offset(zone: str, at: datetime) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
