"""What can be said about a pair's health: states, causes and next steps, as codes with parameters.

A page words them in its reader's language. Nothing here can carry a word of the two.
"""

from enum import StrEnum


class State(StrEnum):
    """How a pair is doing, as a programme manager sees it."""

    NEW = "new"
    """Still starting: the charter is not signed or they have not met, and neither is late."""
    WELL = "well"
    """Charter signed, met, nothing is late."""
    WATCH = "watch"
    """A signal is out. Look again in a week."""
    HELP = "help"
    """A signal is far out, or several are. Do the next step."""
    ENDED = "ended"
    """The partnership has ended."""


class CauseCode(StrEnum):
    """Why a pair is where it is. Beneath each code: when it is given, and its parameters (all days are whole days)."""

    CHARTER_EMPTY = "charter_empty"
    """Neither has proposed a charter. `days`: since the start."""
    CHARTER_WAITING = "charter_waiting"
    """One proposed a charter, the other has not answered. `days`: since the proposal, `person_id`: who has to answer."""
    NOT_MET_YET = "not_met_yet"
    """They have never met. `days`: since the start, or since a pause ended."""
    NOT_MET = "not_met"
    """They have met, but not for longer than their rhythm says. `days`: since the last meeting or pause, `cadence_weeks`: the rhythm they
    agreed on, null when they have agreed on none (the usual one is taken then)."""
    MEETINGS_MISSED = "meetings_missed"
    """Meetings were missed. `missed`: how many, `of`: of how many whose time has come lately."""
    NO_GOAL = "no_goal"
    """They have met, and no goal is written, neither shared nor private. `days`: since the start, `met`: how often they met."""
    LOW_FEEDBACK = "low_feedback"
    """The two found the last meetings not worth the time, or did not do what they said.
    `percent`: taps that said yes, `answers`: people's answers it is made of (two for each meeting both answered)."""
    PERSON_LEFT = "person_left"
    """One of the two has left the organisation. `person_id`: who."""
    PAST_END = "past_end"
    """The partnership should have ended. `days`: since then."""
    ENDED = "ended"
    """It has ended. `reason`: "completed", "by_agreement", "needs_changed", "no_time", "not_working" or "left"; `days`: since then."""


class NextStepCode(StrEnum):
    """What a programme manager can do about it. Beneath each code: when it is given, and its parameters."""

    REMIND_OF_CHARTER = "remind_of_charter"
    """Remind both that the charter is waiting to be written. No parameters."""
    REMIND_PERSON = "remind_person"
    """Remind one of the two. `person_id`: whom."""
    SUGGEST_FIRST_MEETING = "suggest_first_meeting"
    """Suggest three times for the first meeting. No parameters."""
    SUGGEST_TIMES = "suggest_times"
    """Suggest three times for the next meeting. No parameters."""
    ASK_ABOUT_RHYTHM = "ask_about_rhythm"
    """Ask whether the rhythm still fits. `cadence_weeks`: the rhythm they agreed on, or null."""
    OFFER_GOAL_GUIDE = "offer_goal_guide"
    """Offer the goal guide to the protégé. `person_id`: the protégé."""
    ASK_EACH_IN_PRIVATE = "ask_each_in_private"
    """Ask each of the two in private. No parameters."""
    OFFER_NEW_MATCH = "offer_new_match"
    """Offer a new match. `person_id`: to whom."""
    OFFER_CLOSING = "offer_closing"
    """Offer to close it kindly, or to go on with a new end. No parameters."""
