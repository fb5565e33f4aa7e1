"""What codes of the services are called on a programme manager's pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale
from babel.support import NullTranslations

from services.portal.pages.sentences import said

CRITERIA = ("needs", "learning", "goals", "level", "department", "location", "languages", "hours", "earlier_partners", "waiting")


def criteria(words: NullTranslations, questions: Sequence[Mapping[str, Any]] = ()) -> dict[str, tuple[str, str]]:
    """What counts in matching: its name, and what it looks at; after these the programme's own questions that count."""
    _ = words.gettext
    usual = {
        "needs": (_("Needs and strengths"), _("What the protégé needs, and what the mentor is strong at.")),
        "learning": (_("What the mentor learns"), _("What the mentor wants to learn, and what the protégé is strong at.")),
        "goals": (_("Goals"), _("What the protégé is after, and what the mentor knows of it.")),
        "level": (_("Job level"), _("As many levels apart as the programme wishes count most.")),
        "department": (_("Department"), _("Another department, or the same, as the programme wishes.")),
        "location": (_("Place and working hours"), _("The same place, or hours of the day in common.")),
        "languages": (_("Languages"), _("Languages both speak.")),
        "hours": (_("Times to meet"), _("Hours of the week in which both can meet.")),
        "earlier_partners": (_("Earlier partners"), _("Whether two were partners before.")),
        "waiting": (_("Time waited"), _("How long the protégé has waited.")),
    }
    asked = {f"question.{question['id']}": (question["label"], "") for question in questions if question["counts"] != "not"}
    return {**usual, **asked}


def broken_rule(rule: str, words: NullTranslations) -> str:
    """Why two must not be paired."""
    _ = words.gettext
    return {
        "not_oneself": _("the same person"),
        "never_own_line": _("in one line of management"),
        "shared_language": _("no language in common"),
        "forbidden": _("forbidden by you"),
        "already_partnered": _("partners already, or once before"),
        "declined_before": _("one of them declined the other"),
        "shared_hours": _("too few hours to meet"),
        "hours_apart": _("clocks too far apart"),
        "levels_above": _("too near or too far in job level"),
        "department": _("department"),
    }.get(rule, _("an answer that must fit") if rule.startswith("question.") else rule)


def left_out_reason(reason: str, words: NullTranslations) -> str:
    """Why somebody has no partner, in two or three words."""
    _ = words.gettext
    return {
        "no_eligible_mentor": _("nobody is allowed"),
        "too_few_places": _("too few places"),
        "more_points_without": _("others have more points"),
        "others_preferred": _("others are liked more"),
        "circle_too_small": _("too few for a circle"),
        "odd_one_out": _("the odd one out"),
        "search_stopped": _("the search was stopped"),
        "by_hand": _("taken apart by you"),
    }.get(reason, reason)


def why_fitting(criterion: str, reasons: Sequence[str], words: NullTranslations, locale: Locale) -> str:
    """What speaks for a pair in one criterion."""
    if criterion == "level":
        return ", ".join(_levels_apart(reason, words) for reason in reasons)
    if criterion == "location":
        return ", ".join(_place_or_hours(reason, words) for reason in reasons)
    if criterion == "languages":
        return ", ".join(locale.languages.get(code, code) for code in reasons)
    if criterion == "waiting":
        return ", ".join(_days(reason, words) for reason in reasons)
    if criterion == "earlier_partners":
        return words.gettext("They were partners before")
    return ", ".join(reasons)


def _days(reason: str, words: NullTranslations) -> str:
    days = int(reason.removesuffix(" d"))
    return words.ngettext("%(num)s day", "%(num)s days", days) % {"num": days}


def _levels_apart(reason: str, words: NullTranslations) -> str:
    levels = int(reason)
    if levels > 0:
        return words.ngettext("%(num)s level above", "%(num)s levels above", levels) % {"num": levels}
    if levels < 0:
        return words.ngettext("%(num)s level below", "%(num)s levels below", -levels) % {"num": -levels}
    return words.gettext("On the same level")


