"""The kinds of notices: what each says, where it leads, and how much it may ask of its reader."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a notice says. The portal words it for the inbox, `channels/words.py` for mail.

    Every notice's `subject` holds the ids its link needs. Told to one of two partners it also holds `other_id`, the
    other one, and `my_role`, the reader's ("protege" or "mentor"). What else it holds stands at the kind.
    """

    PROPOSAL_MADE = "proposal_made"
    """We think these two fit; would you like to be partners? Also `deadline_at`."""
    PROPOSAL_ACCEPTED = "proposal_accepted"
    """The other one has said yes; yours is still open or was given before."""
    PROPOSAL_DECLINED = "proposal_declined"
    """To the protégé: this pairing does not come about; you are first in line for the next. Never says who or why."""
    PLACE_FREE_AGAIN = "place_free_again"
    """To the mentor: this pairing does not come about; your place is free again. Never says who or why."""
    PAIRING_DECLINED = "pairing_declined"
    """To managers: one of `protege_id` and `mentor_id` (`by_id`) has declined; the reason is on the proposal's page."""
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    """The programme has taken a proposal back before it was decided."""
    PROPOSAL_EXPIRED = "proposal_expired"
    """The time to answer a proposal has passed."""
    PAIRING_EXPIRED = "pairing_expired"
    """To managers: `protege_id` and `mentor_id` did not both answer in time."""
    REQUEST_MADE = "request_made"
    """To the mentor: a protégé would like you as a mentor. Also `deadline_at`. Never says whether others were asked before."""
    REQUEST_FORWARDED = "request_forwarded"
    """To the protégé: your next choice, `other_id`, is asked now. Also `deadline_at`. Never says why."""
    REQUEST_WITH_MANAGER = "request_with_manager"
    """To the protégé: nobody is left to ask, and a manager looks for a mentor for you. Also `deadline_at`."""
    REQUEST_REFERRED = "request_referred"
    """To the manager who has it in hand: `protege_id` has asked and found nobody. Also `deadline_at`."""
    REQUEST_ESCALATED = "request_escalated"
    """To managers: `protege_id` still waits for a mentor or a word. Also `deadline_at`."""
    REQUEST_CLOSED = "request_closed"
    """To the protégé: your request has ended without a mentor; its page says more."""
    REQUEST_TAKEN_BACK = "request_taken_back"
    """To the mentor: you need not answer a request any more."""
    PARTNERSHIP_STARTED = "partnership_started"
    """Both have said yes: you are partners. First thing to do: the charter."""
    PARTNERSHIP_ENDED = "partnership_ended"
    """To both partners: your partnership has ended. Says no reason."""
    PAIR_ENDED = "pair_ended"
    """To managers: the partnership of `protege_id` and `mentor_id` has ended; `reason` is a code."""
    MATCH_RUN_FINISHED = "match_run_finished"
    """To who started it: the draft is there, with `pairs` and `left_out`."""
    MATCH_RUN_FAILED = "match_run_failed"
    """To who started it: the run ended without a draft."""
    MATCH_PUBLISHED = "match_published"
    """To managers: `pairs` pairs have been asked."""
    MATCH_PUBLISHING_UNDONE = "match_publishing_undone"
    """To managers: a publishing was taken back before anybody had answered."""
    ENROLMENT_REQUESTED = "enrolment_requested"
    """To managers: `person_id` would like to take part as `role`; please approve or decline."""
    ENROLMENT_APPROVED = "enrolment_approved"
    """To the person: you take part as `role`."""
    ENROLMENT_DECLINED = "enrolment_declined"
    """To the person: the programme has no place for you this time."""
    ENROLMENT_WITHDRAWN = "enrolment_withdrawn"
    """To managers: `person_id` (`role`) does not take part any more."""
    ENROLMENT_PAUSED = "enrolment_paused"
    """To the person: a manager has put them on pause. Also `until`."""
    ENROLMENT_RESUMED = "enrolment_resumed"
    """To the person: a pause is over, and they can be matched again."""
    ENROLMENT_ENDED = "enrolment_ended"
    """To the person: the programme has closed, and they wait for nobody any more."""
    PROGRAMME_REVIEW = "programme_review"
    """To managers: `waiting_approval` people have asked to take part, and `waiting_partner` wait for a partner."""
    PARTNERSHIP_PAUSED = "partnership_paused"
    """To both: you two stand still. Also `until`, the day on which you go on."""
    PARTNERSHIP_RESUMED = "partnership_resumed"
    """To both: you two go on."""
    PARTNERSHIP_PROLONGED = "partnership_prolonged"
    """To both: you two have more time. Also `ends_on`, your new last day."""
    CHARTER_PROPOSED = "charter_proposed"
    """The other one has proposed `version` of your charter; sign it or propose a change."""
    CHARTER_SIGNED = "charter_signed"
    """Both have signed `version` of the charter: it acts from now on."""
    MEETING_PROPOSED = "meeting_proposed"
    """The other one has proposed times; pick one."""
    MEETING_BOOKED = "meeting_booked"
    """A meeting stands. Also `starts_at`, `ends_at`."""
    MEETING_MOVE_PROPOSED = "meeting_move_proposed"
    """The other one asks for another time for a meeting that stands; pick one, or leave it. Also `starts_at`, when it is now."""
    MEETING_KEPT = "meeting_kept"
    """The other one would rather leave a meeting where it is."""
    PLAN_PROPOSED = "plan_proposed"
    """The other one proposes several meetings together; agree to all of them, or to none. Also `minutes`."""
    PLAN_DECLINED = "plan_declined"
    """The other one does not agree to the meetings that were proposed together."""
    MEETING_REZONED = "meeting_rezoned"
    """To both: the clocks of a zone follow new rules, and a meeting with them. Also `starts_at`, `ends_at`."""
    MEETING_MOVED = "meeting_moved"
    """The other one has moved a meeting. Also `starts_at`, `ends_at`, `previous_starts_at`."""
    MEETING_CANCELLED = "meeting_cancelled"
    """The other one has taken a meeting (or the question for its time) back. Also `starts_at` when it had one."""
    MEETING_MISSED = "meeting_missed"
    """The other one has noted that a meeting did not take place. Also `starts_at`."""
    MEETING_TOMORROW = "meeting_tomorrow"
    """A meeting is a day away. Also `starts_at`, `ends_at`."""
    AGENDA_EMPTY = "agenda_empty"
    """To the protégé, instead of MEETING_TOMORROW: a meeting is a day away and its agenda is empty. The same fields."""
    MEETING_ENDED = "meeting_ended"
    """Two taps: was it worth the time, did we do what we said? Also `starts_at`."""
    GOAL_SHARED = "goal_shared"
    """To the mentor: the protégé has shared a goal."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a kind of notice is told."""

    link: str
    """The portal's page about it; names in braces are fields of the notice's subject."""
    needs_answer: bool = False
    mail: bool = False
    """Also by mail, unless the person does not want any. Else in the inbox only."""
    leaves: bool = False
    """Goes out of the inbox once it needs no answer: it would only be in the way."""


