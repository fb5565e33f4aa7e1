"""What a service's no means, in the reader's language. A rule that is not here reads as its service words it."""

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.sentences import said
from services.portal.pages.words_participant.calendars import CALENDAR_COMPLAINTS
from services.portal.pages.words_participant.clouds import CLOUD_COMPLAINTS, CLOUD_REFUSALS
from services.portal.pages.words_participant.marks import marked

_REFUSALS: dict[str, str] = {
    "charter-has-changed": marked("The charter has changed since you read it. Look at the newest version first."),
    "nothing-to-sign": marked("Nobody has proposed a charter yet. There is nothing to sign."),
    "the-other-one-signs": marked("You have proposed this version, so it is the other one who signs it or proposes a change."),
    "the-same-is-proposed-already": marked("The other one has proposed exactly these words already. You only need to sign."),
    "goal-is-closed": marked("This goal is closed. Write a new one to go on."),
    "too-many-steps": marked("A goal holds at most 100 steps. Make two goals of it."),
    "feedback-is-given-once": marked("You have said how this meeting went. It is kept as you said it then."),
    "meeting-has-not-ended": marked("The meeting is not over yet. Say how it went afterwards."),
    "meeting-did-not-take-place": marked("The meeting did not take place, so there is nothing to say about it."),
    "partnership-has-ended": marked("This partnership has ended. What it holds can be read, not changed."),
    "partnership-over": marked("This partnership has ended."),
    "proposal-closed": marked("This proposal has been answered or withdrawn, or its time has passed."),
    "no-place-left": marked("The last place is taken: somebody else was quicker. You are first in line for the next one."),
    "partner-found": marked("The protégé has a partner already."),
    "already-asking": marked("You have a request under way in this programme. Withdraw it first, or change its order."),
    "no-self-service": marked("In this programme the managers find the mentors."),
    "request-moved-on": marked("This request does not wait for your answer any more."),
    "request-over": marked("This request has ended."),
    "programme-not-open": marked("This programme takes nobody right now."),
    "already-enrolled": marked("You take part in this programme already, or have asked to."),
    "enrolment-settled": marked("This enrolment has been decided on or withdrawn."),
    "enrolment-not-open": marked("Nobody can enrol in this programme yet."),
    "enrolment-over": marked("The time to enrol has passed. Ask the programme's managers."),
    "may-not-enrol": marked("This programme is not for everybody. Ask its managers whom it is for."),
    "not-taking-part": marked("This person does not take part at present."),
    "still-in-partnership": marked("There is a running partnership. End it first."),
    "no-plan-open": marked("No plan waits for an answer any more."),
    "ask-first": marked("Your partner wants to be asked. Propose times instead of booking one."),
    "time-passed": marked("This time has already passed."),
    "time-taken": marked("One of you is not free at this time any more. Choose another one."),
    "not-proposed": marked("This time is not one of those that were proposed."),
    "not-waiting-for-answer": marked("This meeting is not waiting for an answer any more."),
    "not-booked": marked("This meeting has no time that could be changed: it was cancelled, is over, or is still to be picked."),
    "meeting-over": marked("This meeting is over."),
    "too-many-calendars": marked("You have connected as many calendars as Tandem reads for one person."),
    "not-yet-begun": marked("A meeting can be missed only once it should have begun."),
    "not-over-yet": marked("Only what is over can be noted down, and this has not ended yet."),
    "met-otherwise": marked("One of you has another meeting noted down at this time."),
    "nothing-to-say": marked("Nobody says any more that this meeting was missed."),
    "agenda-full": marked("The agenda is full. Tick something off first."),
    **CLOUD_REFUSALS,
}


def refusal(slug: str, speech: Speech) -> str:
    """The rule in words, or nothing when it is not known here."""
    return speech.gettext(_REFUSALS[slug]) if slug in _REFUSALS else ""


_COMPLAINTS = frozenset(
    {
        marked("This day has passed; pick one from today on."),
        marked("What do you want to have done?"),
        marked("What is the step?"),
        marked("Say in a few words why it changes; later you will want to know."),
        marked("Please write something here."),
        marked("You can meet every week, or every 2, 3, 4, 5 or 6 weeks."),
        marked("Write a number of hours from 0 to 336, for example 24."),
        marked("This is not an answer to the question."),
        marked("This question needs an answer."),
        marked("Working hours go from one time of day to another one."),
        marked("The meeting is at this time already."),
        marked("This was before your partnership began."),
        marked("A meeting lasts 15 to 240 minutes."),
        marked("You have said something else of these days already."),
        marked("The last day comes before the first one."),
        marked("How far ahead is 0 to 365 days."),
        marked("How many meetings is 0 to 20."),
        marked("Notes have at most 10000 characters."),
        marked("This mentor cannot be asked in this programme."),
    }
)
_KNOWN = _COMPLAINTS | CALENDAR_COMPLAINTS | CLOUD_COMPLAINTS


def complaint(message: str, speech: Speech) -> str:
    """What a service says about one field, in the reader's language where it is known here."""
    return speech.gettext(message) if message in _KNOWN else said(message, speech.translations)
