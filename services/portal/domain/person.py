"""A person who works here, as the HR system tells it, and what they have chosen for themselves."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from services.portal.domain.attributes import LANGUAGES, first_locale, is_email, is_zone, normal_email
from shared.aggregate import Aggregate, new_id
from shared.contracts.portal import PersonChanged
from shared.errors import Invalid, NotAllowed, Rejected

ADMINISTRATOR: Final = "administrator"
PROGRAMME_MANAGER: Final = "programme_manager"
ROLES: Final = frozenset({ADMINISTRATOR, PROGRAMME_MANAGER})
LOCALES: Final = ("en", "de")
LOWEST_LEVEL: Final = 0
HIGHEST_LEVEL: Final = 30
_SEPARATORS: Final = re.compile(r"[\s@._,;-]+")


class Record(BaseModel):
    """What the HR system says about somebody. `manager_id` is a person's id, not an employee id."""

    model_config = ConfigDict(frozen=True)

    employee_id: str
    name: str
    email: str
    manager_id: str | None = None
    department: str = ""
    location: str = ""
    zone: str = "UTC"
    level: int = 1
    languages: tuple[str, ...] = ()
    active: bool = True

    def must_be_whole(self) -> None:
        """Refuse what cannot be a person."""
        for field in ("employee_id", "name"):
            if not getattr(self, field).strip():
                raise MissingValue(f"The {field.replace('_', ' ')} is missing.", field=field)
        if not is_email(self.email) or self.email != normal_email(self.email):
            raise NotAnEmail(f"{self.email!r} is not an e-mail address.", field="email")
        if not is_zone(self.zone):
            raise UnknownZone(f"{self.zone!r} is not a time zone.", field="zone")
        if not LOWEST_LEVEL <= self.level <= HIGHEST_LEVEL:
            raise UnknownLevel(field="level")
        if unknown := [language for language in self.languages if language not in LANGUAGES]:
            raise UnknownLanguage(f"{unknown[0]!r} is not a language.", field="languages")


class Identity(BaseModel):
    """An account at an identity provider. The pair is what identifies a person there; an e-mail address does not."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    subject: str


class Person(Aggregate):
    """A person. `zone` and `locale` are what counts: their own choice where they made one."""

    employee_id: str
    name: str
    email: str
    manager_id: str | None = None
    department: str = ""
    location: str = ""
    hr_zone: str = "UTC"
    own_zone: str | None = None
    own_locale: str | None = None
    level: int = 1
    languages: tuple[str, ...] = ()
    active: bool = True
    roles: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    # Let in by the settings before any HR file named them; the first record with their address takes this person over.
    provisional: bool = False

    zone: str = "UTC"
    locale: str = "en"
    words: tuple[str, ...] = ()

    @classmethod
    def join(cls, record: Record, at: datetime, *, person_id: str | None = None, provisional: bool = False) -> Self:
        """Somebody new."""
        person = cls(
            id=person_id or new_id(), employee_id=record.employee_id, name=record.name, email=record.email, provisional=provisional
        )
        person._take(record)
        person._changed(at)
        return person

    def update(self, record: Record, at: datetime) -> None:
        """Take over what the HR system says now. Nothing is told when nothing has changed."""
        if not self.provisional and self.hr_record == record:
            return
        self.provisional = False
        self._take(record)
        self._changed(at)

    def choose(self, *, zone: str, locale: str, at: datetime) -> None:
        """The person sets their own time zone and language."""
        if not is_zone(zone):
            raise UnknownZone(f"{zone!r} is not a time zone.", field="zone")
        if locale not in LOCALES:
            raise UnknownLanguage(f"Tandem does not speak {locale!r}.", field="locale")
        if (zone, locale) == (self.own_zone, self.own_locale):
            return
        self.own_zone, self.own_locale = zone, locale
        self._changed(at)

    def grant(self, roles: Collection[str], *, by_roles: Collection[str]) -> None:
        """Give the person exactly these roles. No event: roles travel in tokens."""
        if ADMINISTRATOR not in by_roles:
            raise OnlyAdministratorsGrantRoles
        if unknown := sorted(set(roles) - ROLES):
            raise UnknownRole(f"{unknown[0]!r} is not a role.", field="roles")
        self.roles = tuple(sorted(set(roles)))

    def link(self, identity: Identity) -> None:
        """From now on whoever signs in with this account is this person."""
        if any(known.issuer == identity.issuer and known.subject != identity.subject for known in self.identities):
            raise LinkedToAnotherAccount
        if identity not in self.identities:
            self.identities = (*self.identities, identity)

    @property
    def hr_record(self) -> Record:
        """What the HR system said last."""
        return Record(
            employee_id=self.employee_id,
            name=self.name,
            email=self.email,
            manager_id=self.manager_id,
            department=self.department,
            location=self.location,
            zone=self.hr_zone,
            level=self.level,
            languages=self.languages,
            active=self.active,
        )

    def _take(self, record: Record) -> None:
        record.must_be_whole()
        if record.manager_id == self.id:
            raise OwnManager(field="manager_id")
        self.employee_id, self.name, self.email = record.employee_id, record.name, record.email
        self.manager_id, self.department, self.location = record.manager_id, record.department, record.location
        self.hr_zone, self.level, self.languages, self.active = record.zone, record.level, record.languages, record.active

    def _changed(self, at: datetime) -> None:
        self.zone = self.own_zone or self.hr_zone
        self.locale = self.own_locale or first_locale(self.languages)
        self.words = search_words(self.name, self.email, self.employee_id)
        self.record(
            PersonChanged(
                person_id=self.id,
                employee_id=self.employee_id,
                name=self.name,
                email=self.email,
                manager_id=self.manager_id,
                department=self.department,
                location=self.location,
                zone=self.zone,
                level=self.level,
                languages=self.languages,
                locale=self.locale,
                active=self.active,
                at=at,
            )
        )


def search_words(*texts: str) -> tuple[str, ...]:
    """What a person is found by: every word of these texts, in small letters without accents."""
    words = {word for text in texts for word in _SEPARATORS.split(plain(text)) if word}
    return tuple(sorted(words))


def plain(text: str) -> str:
    """Small letters without accents, so that `Jose` finds `José`."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


class MissingValue(Invalid):
    """Something a person cannot be without is missing."""


class NotAnEmail(Invalid):
    """This is not an e-mail address."""


class UnknownZone(Invalid):
    """This is not a time zone."""


class UnknownLevel(Invalid):
    """A job level is a whole number from 0 to 30."""


class UnknownLanguage(Invalid):
    """This is not a language Tandem knows."""


class UnknownRole(Invalid):
    """There is no such role."""


class OwnManager(Invalid):
    """Nobody can be their own manager."""


class OnlyAdministratorsGrantRoles(NotAllowed):
    """Only an administrator says who may do what."""


class AddressTaken(Rejected):
    """Somebody else has this e-mail address."""


class LinkedToAnotherAccount(Rejected):
    """This person signs in with another account already."""
