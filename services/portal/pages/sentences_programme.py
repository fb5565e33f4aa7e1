"""What matching says about a programme's settings, and about somebody's part in it."""


def _(text: str) -> str:
    """Mark a sentence for the catalogs."""
    return text


SENTENCES = (
    _("A programme needs somebody who manages it: name another manager first."),
    # days
    _("A cohort needs a last day."),
    _("A programme that is always open has no such day."),
    _("A day between 2000 and 2199."),
    _("Enrolment opens, then closes, then people are matched, then the programme ends."),
    # places and partnerships
    _("People have enrolled as what this form knows them."),
    _("A partnership lasts between 1 and 520 weeks."),
    _("Among peers places are given by hand or by a run."),
    _("A circle has between 2 and 50 protégés."),
    _("Say the word for one and the word for several."),
    # who may enrol
    _("These rules approve nobody as long as approval is by hand."),
    _("Levels are numbers: say at_least, at_most or both."),
    _("Only levels have a least and a most: say one_of, none_of or both."),
    _("Say what must be so, or leave the rule out."),
    _("A level is a whole number, 1 or more."),
    _("Nobody is on a level that is at least this and at most that."),
    _("At most 200, and none of them empty."),
    _("Between 1 and 30 days."),
    # questions
    _("Say how its answers count."),
    _("There is no such question."),
    _("Only one side is asked: name the question of the other side that it counts against."),
    _("Both questions are asked of the same side."),
    _("Answers of two kinds cannot be compared."),
    _("This is too vague to exclude anybody."),
    _("Numbers that count as close need a distance, and nothing else does."),
    # matching and words
    _("A week has 168 hours."),
    _("No two clocks are more than 12 hours apart."),
    _("Levels are at most 99 apart."),
    _("No mentor can be so far above and so near at once."),
    _("A group has at least two words that mean the same."),
    # taking part and partnerships
    _("A protégé has one mentor at a time."),
    _("This person does not take part at present."),
    _("There is no pause to be ended."),
    _("There is a running partnership. End it first."),
    _("This partnership has no pause to be ended."),
    _("What is complete needs no other partner. Enrol again for something new."),
    # files
    _("This is not UTF-8 text."),
)
PATTERNS = (
    _("The largest circle has between %(num)s and 50 protégés."),
    _("A word of at most %(num)s characters."),
    _("At most %(num)s rules."),
    _("At most %(num)s of these."),
    _("“%(num)s” is wanted and unwanted."),
    _("A whole number from 1 to %(num)s."),
    _("A pause lasts at least a day, and at most %(num)s days or until the programme ends."),
    _("A pause lasts at least a day, and at most until %(num)s."),
    _("This must be a later day than now, and none after %(num)s."),
    _("A file of settings has at most %(num)s kB."),
)
