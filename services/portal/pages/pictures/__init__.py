"""The pictures on the pages of programme managers: pure functions from figures to SVG, and the same figures as a table.

A picture has no viewBox: x in percent, y in pixels, so it fills any width and its text never shrinks. Colours come from classes.
"""

from services.portal.pages.pictures.curve import Corner, quality_curve
from services.portal.pages.pictures.drawn import Figures, Picture, Voice
from services.portal.pages.pictures.funnel import Place, programme_funnel
from services.portal.pages.pictures.groups import Band, groups_match
from services.portal.pages.pictures.match import LeftOut, Mentor, Pair, whole_match
from services.portal.pages.pictures.months import running_by_month
from services.portal.pages.pictures.points import Criterion, Points, points_of
from services.portal.pages.pictures.quality import quality_plot
from services.portal.pages.pictures.share import Share, share_bar, shares_picture

__all__ = [
    "Band",
    "Corner",
    "Criterion",
    "Figures",
    "LeftOut",
    "Mentor",
    "Pair",
    "Picture",
    "Place",
    "Points",
    "Share",
    "Voice",
    "groups_match",
    "points_of",
    "programme_funnel",
    "quality_curve",
    "quality_plot",
    "running_by_month",
    "share_bar",
    "shares_picture",
    "whole_match",
]
