"""The pictures on the pages of a protégé and a mentor: pure functions from values to markup.

Pictures have no viewBox: x in percent, y in pixels, colours from classes, so that one picture serves every width and
both colour schemes, and no inline style is needed.
"""

from services.portal.pages.pictures_participant.confidence import Rating, confidence_picture
from services.portal.pages.pictures_participant.day import DayOfBoth, day_picture
from services.portal.pages.pictures_participant.rhythm import Beat, Kind, Rhythm, rhythm_picture
from services.portal.pages.pictures_participant.speech import Speech
from services.portal.pages.pictures_participant.week import Lane, Slot, Span, Week, WeekGrid, week_of_both

__all__ = [
    "Beat",
    "DayOfBoth",
    "Kind",
    "Lane",
    "Rating",
    "Rhythm",
    "Slot",
    "Span",
    "Speech",
    "Week",
    "WeekGrid",
    "confidence_picture",
    "day_picture",
    "rhythm_picture",
    "week_of_both",
]
