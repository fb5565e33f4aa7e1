"""What each kind of notice says by mail, in English; `locale/` has it in other languages.

Plain and short, no blame, nothing private. Names in braces are filled in by `letter.py`.
"""

from dataclasses import dataclass

from services.notifications.domain import Kind


@dataclass(frozen=True, kw_only=True)
class Words:
    """One kind's letter."""

    subject: str
    lines: tuple[str, ...]
    action: str
    """What the reader does next: the words on the button."""


WORDS: dict[Kind, Words] = {
    Kind.PROPOSAL_MADE: Words(
        subject="{other} and you could be partners",
        lines=(
            "We think that {other} and you fit well. Their page says why.",
            "Please say yes or no by {deadline}. If you both say yes, your partnership begins.",
        ),
        action="Look and answer",
    ),
    Kind.PROPOSAL_DECLINED: Words(
        subject="The pairing with {other} does not come about",
        lines=(
            "The pairing that was proposed to you does not come about this time. That happens, and it is no judgement of you.",
            "You are first in line for the next one. You need not do anything.",
        ),
        action="See where you stand",
    ),
    Kind.PLACE_FREE_AGAIN: Words(
        subject="The pairing with {other} does not come about",
        lines=(
            "The pairing that was proposed to you does not come about this time. That happens, and it is no judgement of you.",
            "Your place is free again for somebody else. You need not do anything.",
        ),
        action="See where you stand",
    ),
    Kind.PAIRING_DECLINED: Words(
        subject="{protege} and {mentor} do not become partners",
        lines=(
            "In {programme}, {by} has declined the pairing of {protege} and {mentor}.",
            "The place is free again and {protege} waits. The reason is on the page of the proposals.",
        ),
        action="Open the proposals",
    ),
    Kind.PROPOSAL_WITHDRAWN: Words(
        subject="The proposal about {other} was taken back",
        lines=(
            "The programme has taken the proposal about {other} and you back. You need not answer it any more.",
            "When there is another one you will hear from us.",
        ),
        action="See where you stand",
    ),
    Kind.REQUEST_MADE: Words(
        subject="{other} would like you as a mentor",
        lines=(
            "{other} takes part in {programme} and would like to learn from you. Their page says why.",
            "Please say yes or no by {deadline}. If you say yes, your partnership begins. A no needs no reason.",
        ),
        action="Look and answer",
    ),
    Kind.REQUEST_REFERRED: Words(
        subject="{protege} needs your help to find a mentor",
        lines=(
            "In {programme}, {protege} has asked for a mentor, and it has not come about. It is in your hands now.",
            "Please bring {protege} together with a mentor, propose one, or end it kindly by {deadline}.",
        ),
        action="Help",
    ),
    Kind.REQUEST_ESCALATED: Words(
        subject="{protege} still waits for a mentor",
        lines=(
            "In {programme}, {protege} has asked for a mentor and waits for word from you who manage the programme.",
            "Any of you can help until {deadline}. After that the request ends, and {protege} is first in line at the next match.",
        ),
        action="Help",
    ),
    Kind.REQUEST_CLOSED: Words(
        subject="Your request for a mentor has ended",
        lines=(
            "This time your request in {programme} has not led to a mentor. That happens, and it is no judgement of you.",
            "Its page says more, and what you can do next.",
        ),
        action="See where you stand",
    ),
    Kind.PARTNERSHIP_STARTED: Words(
        subject="{other} and you are partners",
        lines=(
            "You have both said yes: your partnership has begun.",
            "A good first step is your charter: what you need, what you can rely on, and how often you meet.",
        ),
        action="Begin with the charter",
    ),
    Kind.PARTNERSHIP_ENDED: Words(
        subject="Your partnership with {other} has ended",
        lines=("Your partnership with {other} has ended. What you have written down stays where it is.",),
        action="Look back",
    ),
    Kind.MATCH_RUN_FAILED: Words(
        subject="The match run has ended without a result",
        lines=(
            "The match run you started in {programme} has ended without a result. Nothing has been changed.",
            "Please start it again. If it ends like this once more, tell whoever runs Tandem for you.",
        ),
        action="Open the run",
    ),
    Kind.ENROLMENT_APPROVED: Words(
        subject="You take part in {programme}",
        lines=(
            "Your enrolment in {programme} is approved.",
            "When there is a partner for you, you will hear from us.",
        ),
        action="Open the programme",
    ),
    Kind.ENROLMENT_DECLINED: Words(
        subject="Your enrolment in {programme}",
        lines=(
            "{programme} has no place for you this time.",
            "The people who run the programme are glad to tell you more.",
        ),
        action="See other programmes",
    ),
    Kind.ENROLMENT_PAUSED: Words(
        subject="You pause in {programme}",
        lines=("The people who run {programme} have put you on pause until {day}. Until then you are not matched.",),
        action="Open the programme",
    ),
    Kind.ENROLMENT_RESUMED: Words(
        subject="Your pause in {programme} is over",
        lines=("Your pause is over. You can be matched again from now on.", "If you need more time, you can pause again."),
        action="Open the programme",
    ),
    Kind.ENROLMENT_ENDED: Words(
        subject="{programme} has ended",
        lines=("{programme} takes nobody any more, so you need not wait for a partner there.", "Thank you for having taken part."),
        action="See other programmes",
    ),
    Kind.PROGRAMME_REVIEW: Words(
        subject="People wait in {programme}",
        lines=("To be approved: {waiting_approval}. For a partner: {waiting_partner}.", "They see that they wait, and hear from you next."),
        action="Open the programme",
    ),
    Kind.PARTNERSHIP_PAUSED: Words(
        subject="{other} and you pause until {day}",
        lines=("Your partnership with {other} stands still until {day}. Until then we remind you of nothing.",),
        action="Open the partnership",
    ),
    Kind.PARTNERSHIP_RESUMED: Words(
        subject="{other} and you go on",
        lines=("Your partnership with {other} goes on. A good first step is a time for the next meeting.",),
        action="Find a time",
    ),
    Kind.CHARTER_PROPOSED: Words(
        subject="{other} has proposed your charter",
        lines=(
            "{other} has written down how you two could work together.",
            "Read it, then sign it or propose a change.",
        ),
        action="Read the charter",
    ),
    Kind.MEETING_PROPOSED: Words(
        subject="{other} proposes times to meet",
        lines=("{other} would like to meet you and proposes times at which you are both free. Pick the one that suits you.",),
        action="Pick a time",
    ),
    Kind.MEETING_MOVE_PROPOSED: Words(
        subject="{other} asks for another time to meet",
        lines=("{other} would like to move your meeting of {start}. Pick the time that suits you, or leave the meeting where it is.",),
        action="Answer",
    ),
    Kind.PLAN_PROPOSED: Words(
        subject="{other} proposes your next meetings",
        lines=("{other} has planned several meetings at once, at times at which you are both free. Agree to all of them, or to none.",),
        action="Look at them",
    ),
    Kind.PLAN_DECLINED: Words(
        subject="{other} does not agree to the meetings you proposed",
        lines=("None of them was arranged. Plan others, or arrange the next one alone.",),
        action="Open the partnership",
    ),
    Kind.MEETING_REZONED: Words(
        subject="The clocks change their rules, and your meeting with {other} with them",
        lines=("You meet {other} on {start}. The time on the wall is as you agreed it; elsewhere it may be another hour now.",),
        action="Open the meeting",
    ),
    Kind.MEETING_KEPT: Words(
        subject="{other} would rather leave your meeting where it is",
        lines=("The meeting stands as it was. If you cannot come, propose other times or cancel it.",),
        action="Open the meeting",
    ),
    Kind.MEETING_TOMORROW: Words(
        subject="You meet {other} on {start}",
        lines=("You meet {other} on {start}.",),
        action="Open the meeting",
    ),
    Kind.AGENDA_EMPTY: Words(
        subject="You meet {other} on {start}: what do you bring?",
        lines=(
            "You meet {other} on {start}, and the agenda is still empty.",
            "One question is enough: where are you stuck, or what would you like to hear about?",
        ),
        action="Write the agenda",
    ),
    Kind.MEETING_ENDED: Words(
        subject="Two taps about your meeting with {other}",
        lines=("You met {other} on {start}. Was it worth the time, and did you do what you said?",),
        action="Answer with two taps",
    ),
}

GREETING = "Hello {reader},"
CLOSING = "You get this mail because you take part in mentoring with Tandem. It is also in your inbox there."
INBOX = "To the inbox"
SOMEBODY = "your partner"
SOME_PROGRAMME = "your programme"

FIXED = (GREETING, CLOSING, INBOX, SOMEBODY, SOME_PROGRAMME)


def sentences() -> list[str]:
    """Everything that needs a translation."""
    return [*FIXED, *(text for words in WORDS.values() for text in (words.subject, *words.lines, words.action))]
