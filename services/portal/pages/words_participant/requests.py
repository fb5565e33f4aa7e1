"""Words for a request: whom it is with, until when, what follows, and how it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant.marks import marked


@dataclass(frozen=True)
class Standing:
    """Where a request stands, in a title, and what that means for who asks, in a sentence or two."""

    title: str
    text: str


_TITLES = {
    "asked": marked("%(name)s is asked"),
    "with_manager": marked("The managers look for a mentor for you"),
    "escalated": marked("Your request is with all managers of the programme"),
    "proposed": marked("The managers have found somebody for you"),
    "accepted": marked("You have a mentor"),
}
_TEXTS = {
    "asked": marked("%(name)s has time to answer until %(day)s."),
    "with_manager": marked("Those you named cannot take you on right now. You hear from the managers by %(day)s."),
    "escalated": marked("It has not been settled yet. Any of them can help now, until %(day)s."),
    "proposed": marked("Both of you are asked, and have time to answer until %(day)s."),
    "accepted": marked("Your partnership has begun. Begin with your charter."),
}
_FOLLOWS = {
    "next_mentor": marked("Without an answer by then, we ask %(next)s."),
    "manager": marked("Without an answer by then, the managers of the programme help you."),
    "all_managers": marked("After that, all managers of the programme are told."),
    "closed": marked("If nobody finds a mentor by then, your request ends and you are first in line for the next match."),
}
_ENDED = {
    "withdrawn": (marked("You have taken your request back"), marked("Nobody is asked any more.")),
    "partner_found": (marked("You have found a partner in another way"), marked("So nobody is asked any more.")),
    "not_taking_part": (marked("Your request has ended"), marked("You do not take part in the programme any more, so nobody is asked.")),
    "programme_closed": (marked("Your request has ended"), marked("The programme takes nobody any more, so nobody is asked.")),
    "by_manager": (marked("Your request has ended without a mentor"), marked("That is no judgement of you. The managers write:")),
    "nobody_answered": (
        marked("Your request has ended without a mentor"),
        marked("Nobody could help in time, and that is not your fault. You are first in line for the next match."),
    ),
}


def request_standing(request: Mapping[str, Any], names: Mapping[str, str], speech: Speech) -> Standing:
    """Where a request of one's own stands. `names`: what to call the mentors, by id."""
    if request["state"] == "closed":
        title, text = _ENDED[request["reason"]]
        return Standing(speech.gettext(title), speech.gettext(text))
    places = {"name": _first(request, "asked", names), "next": _first(request, "waiting", names)}
    if request["deadline_at"]:
        places["day"] = speech.weekday(speech.local(datetime.fromisoformat(request["deadline_at"])).date())
    title, sentences = _TITLES[request["state"]], [_TEXTS[request["state"]], _FOLLOWS.get(request["follows"] or "", "")]
    text = " ".join(speech.gettext(one) for one in sentences if one)
    return Standing(speech.gettext(title) % places, text % places)


def _first(request: Mapping[str, Any], answer: str, names: Mapping[str, str]) -> str:
    """The first of the mentors of whom this is the answer."""
    return next((names[wish["mentor_id"]] for wish in request["wishes"] if wish["answer"] == answer), "")


def wish_state(answer: str, speech: Speech) -> tuple[str, str]:
    """What has become of one of the mentors one has named, and the tone of its dot."""
    words = {
        "waiting": (speech.gettext("comes later"), ""),
        "asked": (speech.gettext("is asked now"), "now"),
        "accepted": (speech.gettext("said yes"), "ok"),
        "passed": (speech.gettext("did not come about"), "off"),
        "withdrawn": (speech.gettext("you took it back"), "off"),
    }
    return words[answer]


def my_answer(code: str, speech: Speech) -> tuple[str, str]:
    """What one has answered as a mentor, and the tone of its dot."""
    words = {
        "awaited": (speech.gettext("waits for your answer"), "now"),
        "accepted": (speech.gettext("you are partners"), "ok"),
        "declined": (speech.gettext("you have said no"), "off"),
        "not_needed": (speech.gettext("your answer is no longer needed"), "off"),
    }
    return words[code]
