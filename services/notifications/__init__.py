"""Notifications tells people what concerns them: in the portal's inbox at once, and by mail where a mail is worth it.

Owns: notices, what has become of the questions they ask, each person's choice about mail, reminders of meetings.
Publishes: nothing.
Consumes: nearly everything; `domain/news.py` is the table of who learns what from which event.
"""
