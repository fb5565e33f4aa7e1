"""What each kind of notice says in the inbox, and the one thing one can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant.marks import marked
from services.portal.pages.words_participant.people import role


@dataclass(frozen=True, kw_only=True)
class NoticeWords:
    """A notice in words. `person_id` is whose face stands beside it, if anybody's."""

    title: str
    about: str
    action: str
    href: str
    icon: str
    person_id: str | None


@dataclass(frozen=True)
class _Wording:
    """`about` and `action` may be empty. Names in the texts: %(name)s the other one, %(time)s when, %(pairs)s how many."""

    title: str
    about: str
    action: str
    icon: str
    face: str | None = "other_id"


_WORDINGS: dict[str, _Wording] = {
    "proposal_made": _Wording(
        marked("Would you like %(name)s as a partner?"),
        marked("We think that the two of you fit. One click is enough for an answer."),
        marked("Look and answer"),
        "pair",
    ),
    "proposal_accepted": _Wording(
        marked("%(name)s has said yes"), marked("Once both have said yes, you are partners."), marked("Look"), "check"
    ),
    "proposal_declined": _Wording(
        marked("This pairing does not come about"),
        marked("You are first in line for the next one. There is nothing you need to do."),
        "",
        "pair",
        None,
    ),
    "place_free_again": _Wording(
        marked("This pairing does not come about"),
        marked("Your place is free again. There is nothing you need to do."),
        "",
        "pair",
        None,
    ),
    "pairing_declined": _Wording(
        marked("%(protege)s and %(mentor)s do not become partners"),
        marked("One of them has declined."),
        marked("Look"),
        "pair",
        None,
    ),
    "proposal_withdrawn": _Wording(
        marked("A pairing was taken back"),
        marked("The programme has taken it back before it was decided. A new one may follow."),
        "",
        "undo",
        None,
    ),
    "proposal_expired": _Wording(
        marked("The time to answer a pairing has passed"),
        marked("Nobody holds it against you. The programme looks for another one."),
        "",
        "clock",
        None,
    ),
    "pairing_expired": _Wording(
        marked("%(protege)s and %(mentor)s have not both answered in time"),
        marked("Both can be paired again."),
        marked("Look"),
        "clock",
        None,
    ),
    "request_made": _Wording(
        marked("%(name)s would like you as a mentor"),
        marked("One click is enough for an answer, and a no needs no reason."),
        marked("Look and answer"),
        "pair",
    ),
    "request_forwarded": _Wording(
        marked("Your next choice is asked: %(name)s"), marked("There is nothing you need to do."), marked("See where it stands"), "pair"
    ),
    "request_with_manager": _Wording(
        marked("The programme looks for a mentor for you"),
        marked("Those you named could not say yes this time. There is nothing you need to do."),
        marked("See where it stands"),
        "people",
        None,
    ),
    "request_referred": _Wording(
        marked("%(protege)s needs your help to find a mentor"), marked("It is in your hands now."), marked("Help"), "people", "protege_id"
    ),
    "request_escalated": _Wording(
        marked("%(protege)s still waits for a mentor"),
        marked("Any manager of the programme can help."),
        marked("Help"),
        "warn",
        "protege_id",
    ),
    "request_closed": _Wording(
        marked("Your request has ended without a mentor"),
        marked("That happens, and it is no judgement of you. Its page says what you can do next."),
        marked("Look"),
        "info",
        None,
    ),
    "request_taken_back": _Wording(
        marked("You need not answer %(name)s any more"), marked("The request has been settled another way."), "", "undo"
    ),
    "partnership_started": _Wording(
        marked("You and %(name)s are partners"),
        marked("The first thing to do together: say what you need and agree on a rhythm."),
        marked("Begin the charter"),
        "pair",
    ),
    "partnership_ended": _Wording(
        marked("Your partnership with %(name)s has ended"),
        marked("What you wrote stays yours to read."),
        marked("Look back"),
        "pair",
    ),
    "pair_ended": _Wording(marked("%(protege)s and %(mentor)s have ended their partnership"), "", marked("Look"), "pair", None),
    "match_run_finished": _Wording(
        marked("The match is there as a draft"),
        marked("%(pairs)s pairs, %(left_out)s people without a partner."),
        marked("Look at the draft"),
        "match",
        None,
    ),
    "match_run_failed": _Wording(
        marked("The match ended without a draft"),
        marked("Nothing was changed. You can start it again."),
        marked("Look"),
        "warn",
        None,
    ),
    "match_published": _Wording(marked("%(pairs)s pairs have been asked"), "", marked("Follow the answers"), "match", None),
    "match_publishing_undone": _Wording(
        marked("A publishing was taken back"), marked("Nobody had answered yet."), marked("Look"), "undo", None
    ),
    "enrolment_requested": _Wording(
        marked("%(person)s would like to take part"), marked("as %(role)s"), marked("Approve or decline"), "people", "person_id"
    ),
    "enrolment_approved": _Wording(
        marked("You take part as %(role)s"), marked("We tell you as soon as there is somebody for you."), "", "check", None
    ),
    "enrolment_declined": _Wording(
        marked("The programme has no place for you this time"),
        marked("That says nothing about you. You can enrol again in another one."),
        marked("Other programmes"),
        "info",
        None,
    ),
    "enrolment_withdrawn": _Wording(
        marked("%(person)s does not take part any more"), marked("as %(role)s"), marked("Look"), "people", "person_id"
    ),
    "charter_proposed": _Wording(
        marked("%(name)s has proposed your charter"),
        marked("Read it, then sign or propose a change."),
        marked("Read and answer"),
        "edit",
    ),
    "charter_signed": _Wording(
        marked("Your charter with %(name)s is signed"), marked("Tandem now offers times in the rhythm you agreed."), "", "check"
    ),
    "meeting_proposed": _Wording(
        marked("%(name)s proposes times to meet"), marked("Pick the one that suits you."), marked("Pick a time"), "calendar"
    ),
    "meeting_move_proposed": _Wording(
        marked("%(name)s asks for another time to meet"), marked("Your meeting stands until you pick one."), marked("Answer"), "swap"
    ),
    "plan_proposed": _Wording(
        marked("%(name)s proposes your next meetings"), marked("Agree to all of them, or to none."), marked("Look"), "calendar"
    ),
    "plan_declined": _Wording(
        marked("%(name)s does not agree to the meetings you proposed"), marked("None of them was arranged."), marked("Look"), "calendar"
    ),
    "meeting_rezoned": _Wording(
        marked("The clocks have new rules"),
        marked("You meet %(name)s on %(day)s at %(time)s, %(their_time)s there."),
        marked("Look"),
        "clock",
        None,
    ),
    "meeting_kept": _Wording(
        marked("%(name)s would rather leave your meeting where it is"), marked("It stands as it was."), marked("Open"), "calendar"
    ),
    "enrolment_paused": _Wording(
        marked("You pause until %(day)s"), marked("The programme has put you on pause. Until then you are not matched."), "", "clock", None
    ),
    "enrolment_resumed": _Wording(marked("Your pause is over"), marked("You can be matched again from now on."), "", "check", None),
    "enrolment_ended": _Wording(
        marked("A programme has ended"), marked("You need not wait for a partner there any more."), "", "info", None
    ),
    "programme_review": _Wording(
        marked("People wait for you"),
        marked("To be approved: %(waiting_approval)s. For a partner: %(waiting_partner)s."),
        marked("Look"),
        "clock",
        None,
    ),
    "partnership_paused": _Wording(
        marked("%(name)s and you pause until %(day)s"), marked("Until then we remind you of nothing."), "", "clock"
    ),
    "partnership_resumed": _Wording(
        marked("%(name)s and you go on"), marked("A good first step is a time for the next meeting."), marked("Look"), "pair"
    ),
    "partnership_prolonged": _Wording(marked("%(name)s and you have more time"), marked("Your last day is %(day)s now."), "", "calendar"),
    "meeting_booked": _Wording(marked("%(day)s, %(time)s stands"), marked("with %(name)s, %(their_time)s there"), "", "calendar", None),
    "meeting_moved": _Wording(
        marked("%(name)s has moved your meeting"), marked("It is on %(day)s at %(time)s now, %(their_time)s there."), "", "swap"
    ),
    "meeting_cancelled": _Wording(
        marked("%(name)s has cancelled a meeting"),
        marked("You can pick another time right away."),
        marked("Pick another time"),
        "calendar",
    ),
    "meeting_missed": _Wording(
        marked("%(name)s has noted that you did not meet"),
        marked("That happens. The next time is one click away."),
        marked("Pick a time"),
        "calendar",
    ),
    "meeting_tomorrow": _Wording(
        marked("You meet %(name)s on %(day)s at %(time)s"), marked("%(their_time)s there."), marked("Prepare"), "clock"
    ),
    "agenda_empty": _Wording(
        marked("You meet %(name)s on %(day)s at %(time)s"),
        marked("Your agenda is still empty. One question is enough."),
        marked("Write a question"),
        "edit",
    ),
    "meeting_ended": _Wording(
        marked("Two taps about your meeting with %(name)s"),
        marked("Was it worth the time? Did you do what you said?"),
        marked("Answer"),
        "check",
    ),
    "goal_shared": _Wording(marked("%(name)s shares a goal with you"), "", marked("Read it"), "goal"),
}

