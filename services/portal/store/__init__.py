"""What the portal keeps in MongoDB."""

from services.portal.store.held_forms import INDEXES as HELD_FORMS
from services.portal.store.imports import INDEXES as IMPORTS
from services.portal.store.keys import INDEXES as KEYS
from services.portal.store.people import INDEXES as PEOPLE
from services.portal.store.sessions import INDEXES as SESSIONS
from services.portal.store.submissions import INDEXES as SUBMISSIONS

INDEXES = [*HELD_FORMS, *IMPORTS, *KEYS, *PEOPLE, *SESSIONS, *SUBMISSIONS]
