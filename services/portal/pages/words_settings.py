"""What a programme's settings are called, by the names that matching gives them, and what one can choose for each."""

from collections.abc import Mapping

from babel.support import NullTranslations

from services.portal.pages.words_manager import criteria


def setting_names(words: NullTranslations) -> dict[str, str]:
    """Every setting by name. A list's rows have numbers in a path; here they have none: `questions.label`."""
    _ = words.gettext
    return {
        "name": _("Name"),
        "kind": _("How it runs"),
        "form": _("Who comes together"),
        "starts_on": _("First day"),
        "ends_on": _("Last day"),
        "matching_on": _("Day of the match"),
        "partnership_weeks": _("How long a partnership lasts"),
        "default_capacity": _("Places of a mentor who says nothing"),
        "largest_capacity": _("Most places a mentor can offer"),
        "circle.smallest": _("Smallest circle"),
        "circle.largest": _("Largest circle"),
        "flash.meetings": _("Short meetings of each protégé"),
        "flash.rounds": _("Rounds"),
        "free_places": _("When a place becomes free"),
        "called.protege": _("A single protégé"),
        "called.proteges": _("Several protégés"),
        "called.mentor": _("A single mentor"),
        "called.mentors": _("Several mentors"),
        "enrolment.opens_on": _("People can enrol from"),
        "enrolment.closes_on": _("Last day to enrol"),
        "enrolment.late_joiners": _("Whoever comes later"),
        "enrolment.approval": _("Who says yes"),
        "enrolment.only": _("Who may enrol"),
        "enrolment.approve_if": _("Who takes part at once"),
        "self_service.offered": _("Protégés may look for a mentor themselves"),
        "self_service.days_to_answer": _("Days a mentor has to answer"),
        "self_service.days_for_managers": _("Days you have to help"),
        "questions": _("Questions of your own"),
        "weights": _("What counts in matching, and how much"),
        **{f"weights.{name}": label for name, (label, _about) in criteria(words).items()},
        "wished.levels_above": _("Best: the mentor is so many levels above"),
        "wished.department": _("Best: the department"),
        "wished.earlier_partners": _("Best: partners of before"),
        "wished.shared_hours": _("Enough hours a week in common"),
        "wished.days_waited": _("Days after which somebody has waited longest"),
        "rules.never_own_line": _("Nobody from one line of management"),
        "rules.shared_language": _("Must share a language"),
        "rules.never_again": _("Nobody gets a partner of before"),
        "rules.never_after_no": _("Nobody gets somebody who said no"),
        "rules.least_shared_hours": _("Least hours a week in common"),
        "rules.most_hours_apart": _("Most hours between their clocks"),
        "rules.least_levels_above": _("The mentor is at least so many levels above"),
        "rules.most_levels_above": _("The mentor is at most so many levels above"),
        "rules.department": _("Department"),
        "aliases": _("Words that mean the same"),
        "no_aliases": _("Words that mean only themselves"),
        "compare_meanings": _("Compare meanings of English phrases"),
        "roles.managers": _("Managers"),
        "roles.auditors": _("Who looks on"),
    }


def row_names(words: NullTranslations) -> dict[str, str]:
    """What the fields of a question, and of a rule on people, are called."""
    _ = words.gettext
    return {
        "id": _("Short name"),
        "label": _("What do you ask?"),
        "kind": _("Kind of answer"),
        "for_role": _("Whom does it concern?"),
        "options": _("Answers to choose from"),
        "required": _("An answer is needed"),
        "counts": _("How it counts in matching"),
        "weight": _("How much, from 0 to 100"),
        "hard": _("Two whose answers do not fit are never paired"),
        "within": _("Numbers so far apart are no longer close"),
        "against": _("Compare with the answer to"),
        "field": _("What must be so"),
        "one_of": _("One of these"),
        "none_of": _("None of these"),
        "at_least": _("At least"),
        "at_most": _("At most"),
    }


def setting_options(words: NullTranslations) -> Mapping[str, list[tuple[str, str, str]]]:
    """What one can choose where it needs a word of what it means: the value, its name, and its meaning."""
    _ = words.gettext
    return {
        "kind": [
            ("cohort", _("A cohort"), _("All begin and end together, with a last day.")),
            ("always_open", _("Always open"), _("People come and go. There is no last day.")),
        ],
        "form": [
            ("one_to_one", _("One to one"), _("A protégé has one mentor.")),
            ("circle", _("Circles"), _("A mentor has a group of protégés.")),
            ("flash", _("Flash"), _("Two meet once or a few times, within weeks.")),
            ("peer", _("Peers"), _("Two of a kind: everybody is both.")),
            ("reverse", _("Reverse"), _("The younger in rank is the mentor.")),
        ],
        "free_places": [
            ("by_hand", _("I decide"), _("You give it away, by hand or by a match.")),
            ("offered", _("It is offered"), _("The first in the queue who fits is asked by itself.")),
        ],
        "enrolment.late_joiners": [
            ("waiting_list", _("Goes on the waiting list"), _("They wait for a place that becomes free.")),
            ("refused", _("Cannot enrol"), _("You can still enrol them by hand.")),
        ],
        "enrolment.approval": [
            ("by_hand", _("I do"), _("Everybody waits for the yes of a manager.")),
            ("by_rule", _("The rules below"), _("Whoever keeps all of them takes part at once. You decide on the others.")),
        ],
    }


def setting_choices(words: NullTranslations) -> Mapping[str, list[tuple[str, str]]]:
    """What one can choose where it says itself what it means: the value and its name."""
    _ = words.gettext
    return {
        "wished.department": [("other", _("another one")), ("same", _("the same"))],
        "wished.earlier_partners": [("avoid", _("avoid them")), ("prefer", _("prefer them"))],
        "rules.department": [("any", _("any")), ("other", _("must be another one")), ("same", _("must be the same"))],
        "question": [("text", _("Text")), ("choice", _("One of several")), ("number", _("Number")), ("yes_no", _("Yes or no"))],
        "for_role": [("both", _("Everybody")), ("protege", _("Protégés")), ("mentor", _("Mentors"))],
        "counts": [
            ("not", _("Not at all")),
            ("same", _("Two fit who answer the same")),
            ("other", _("Two fit who answer something else")),
            ("close", _("Two fit whose answers are near")),
        ],
        "person": [
            ("", _("no rule")),
            ("department", _("Department")),
            ("location", _("Place")),
            ("zone", _("Time zone")),
            ("language", _("Language")),
            ("level", _("Job level")),
        ],
    }


def name_of(path: str, words: NullTranslations) -> str:
    """A setting's name out of a file's comparison: `questions.1.label` is the second question's."""
    names = setting_names(words)
    if path in names:
        return names[path]
    group, rest = next(((group, path.removeprefix(f"{group}.")) for group in names if path.startswith(f"{group}.")), ("", path))
    place, _, part = rest.partition(".")
    if not group or not place.isdecimal():
        return path
    row = f"{names[group]}, {int(place) + 1}"
    return f"{row}: {row_names(words).get(part, part)}" if part else row
