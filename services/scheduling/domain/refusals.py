"""What can be said no to about a meeting."""

from shared.errors import NotAllowed, Rejected


class TimePassed(Rejected):
    """This time has already passed."""


class NotProposed(Rejected):
    """This time is not one of those that were proposed."""


class AnswerIsTheOthers(NotAllowed):
    """Your partner picks one of the times you have proposed."""


class NotWaitingForAnswer(Rejected):
    """This meeting is not waiting for an answer any more."""


class NotBooked(Rejected):
    """This meeting has no time that could be changed: it was cancelled, is over, or is still to be picked."""


class MeetingOver(Rejected):
    """This meeting is over."""


class NotYetBegun(Rejected):
    """A meeting can be missed only once it should have begun."""


class NotOverYet(Rejected):
    """Only what is over can be noted down, and this has not ended yet."""


class MetOtherwise(Rejected):
    """One of you has another meeting noted down at this time."""


class NothingToSay(Rejected):
    """Nobody has said that this meeting was missed."""


class TimeTaken(Rejected):
    """One of you is not free at this time any more."""


class NothingProposed(Rejected):
    """Nobody has proposed another time for this meeting."""


class OldTime(Rejected):
    """This answers an earlier time of the meeting."""
