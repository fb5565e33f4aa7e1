"""Charter, goals with their steps and progress, feedback after meetings, and the health of each pair.

Owns: charters, goals, feedback. Computes, when asked: hints on a goal, the health of a pair.
Publishes: goals.charter, goals.goal, goals.feedback: ids, states and figures, never a word of the two.
Consumes: portal.person, matching.programme, matching.partnership, scheduling.meeting.
"""
