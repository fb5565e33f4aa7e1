"""Who works here, who may do what, and who is signed in. No I/O."""

from services.portal.domain.people_import import Plan, Planned, plan
from services.portal.domain.people_rows import Row, WrongRow
from services.portal.domain.person import ADMINISTRATOR, LOCALES, PROGRAMME_MANAGER, ROLES, Identity, Person, Record
from services.portal.domain.session import Session, SignIn, safe_return

__all__ = [
    "ADMINISTRATOR",
    "LOCALES",
    "PROGRAMME_MANAGER",
    "ROLES",
    "Identity",
    "Person",
    "Plan",
    "Planned",
    "Record",
    "Row",
    "Session",
    "SignIn",
    "WrongRow",
    "plan",
    "safe_return",
]
