"""What the portal tells: who works here."""

from typing import Annotated

from pydantic import Field

from shared.event import Event


class PersonChanged(Event, type="portal.person.changed.v1", key="person_id"):
    """A person as they are now. The topic is compacted: the newest one of each person is kept for ever."""

    person_id: str
    employee_id: str
    name: str
    email: str
    manager_id: str | None
    department: str
    location: str
    zone: Annotated[str, Field(description="IANA time zone", examples=["Europe/Lisbon"])]
    level: Annotated[int, Field(description="job level, a higher one is more senior")]
    languages: Annotated[tuple[str, ...], Field(description="ISO 639-1 codes", examples=[["en", "de"]])]
    locale: Annotated[str, Field(description="language of pages and mail", examples=["en", "de"])]
    active: bool


EVENTS = (PersonChanged,)
