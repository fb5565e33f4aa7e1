"""What a service's no means, in the reader's language. A rule that is not here reads as its service words it."""

from services.portal.pages.pictures_participant import Speech
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
}


def refusal(slug: str, speech: Speech) -> str:
    """The rule in words, or nothing when it is not known here."""
    return speech.gettext(_REFUSALS[slug]) if slug in _REFUSALS else ""