def _place_or_hours(reason: str, words: NullTranslations) -> str:
    if not reason.endswith(" h"):
        return reason
    hours = int(reason.removesuffix(" h"))
    return words.ngettext("%(num)s working hour in common", "%(num)s working hours in common", hours) % {"num": hours}


@dataclass(frozen=True)
class Cause:
    """Why a pair is where it is: a few words, and a sentence."""

    title: str
    sentence: str


def cause(code: str, parameters: Mapping[str, Any], name: str, words: NullTranslations) -> Cause:
    """`name` is the first name of the person the cause is about, where there is one."""
    _, ngettext = words.gettext, words.ngettext
    days = int(parameters.get("days") or 0)
    since = {"days": ngettext("%(num)s day", "%(num)s days", days) % {"num": days}}
    weeks = int(parameters.get("cadence_weeks") or 0)
    known = {
        "charter_empty": Cause(_("No charter yet"), _("They began %(days)s ago, and neither has proposed a charter.") % since),
        "charter_waiting": Cause(
            _("Charter waits for an answer"), _("%(name)s has not answered the proposal of %(days)s ago yet.") % {**since, "name": name}
        ),
        "not_met_yet": Cause(_("Not met yet"), _("They began %(days)s ago, and have not met.") % since),
        "not_met": Cause(_("Not met for %(days)s") % since, rhythm(weeks, words)),
        "meetings_missed": Cause(
            _("Meetings missed"),
            _("%(missed)s of their last %(of)s meetings did not happen.")
            % {"missed": parameters.get("missed", 0), "of": parameters.get("of", 0)},
        ),
        "no_goal": Cause(_("No goal yet"), _("They began %(days)s ago and have met, and no goal is written.") % since),
        "low_feedback": Cause(
            _("Meetings give little"),
            _("%(percent)s %% of the last %(answers)s answers said that a meeting was worth the time and that both did as agreed.")
            % {"percent": parameters.get("percent", 0), "answers": parameters.get("answers", 0)},
        ),
        "person_left": Cause(_("Somebody left"), _("%(name)s does not work here any more.") % {"name": name}),
        "past_end": Cause(_("Past its end"), _("It was to end %(days)s ago.") % since),
        "ended": Cause(ended(str(parameters.get("reason", "")), words), _("%(days)s ago.") % since),
    }
    return known.get(code, Cause("", ""))


def rhythm(weeks: int, words: NullTranslations) -> str:
    """What the two agreed on."""
    if not weeks:
        return words.gettext("They have agreed on no rhythm.")
    return words.ngettext("They agreed on every week.", "They agreed on every %(num)s weeks.", weeks) % {"num": weeks}


def ended(reason: str, words: NullTranslations) -> str:
    """How a partnership ended. Never blames."""
    _ = words.gettext
    return {
        "completed": _("Completed"),
        "by_agreement": _("Ended by agreement"),
        "needs_changed": _("Ended, something else is needed now"),
        "no_time": _("Ended, there was no time"),
        "not_working": _("Ended, it did not work"),
        "left": _("Ended, somebody left"),
    }.get(reason, _("Ended"))


