"""What waits for a programme's managers, in words: tasks, and the requests of protégés."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.support import NullTranslations


@dataclass(frozen=True)
class TaskWords:
    """Why something waits, what happens when nobody acts, and what the way to act is called."""

    title: str
    then: str
    action: str
    tone: str = ""


def task_words(cause: str, names: str, count: int, words: NullTranslations) -> TaskWords:
    """A task in words. `names`: of the people it is about, `count` of them."""
    _, ngettext, about = words.gettext, words.ngettext, {"names": names}
    return {
        "request_without_mentor": TaskWords(
            _("%(names)s has asked for a mentor, and nobody could say yes") % about, _("Then all managers are told."), _("Help")
        ),
        "request_overdue": TaskWords(
            _("%(names)s still waits for a mentor") % about,
            _("Then the request ends, and the protégé is first in line for the next match."),
            _("Help"),
            "warn",
        ),
        "enrolment_requested": TaskWords(
            _("%(names)s wants to take part") % about, _("Then all managers are told again."), _("Look at it")
        ),
        "proposal_expiring": TaskWords(
            ngettext("%(names)s has not answered a proposal yet", "%(names)s have not answered a proposal yet", count) % about,
            _("Then the proposal lapses."),
            _("Write to them"),
            "warn",
        ),
    }[cause]


def task_causes(words: NullTranslations) -> dict[str, str]:
    """What a filter calls the tasks of each cause."""
    _ = words.gettext
    return {
        "request_overdue": _("requests that are late"),
        "request_without_mentor": _("requests"),
        "enrolment_requested": _("enrolments"),
        "proposal_expiring": _("proposals without an answer"),
    }


def reminder(words: NullTranslations) -> tuple[str, str]:
    """Subject and text of a letter to those who have not answered a proposal."""
    _ = words.gettext
    return (
        _("A proposal waits for you"),
        _("Hello,\n\na proposal in Tandem waits for your yes or no. A no is fine too. May I help?"),
    )


def request_states(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each state of a request: its word, and its tone."""
    _ = words.gettext
    return {
        "escalated": (_("waits for any manager"), "warn"),
        "with_manager": (_("waits for a manager"), "now"),
        "asked": (_("a mentor is asked"), ""),
        "proposed": (_("two are asked"), ""),
        "accepted": (_("has a mentor"), "ok"),
        "closed": (_("ended without a mentor"), "off"),
    }


def request_follows(state: str, words: NullTranslations) -> str:
    """What happens to a request when its time is over."""
    _ = words.gettext
    return {
        "escalated": _("Any manager can help. After that day the request ends, and the protégé is first in line for the next match."),
        "with_manager": _("After that day all managers are told."),
        "asked": _("Without a yes by then, the next mentor is asked, or it comes to you."),
        "proposed": _("If one of the two says no, it comes back to you."),
    }.get(state, "")


def close_reasons(words: NullTranslations) -> dict[str, str]:
    """Why a request has ended without a mentor."""
    _ = words.gettext
    return {
        "withdrawn": _("The protégé has taken it back."),
        "partner_found": _("The protégé has found a partner in another way."),
        "not_taking_part": _("The protégé does not take part any more."),
        "programme_closed": _("The programme was closed."),
        "by_manager": _("A manager has closed it."),
        "nobody_answered": _("Nobody acted in time. The protégé is first in line for the next match."),
    }


def wish_states(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """What has become of each mentor a protégé has named: its word, and its tone."""
    _ = words.gettext
    return {
        "waiting": (_("comes later"), ""),
        "asked": (_("is asked now"), "now"),
        "accepted": (_("said yes"), "ok"),
        "declined": (_("said no"), "warn"),
        "unanswered": (_("did not answer in time"), "warn"),
        "passed_over": (_("had no place"), "off"),
        "withdrawn": (_("taken back"), "off"),
    }


def whose(task: Mapping[str, Any], viewer_id: str, owner: str, words: NullTranslations) -> str:
    """Who has something in hand. `owner`: that person's name."""
    _ = words.gettext
    if task["owner_id"] is None:
        return _("for any manager")
    return _("in your hands") if task["owner_id"] == viewer_id else _("in the hands of %(name)s") % {"name": owner}
