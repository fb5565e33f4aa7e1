"""What services say about a form or a file, said in the viewer's language: they answer in English, and name no code for it."""

import re
from functools import cache
from gettext import NullTranslations

from services.portal.pages import sentences_forms, sentences_programme


def _(text: str) -> str:
    """Mark a sentence for the catalogs."""
    return text


SENTENCES = (
    # programmes
    _("A programme must end after it begins."),
    _("At least one criterion must count."),
    _("Two questions have the same id."),
    _("The programme's last day has passed."),
    _("A question needs words."),
    _("A choice needs at least two different options."),
    _("The programme is not open."),
    _("The programme has been opened already."),
    _("Only programme managers and administrators can set up programmes."),
    # enrolments
    _("There is neither a column of employee ids nor one of e-mail addresses."),
    _("There is nobody with this id or e-mail."),
    _("This person does not work here any more."),
    _("A role is protege or mentor."),
    _("This person is enrolled in the other role."),
    _("This is not a whole number."),
    _("One of these is empty or too long."),
    _("This person takes part in this programme already, or has asked to."),
    _("This enrolment has been decided on or withdrawn."),
    _("This mentor has more partners than that already."),
    _("This question needs an answer."),
    _("This is not an answer to the question."),
    # matching
    _("The protégé has a partner already."),
    _("The mentor has no place left: somebody else was quicker."),
    _("A run of this programme is under way. Wait for its draft, or cancel it."),
    _("People are being asked, or their questions taken back. Wait until that is done."),
    _("This run has ended already."),
    _("From 0 to 100 in a hundred."),
    _("There is no such criterion."),
    _("Only the best total can be without most people first; the other modes begin with them."),
    _("A stable match knows no floors and spreads no load."),
    _("Of these people nobody can be matched now."),
    _("Nobody who is to be matched is in this group."),
    _("This pair is to be kept: it is fixed, or was locked before."),
    _("One of the two is not free, or not among those to be matched."),
    _("One of the two is not free: a partnership, an open proposal, or no place left."),
    _("This protégé is to be kept with several mentors, and can have one."),
    _("This run moves people who are partners already, so it is only a suggestion. End what should end, and pair by hand."),
    _("What else could have been is not kept for this run: it has no draft, is not of pairs, is stable, or is older than 30 days."),
    _("Only a draft can be changed or published."),
    _("These two are no pair in this draft."),
    _("This pair is locked. Unlock it first."),
    _("A hard rule of the programme excludes this pair."),
    _("This draft gives out all places of this mentor."),
    _("This draft has no pairs."),
    _("This run is not published."),
    _("Somebody in this draft is no longer free, or a rule now excludes the pair. Run the match again."),
    _("Somebody has answered already, so the publishing can no longer be undone."),
    _("These two have been asked already and have not both answered."),
    _("This partnership has ended."),
    # requests
    _("Tell why, in a few kind words: the protégé reads them."),
    _("This request does not wait for a manager."),
    # files
    _("This file is empty."),
    _("This column is missing."),
    _("This is not a text file. A CSV file is needed."),
    _("This is a zip or Excel file. Save it as CSV and upload that."),
    _("This is a zip file. Save the table as CSV and upload that."),
    _("This is a compressed file. Unpack it and upload the CSV file."),
    _("This is an old Excel file. Save it as CSV and upload that."),
    _("This is a PDF file. A CSV file is needed."),
    _("This row has more cells than there are headings."),
    _("This cell is empty."),
    _("A cell must not hold a formula."),
    # people
    _("There is no such role."),
    _("This import is running already."),
    *sentences_forms.SENTENCES,
    *sentences_programme.SENTENCES,
)
PATTERNS = (
    _("A programme needs a name of at most %(num)s characters."),
    _("A mentor has between 1 and %(num)s places."),
    _("A programme asks at most %(num)s questions."),
    _("A weight is a whole number from 0 to %(num)s."),
    _("A whole number from 0 to %(num)s."),
    _("From 0 to %(num)s points."),
    _("From 1 to %(num)s seconds."),
    _("At least %(num)s seconds."),
    _("The hard rule “%(num)s” excludes this pair."),
    _("Name at most %(num)s; the first counts most."),
    _("This person is in line %(num)s already."),
    _("This file is larger than %(num)s MB."),
    _("This file has more than %(num)s rows. Split it and upload the parts."),
    _("Line %(num)s: a quotation mark is not closed, or a cell is far too long."),
    _("Two columns are called “%(num)s”."),
    _("This is longer than %(num)s characters."),
    _("At most %(num)s characters."),
    _("Look for at most %(num)s at a time."),
    *sentences_programme.PATTERNS,
)


def said(text: str, words: NullTranslations) -> str:
    """The sentence in the viewer's language; as it is where nobody has foreseen it."""
    if not text:
        return ""
    for pattern in PATTERNS:
        found = _expression(pattern).fullmatch(text)
        if found:
            return words.gettext(pattern) % {"num": found["num"]}
    return words.gettext(text)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    before, after = pattern.split("%(num)s")
    return re.compile(f"{re.escape(before)}(?P<num>.+){re.escape(after)}")