def health(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each state of health: its word, and its tone."""
    _ = words.gettext
    return {
        "help": (_("needs help"), "bad"),
        "watch": (_("keep an eye on"), "warn"),
        "new": (_("just begun"), ""),
        "well": (_("goes well"), "ok"),
        "ended": (_("ended"), "off"),
    }


@dataclass(frozen=True)
class NextStep:
    """What a manager can do: the button, and the letter it begins. `to` is "both", or "one" for the person the step names."""

    label: str
    to: str
    subject: str
    body: str


def next_step(code: str, name: str, words: NullTranslations) -> NextStep | None:
    """`name` is the first name of the person the step is about."""
    _ = words.gettext
    greeting = {"name": name}
    steps = {
        "remind_of_charter": NextStep(
            _("Remind both"),
            "both",
            _("Your charter"),
            _("Hello both,\n\nyour charter in Tandem is not signed yet. It takes ten minutes, and says how often you meet."),
        ),
        "remind_person": NextStep(
            _("Remind %(name)s") % greeting,
            "one",
            _("Your charter"),
            _("Hello %(name)s,\n\nyour partner proposed a charter in Tandem. Could you have a look?") % greeting,
        ),
        "suggest_first_meeting": NextStep(
            _("Suggest a first meeting"),
            "both",
            _("Your first meeting"),
            _("Hello both,\n\nTandem finds three times at which you are both free. One click, and the first one is booked."),
        ),
        "suggest_times": NextStep(
            _("Suggest three times"),
            "both",
            _("Your next meeting"),
            _("Hello both,\n\nTandem finds three times at which you are both free. Would one of them do?"),
        ),
        "ask_about_rhythm": NextStep(
            _("Ask about the rhythm"),
            "both",
            _("How often you meet"),
            _("Hello both,\n\ndoes the rhythm you agreed on still fit? You can change it in your charter at any time."),
        ),
        "offer_goal_guide": NextStep(
            _("Offer help with a goal"),
            "one",
            _("A first goal"),
            _("Hello %(name)s,\n\na first goal can be small. Tandem says in plain words what is still vague. May I help?") % greeting,
        ),
        "ask_each_in_private": NextStep(
            _("Ask both how it goes"),
            "both",
            _("How is it going?"),
            _("Hello,\n\nhow is it going with the two of you? You can answer me alone; I keep it to myself."),
        ),
        "offer_new_match": NextStep(
            _("Offer %(name)s a new match") % greeting,
            "match",
            "",
            "",
        ),
        "offer_closing": NextStep(
            _("Offer a closing"),
            "both",
            _("Closing your partnership"),
            _("Hello both,\n\nyour time in the programme is over. Would you like to close it, or go on for a while?"),
        ),
    }
    return steps.get(code)


def proposal_states(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each state of a proposal: its word, and its tone."""
    _ = words.gettext
    return {
        "open": (_("waits for an answer"), ""),
        "accepted": (_("both said yes"), "ok"),
        "declined": (_("declined"), "warn"),
        "withdrawn": (_("taken back"), "off"),
        "expired": (_("not answered in time"), "warn"),
    }


def run_states(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each state of a match run: its word, and its tone."""
    _ = words.gettext
    return {
        "queued": (_("waits for its turn"), ""),
        "running": (_("at work"), "now"),
        "draft": (_("draft"), "warn"),
        "publishing": (_("being published"), "now"),
        "published": (_("published"), "ok"),
        "undoing": (_("being taken back"), "now"),
        "undone": (_("publishing undone"), "off"),
        "failed": (_("failed"), "bad"),
        "cancelled": (_("stopped"), "off"),
        "superseded": (_("replaced by a later one"), "off"),
    }


def programme_states(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each state of a programme: its word, and its tone."""
    _ = words.gettext
    return {"draft": (_("not open yet"), ""), "open": (_("open"), "ok"), "closed": (_("closed"), "off")}


def refusal(slug: str, words: NullTranslations) -> str:
    """A service's no, in the viewer's words; empty where the service's own sentence has to do."""
    _ = words.gettext
    return {
        "stale-aggregate": _("Somebody else changed this a moment ago. Look at it as it is now, then try again."),
        "hard-rule-broken": _("A hard rule of the programme excludes this pair."),
        "not-found": _("This does not exist any more."),
    }.get(slug, "")


def people_columns(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """Each column of a file of people: its name, and what it holds."""
    _ = words.gettext
    return {
        "employee_id": (_("Employee id"), _("Stays the same for life, also when the name changes.")),
        "name": (_("Name"), _("As the person wants to see it.")),
        "email": (_("Work e-mail"), _("Where Tandem writes to, and how the sign-in knows them.")),
        "manager_id": (_("Employee id of the manager"), _("Needed so that nobody is paired within one line of management.")),
        "department": (_("Department"), ""),
        "location": (_("Place"), _("City or site.")),
        "zone": (_("Time zone"), _("As in Europe/Lisbon.")),
        "level": (_("Job level"), _("A whole number, higher is more senior.")),
        "languages": (_("Languages"), _("Codes such as en, de, with a semicolon or comma between them.")),
        "active": (_("Works here"), _("Yes or no. Whoever does not is told nothing any more.")),
    }


def wrong_cell(code: str, details: Mapping[str, str | int], reason: str, value: str, words: NullTranslations) -> str:
    """What to do about a row that stays out."""
    _ = words.gettext
    known = {
        "not_an_email": _("This is not an e-mail address."),
        "own_manager": _("Nobody can be their own manager."),
        "not_a_zone": _("This is not a time zone."),
        "not_a_level": _("A job level is a whole number from 0 to 30."),
        "not_a_language": _("“%(language)s” is not a language. Write codes such as en or de."),
        "not_yes_or_no": _("Write yes or no."),
        "same_id": _("Line %(line)s has the same id, for %(name)s."),
        "same_address": _("Line %(line)s has the same address, for %(name)s."),
        "address_taken": _("%(name)s (%(employee_id)s) has this address in Tandem."),
        "manager_stays_out": _("The manager %(value)s is in line %(line)s, which stays out."),
        "unknown_manager": _("The manager %(value)s is not in this file and not in Tandem."),
        "circle": _("The reporting line goes in a circle: %(way)s."),
    }
    if code not in known:
        return said(reason, words)
    told = known[code] % {**details, "value": value}
    near = details.get("suggestion")
    asked = _("Did you mean %(zone)s?") % {"zone": near} if near else ""
    return f"{told} {asked}".rstrip()


def parts_of_tandem(words: NullTranslations) -> dict[str, str]:
    """What each service does."""
    _ = words.gettext
    return {
        "portal": _("signs people in and shows the pages"),
        "matching": _("programmes, enrolments, matches and partnerships"),
        "scheduling": _("calendars, times and meetings"),
        "goals": _("charters, goals and feedback"),
        "notifications": _("inbox and mail"),
    }


def letter_states(words: NullTranslations) -> dict[str, tuple[str, str, str]]:
    """Each state of a dead letter: its word, its tone, and what it means."""
    _ = words.gettext
    return {
        "parked": (_("could not be taken in"), "bad", _("Something in it, or in Tandem, was wrong. Replay it once the cause is mended.")),
        "waiting": (_("waits behind another"), "", _("It goes on by itself when the one before it has gone through or is given up.")),
        "gap": (_("an earlier one is missing"), "warn", _("It goes on by itself when the missing one comes.")),
    }


def audit_actions(words: NullTranslations) -> dict[str, str]:
    """What somebody may have done to what was stuck."""
    _ = words.gettext
    return {"replayed": _("ran a queue again"), "discarded": _("gave an event up"), "retried": _("had a delivery sent again")}


def role_names(words: NullTranslations) -> dict[str, tuple[str, str]]:
    """What somebody may do in all of Tandem: its name, and what it opens."""
    _ = words.gettext
    return {
        "programme_manager": (_("Programme manager"), _("May set up programmes and import people.")),
        "administrator": (
            _("Administrator"),
            _("Sees whether all parts run, gives roles, and mends what got stuck. Sees nothing of what pairs write."),
        ),
    }


def mail_states(words: NullTranslations) -> dict[str, str]:
    """How far a mail is."""
    _ = words.gettext
    return {
        "waiting": _("waiting"),
        "sent": _("sent"),
        "failed": _("given up"),
        "expired": _("too late to send"),
        "dropped": _("no longer wanted"),
    }


def channels(words: NullTranslations) -> dict[str, str]:
    """What is sent over each channel."""
    _ = words.gettext
    return {"mail": _("Mail"), "invitation": _("Invitation by mail"), "calendar": _("Calendar entry")}
