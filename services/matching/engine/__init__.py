"""The match itself: people in, proven pairs out. Pure: no database, no clock, no chance."""

from services.matching.engine.aims import Aims, Choice
from services.matching.engine.asked import contradictions
from services.matching.engine.cohort import Cohort, Pairing, Participant, Span
from services.matching.engine.criteria import CRITERIA
from services.matching.engine.finder import HIDDEN, Finder, Found, Wanted
from services.matching.engine.forms.circles import Sizes, form_circles
from services.matching.engine.forms.flash import form_flash, form_rounds
from services.matching.engine.forms.formed import Formed, FormedPair
from services.matching.engine.forms.matches import score_peers
from services.matching.engine.forms.peers import form_peers
from services.matching.engine.forms.stable import form_stable
from services.matching.engine.left_out import Group, LeftOut
from services.matching.engine.match import Floor, Match, all_allowed, candidates, match, score_pairs, served
from services.matching.engine.modes import Mode
from services.matching.engine.place_values import PlaceValue
from services.matching.engine.rules import RULES, line_above
from services.matching.engine.scoring import MOST_POINTS, ScoredPair, Scorer
from services.matching.engine.terms import HardRules, Question, Weights, Wished
from services.matching.engine.worth import Change

__all__ = [
    "CRITERIA",
    "HIDDEN",
    "MOST_POINTS",
    "RULES",
    "Aims",
    "Change",
    "Choice",
    "Cohort",
    "Finder",
    "Floor",
    "Formed",
    "FormedPair",
    "Found",
    "Group",
    "HardRules",
    "LeftOut",
    "Match",
    "Mode",
    "Pairing",
    "Participant",
    "PlaceValue",
    "Question",
    "ScoredPair",
    "Scorer",
    "Sizes",
    "Span",
    "Wanted",
    "Weights",
    "Wished",
    "all_allowed",
    "candidates",
    "contradictions",
    "form_circles",
    "form_flash",
    "form_peers",
    "form_rounds",
    "form_stable",
    "line_above",
    "match",
    "score_pairs",
    "score_peers",
    "served",
]
