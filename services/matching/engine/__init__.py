"""The match itself: people in, proven pairs out. Pure: no database, no clock, no chance."""

from services.matching.engine.cohort import Cohort, Pairing, Participant, Weights
from services.matching.engine.forms.formed import Formed, FormedPair
from services.matching.engine.forms.stable import form_stable
from services.matching.engine.left_out import Group, LeftOut
from services.matching.engine.match import Match, ScoredPair, all_allowed, candidates, match, score_pairs
from services.matching.engine.rules import RULES, line_above
from services.matching.engine.scoring import CRITERIA, MOST_POINTS

__all__ = [
    "CRITERIA",
    "MOST_POINTS",
    "RULES",
    "Cohort",
    "Formed",
    "FormedPair",
    "Group",
    "LeftOut",
    "Match",
    "Pairing",
    "Participant",
    "ScoredPair",
    "Weights",
    "all_allowed",
    "candidates",
    "form_stable",
    "line_above",
    "match",
    "score_pairs",
]
