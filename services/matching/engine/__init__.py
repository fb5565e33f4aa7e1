"""The match itself: people in, proven pairs out. Pure: no database, no clock, no chance."""

from services.matching.engine.cohort import Cohort, Pairing, Participant, Span
from services.matching.engine.criteria import CRITERIA
from services.matching.engine.forms.formed import Formed, FormedPair
from services.matching.engine.forms.stable import form_stable
from services.matching.engine.left_out import Group, LeftOut
from services.matching.engine.match import Match, all_allowed, candidates, match, score_pairs
from services.matching.engine.rules import RULES, line_above
from services.matching.engine.scoring import MOST_POINTS, ScoredPair, Scorer
from services.matching.engine.terms import HardRules, Question, Weights, Wished

__all__ = [
    "CRITERIA",
    "MOST_POINTS",
    "RULES",
    "Cohort",
    "Formed",
    "FormedPair",
    "Group",
    "HardRules",
    "LeftOut",
    "Match",
    "Pairing",
    "Participant",
    "Question",
    "ScoredPair",
    "Scorer",
    "Span",
    "Weights",
    "Wished",
    "all_allowed",
    "candidates",
    "form_stable",
    "line_above",
    "match",
    "score_pairs",
]