MANNERS: dict[Kind, Manner] = {
    Kind.PROPOSAL_MADE: Manner(link="/proposals/{proposal_id}", needs_answer=True, mail=True),
    Kind.PROPOSAL_ACCEPTED: Manner(link="/proposals/{proposal_id}"),
    Kind.PROPOSAL_DECLINED: Manner(link="/proposals/{proposal_id}", mail=True),
    Kind.PLACE_FREE_AGAIN: Manner(link="/proposals/{proposal_id}", mail=True),
    Kind.PAIRING_DECLINED: Manner(link="/manage/programmes/{programme_id}/proposals", mail=True),
    Kind.PROPOSAL_WITHDRAWN: Manner(link="/proposals/{proposal_id}", mail=True),
    Kind.PROPOSAL_EXPIRED: Manner(link="/proposals/{proposal_id}"),
    Kind.PAIRING_EXPIRED: Manner(link="/manage/programmes/{programme_id}/proposals"),
    Kind.REQUEST_MADE: Manner(link="/requests/{request_id}", needs_answer=True, mail=True),
    Kind.REQUEST_FORWARDED: Manner(link="/requests/{request_id}"),
    Kind.REQUEST_WITH_MANAGER: Manner(link="/requests/{request_id}"),
    Kind.REQUEST_REFERRED: Manner(link="/manage/programmes/{programme_id}/tasks", needs_answer=True, mail=True),
    Kind.REQUEST_ESCALATED: Manner(link="/manage/programmes/{programme_id}/tasks", needs_answer=True, mail=True),
    Kind.REQUEST_CLOSED: Manner(link="/requests/{request_id}", mail=True),
    Kind.REQUEST_TAKEN_BACK: Manner(link="/requests/{request_id}"),
    Kind.PARTNERSHIP_STARTED: Manner(link="/partnerships/{partnership_id}/charter", mail=True),
    Kind.PARTNERSHIP_ENDED: Manner(link="/partnerships/{partnership_id}", mail=True),
    Kind.PAIR_ENDED: Manner(link="/manage/programmes/{programme_id}/partnerships/{partnership_id}"),
    Kind.MATCH_RUN_FINISHED: Manner(link="/manage/runs/{run_id}"),
    Kind.MATCH_RUN_FAILED: Manner(link="/manage/runs/{run_id}", mail=True),
    Kind.MATCH_PUBLISHED: Manner(link="/manage/runs/{run_id}"),
    Kind.MATCH_PUBLISHING_UNDONE: Manner(link="/manage/runs/{run_id}"),
    Kind.ENROLMENT_REQUESTED: Manner(link="/manage/programmes/{programme_id}/enrolments", needs_answer=True, leaves=True),
    Kind.ENROLMENT_APPROVED: Manner(link="/programmes/{programme_id}", mail=True),
    Kind.ENROLMENT_DECLINED: Manner(link="/programmes", mail=True),
    Kind.ENROLMENT_WITHDRAWN: Manner(link="/manage/programmes/{programme_id}/enrolments"),
    Kind.ENROLMENT_PAUSED: Manner(link="/programmes/{programme_id}", mail=True),
    Kind.ENROLMENT_RESUMED: Manner(link="/programmes/{programme_id}", mail=True),
    Kind.ENROLMENT_ENDED: Manner(link="/programmes", mail=True),
    Kind.PROGRAMME_REVIEW: Manner(link="/manage/programmes/{programme_id}", mail=True),
    Kind.PARTNERSHIP_PAUSED: Manner(link="/partnerships/{partnership_id}", mail=True),
    Kind.PARTNERSHIP_RESUMED: Manner(link="/partnerships/{partnership_id}", mail=True),
    Kind.PARTNERSHIP_PROLONGED: Manner(link="/partnerships/{partnership_id}"),
    Kind.CHARTER_PROPOSED: Manner(link="/partnerships/{partnership_id}/charter", needs_answer=True, mail=True),
    Kind.CHARTER_SIGNED: Manner(link="/partnerships/{partnership_id}/charter"),
    Kind.MEETING_PROPOSED: Manner(link="/meetings/{meeting_id}", needs_answer=True, mail=True),
    Kind.MEETING_MOVE_PROPOSED: Manner(link="/meetings/{meeting_id}", needs_answer=True, mail=True),
    Kind.MEETING_KEPT: Manner(link="/meetings/{meeting_id}", mail=True),
    # Booked, moved, cancelled: the mail is the calendar invitation, which comes from scheduling.
    Kind.MEETING_BOOKED: Manner(link="/meetings/{meeting_id}"),
    Kind.PLAN_PROPOSED: Manner(link="/partnerships/{partnership_id}/plan", needs_answer=True, mail=True),
    Kind.PLAN_DECLINED: Manner(link="/partnerships/{partnership_id}/plan", mail=True),
    Kind.MEETING_REZONED: Manner(link="/meetings/{meeting_id}", mail=True),
    Kind.MEETING_MOVED: Manner(link="/meetings/{meeting_id}"),
    Kind.MEETING_CANCELLED: Manner(link="/partnerships/{partnership_id}/times"),
    Kind.MEETING_MISSED: Manner(link="/partnerships/{partnership_id}/times"),
    Kind.MEETING_TOMORROW: Manner(link="/meetings/{meeting_id}", mail=True),
    Kind.AGENDA_EMPTY: Manner(link="/meetings/{meeting_id}", mail=True),
    Kind.MEETING_ENDED: Manner(link="/meetings/{meeting_id}", needs_answer=True, mail=True),
    Kind.GOAL_SHARED: Manner(link="/goals/{goal_id}"),
}
