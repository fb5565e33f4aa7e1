"""The published thresholds of health. Each says what it means; a manager can read them, and so can the pair."""

NEW_CHARTER_DAYS = 14
"""Days from the start within which a charter is proposed."""
CHARTER_HELP_DAYS = 28
"""Days from the start after which a pair without a proposed charter needs help."""

ANSWER_DAYS = 7
"""Days within which a first charter that one has proposed is answered by the other."""
ANSWER_HELP_DAYS = 21
"""Days after which an unanswered first charter needs help."""

FIRST_MEETING_DAYS = 21
"""Days from the start within which a pair meets for the first time."""
FIRST_MEETING_HELP_DAYS = 42
"""Days from the start after which a pair that has never met needs help."""

USUAL_CADENCE_WEEKS = 4
"""The rhythm taken for a pair that has not agreed on one."""
CADENCES_UNTIL_WATCH = 1.5
"""Rhythms without a meeting after which a pair is watched: six weeks for one that meets every four."""
CADENCES_UNTIL_HELP = 2.5
"""Rhythms without a meeting after which a pair needs help. With a meeting booked, both take one step back."""

LATELY_MEETINGS = 4
"""How many of the last meetings whose time has come are looked at for missed ones."""
MISSED_UNTIL_WATCH = 2
"""Missed ones among them from which a pair is watched."""
MISSED_UNTIL_HELP = 3
"""Missed ones among them from which a pair needs help."""

FIRST_GOAL_DAYS = 30
"""Days from the start within which a pair that has met has a goal, shared or private. Never a reason for help by itself."""

FEEDBACK_MEETINGS = 3
"""How many of the last meetings that both have answered count. One person's answer alone is never shown."""
LOW_FEEDBACK_PERCENT = 60
"""Percent of taps that said yes, below which a pair is watched."""
LOW_FEEDBACK_HELP_PERCENT = 35
"""Percent of taps that said yes, below which a pair needs help."""
LOW_FEEDBACK_HELP_ANSWERS = 4
"""Fewest answers for help: one bad meeting is not yet a reason."""

CLOSING_DAYS = 14
"""Days after its planned end within which a partnership is closed, or goes on with a new end."""

SIGNALS_UNTIL_HELP = 3
"""How many signals to watch make, together, a need for help."""
