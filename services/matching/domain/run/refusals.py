"""What a match run refuses."""

from shared.errors import Rejected


class RunUnderWay(Rejected):
    """A run of this programme is under way. Wait for its draft, or cancel it."""


class PublishingUnderWay(Rejected):
    """People are being asked, or their questions taken back. Wait until that is done."""


class RunSettled(Rejected):
    """This run has ended already."""


class RunNotDraft(Rejected):
    """Only a draft can be changed or published."""


class PairNotInDraft(Rejected):
    """These two are no pair in this draft."""


class PairLocked(Rejected):
    """This pair is locked. Unlock it first."""


class HardRuleBroken(Rejected):
    """A hard rule of the programme excludes this pair."""


class MentorFull(Rejected):
    """This draft gives out all places of this mentor."""


class NothingToPublish(Rejected):
    """This draft has no pairs."""


class RoundsByRun(Rejected):
    """A pair made by hand would be in no round. Fix it, and let a run make the rounds anew."""


class CircleTooSmall(Rejected):
    """A circle of this draft has fewer people than a circle must have."""


class RulesExcludeEverybody(Rejected):
    """The hard rules leave not a single pair, so a run would match nobody."""


class OnlySuggestion(Rejected):
    """This run moves people who are partners already, so it is only a suggestion. End what should end, and pair by hand."""


class NotPublished(Rejected):
    """This run is not published."""


class DraftOutdated(Rejected):
    """Somebody in this draft is no longer free, or a rule now excludes the pair. Run the match again."""


class NothingKept(Rejected):
    """What else could have been is not kept for this run: it has no draft, is not of pairs, is stable, or is older than 30 days."""


class EngineSilent(Rejected):
    """The engine did not answer. Nothing was changed; try again in a moment."""

    status = 503
