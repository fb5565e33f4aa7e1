"""The person who looks at a page, and the words and clock the page is written in."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks. `manages` is true for somebody who may open programmes or manages at least one."""

    person_id: str
    name: str
    email: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    locale: str = "en"
    zone: str = "UTC"
    now: datetime
    form_token: str = ""
    inbox_count: int = 0
    manages: bool = False

    @property
    def administers(self) -> bool:
        return "administrator" in self.roles

    @property
    def signed_in(self) -> bool:
        return bool(self.person_id)


# Macros are imported without the page's context, so words and times ask here whom they are for.
current: ContextVar[Viewer] = ContextVar("viewer")
