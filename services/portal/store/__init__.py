"""What the portal keeps in MongoDB."""

from services.portal.store import held_forms, imports, keys, people, sessions, submissions

INDEXES = [*held_forms.INDEXES, *imports.INDEXES, *keys.INDEXES, *people.INDEXES, *sessions.INDEXES, *submissions.INDEXES]
