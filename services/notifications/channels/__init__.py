"""How a notice is put into words for a channel. Pure: nothing here sends anything."""

from services.notifications.channels.facts import Facts
from services.notifications.channels.letter import Letter, letter_for

__all__ = ["Facts", "Letter", "letter_for"]