_DONE_WITH = marked("Look")
"""What is seen and waits for nothing is only looked at, whatever it once asked for."""


def notice_words(notice: Mapping[str, Any], people: Mapping[str, Any], speech: Speech) -> NoticeWords:
    """A notice as its reader reads it. A kind this portal does not know yet is still shown."""
    subject = notice["subject"]
    wording = _WORDINGS.get(notice["kind"], _Wording(marked("There is news for you"), "", marked("Look"), "info", None))
    values = _values(subject, people, speech)
    face = subject.get(wording.face) if wording.face else None
    done = notice["seen_at"] is not None and not notice["needs_answer"]
    return NoticeWords(
        title=_said(wording.title, values, speech),
        about=_said(wording.about, values, speech),
        action=_said(_DONE_WITH if done and wording.action else wording.action, values, speech),
        href=str(notice["link"]),
        icon=wording.icon,
        person_id=face if face in people else None,
    )


def _values(subject: Mapping[str, Any], people: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    """Everything a wording may name. What a notice does not hold reads as a general word, never as an error."""
    someone = speech.gettext("your partner")
    values = {key: str(value) for key, value in subject.items()}
    for word, key, otherwise in (
        ("name", "other_id", someone),
        ("person", "person_id", speech.gettext("Somebody")),
        ("protege", "protege_id", speech.gettext("Somebody")),
        ("mentor", "mentor_id", speech.gettext("somebody")),
    ):
        person = people.get(str(subject.get(key)))
        values[word] = (person.first if word == "name" else person.name) if person else otherwise
    values["role"] = role(str(subject.get("role", "")), speech)
    values.setdefault("pairs", "0")
    values.setdefault("left_out", "0")
    values.setdefault("waiting_approval", "0")
    values.setdefault("waiting_partner", "0")
    if "starts_at" in subject:
        starts_at = datetime.fromisoformat(str(subject["starts_at"]))
        other = people.get(str(subject.get("other_id")))
        values |= {
            "day": speech.weekday(speech.local(starts_at).date()),
            "time": speech.time(starts_at),
            "their_time": speech.time(starts_at, other.zone if other else None),
        }
    else:
        last = subject.get("until") or subject.get("ends_on")
        some_day = speech.weekday(date.fromisoformat(str(last))) if last else speech.gettext("a day to come")
        values |= {"day": some_day, "time": "", "their_time": ""}
    return values


def _said(text: str, values: Mapping[str, str], speech: Speech) -> str:
    return speech.gettext(text) % values if text else ""
