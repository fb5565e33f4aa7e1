"""What the portal keeps in MongoDB."""

from services.portal.store import imports, keys, people, sessions, submissions

INDEXES = [*imports.INDEXES, *keys.INDEXES, *people.INDEXES, *sessions.INDEXES, *submissions.INDEXES]
