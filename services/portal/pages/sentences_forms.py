"""What matching says about programmes in other forms than one to one, to be said in the viewer's language."""


def _(text: str) -> str:
    """Mark a sentence for the catalogs."""
    return text


SENTENCES = (
    _("A pair made by hand would be in no round. Fix it, and let a run make the rounds anew."),
    _("A circle of this draft has fewer people than a circle must have."),
    _("There are several: say which of them."),
    _("People have enrolled for so many meetings."),
    _("This protégé is to be kept with more mentors than there are meetings left."),
    _("Short meetings are over when they are over: nobody is moved."),
    _("Only pairs of one protégé and one mentor can be matched so; here it is most people, then most points."),
    _("The hard rules leave not a single pair, so a run would match nobody."),
)
