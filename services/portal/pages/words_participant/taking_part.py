"""Words for somebody's part in a programme: what kind it is, the place in the queue, and why there is nobody yet."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant.marks import marked

_FORMS = {
    "one_to_one": marked("Two meet: one brings questions, one has experience."),
    "circle": marked("A small group meets with one who has experience."),
    "flash": marked("Two meet once, or a few times within weeks."),
    "peer": marked("Two meet as equals: both bring questions, both have experience."),
    "reverse": marked("Two meet, and the one who is lower in rank shares what they know."),
}


def form(code: str, speech: Speech) -> str:
    """Who comes together in a programme, in a sentence."""
    return speech.gettext(_FORMS[code])


def days(programme: Mapping[str, Any], today: date, speech: Speech) -> str:
    """Until when one enrols and when everybody is matched, for whoever thinks about taking part; empty where no day is set."""
    if programme["kind"] != "cohort":
        return ""
    last, matched = programme["enrolment"]["closes_on"], programme["matching_on"]
    if (last or matched or "9999") < today.isoformat():
        return speech.gettext("The others have enrolled already. You would wait for a place that becomes free.")
    when = _WAITS_FOR["matching_day"]
    said = [
        speech.gettext("Enrol by %(day)s.") % {"day": speech.weekday(date.fromisoformat(last))} if last else "",
        speech.gettext(when) % {"day": speech.weekday(date.fromisoformat(matched))} if matched else "",
    ]
    return " ".join(one for one in said if one)


_BECAUSE = {
    "first_come": marked("The order is that of enrolment."),
    "put_back": marked("You are in front, because another said no or left."),
    "late": marked("You came after the others. The order is that of enrolment."),
}
_WAITS_FOR = {
    "matching_day": marked("Everybody is matched on %(day)s."),
    "free_place": marked("All places are taken. As soon as one becomes free, the next in line is asked."),
    "offer": marked("There are free places. You are asked as soon as one fits."),
    "managers": marked("There are free places, and the managers give them out."),
}


def place_in_queue(standing: Mapping[str, Any], of: int, speech: Speech) -> tuple[str, str]:
    """The place as a title, and why and what for in two sentences."""
    title = speech.gettext("You are number %(place)s of %(of)s who wait") % {"place": standing["place"], "of": of}
    day = speech.weekday(date.fromisoformat(standing["matching_on"])) if standing["matching_on"] else ""
    return title, f"{speech.gettext(_BECAUSE[standing['because']])} {speech.gettext(_WAITS_FOR[standing['waits_for']]) % {'day': day}}"


_LEFT_OUT = {
    "no_eligible_mentor": marked("In the last match there was nobody for you: the rules of the programme left no one."),
    "too_few_places": marked("In the last match there were people who would fit you, and fewer places than people who wait."),
    "others_came_first": marked("In the last match there were people who would fit you, and their places went to others."),
}
_RULES = {
    "never_own_line": marked("your own line of management"),
    "shared_language": marked("no language in common"),
    "shared_hours": marked("too few hours in common"),
    "hours_apart": marked("clocks too far apart"),
    "levels_above": marked("the career level"),
    "department": marked("the department"),
}


def left_out(outcome: Mapping[str, Any], speech: Speech) -> str:
    """Why the last match had nobody for the reader, without a word about others; empty where it had, or where there was none."""
    if outcome["outcome"] != "left_out":
        return ""
    sentence = speech.gettext(_LEFT_OUT.get(outcome["reason"] or "", _LEFT_OUT["others_came_first"]))
    kept_away = speech.list_of([speech.gettext(_RULES[rule]) for rule in outcome["rules"] if rule in _RULES])
    why = speech.gettext("What kept some away from you: %(rules)s.")
    return f"{sentence} {why % {'rules': kept_away}}" if kept_away else sentence
