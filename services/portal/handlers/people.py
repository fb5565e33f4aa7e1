"""People: let in, recognised, changed. Each handler runs inside one unit of work."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.portal.domain.person import Identity, Person, Record
from services.portal.domain.session import AccountClosed, UnknownAccount


class People(Protocol):
    """Everyone who works here. `save` also publishes what has changed."""

    async def get(self, person_id: str) -> Person: ...
    async def find(self, person_id: str) -> Person | None: ...
    async def several(self, person_ids: Collection[str]) -> dict[str, Person]: ...
    async def with_identity(self, identity: Identity) -> Person | None: ...
    async def with_email(self, email: str) -> Person | None: ...
    async def save(self, person: Person) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Recognise:
    """Somebody has signed in. `email` is verified by the provider; `may_link` lets it stand for a person of that address."""

    identity: Identity
    email: str | None
    name: str
    may_link: bool
    may_join: bool
    at: datetime


async def recognise(command: Recognise, people: People) -> str:
    """The id of the person this account belongs to. Raises UnknownAccount or AccountClosed."""
    person = await people.with_identity(command.identity)
    if person is None:
        person = await _person_with_the_address(command, people)
        person.link(command.identity)
        await people.save(person)
    if not person.active:
        raise AccountClosed
    return person.id


async def _person_with_the_address(command: Recognise, people: People) -> Person:
    if command.email is None or not command.may_link:
        raise UnknownAccount
    person = await people.with_email(command.email)
    if person is not None:
        return person
    if not command.may_join:
        raise UnknownAccount
    record = Record(employee_id=command.email, name=command.name or command.email, email=command.email)
    return Person.join(record, command.at, provisional=True)


@dataclass(frozen=True, kw_only=True)
class ChooseSettings:
    """A person sets their own time zone and language."""

    by: str
    zone: str
    locale: str
    at: datetime


async def choose_settings(command: ChooseSettings, people: People) -> None:
    """From now on pages and mails speak this language and count time in this zone."""
    person = await people.get(command.by)
    person.choose(zone=command.zone, locale=command.locale, at=command.at)
    await people.save(person)


@dataclass(frozen=True, kw_only=True)
class GrantRoles:
    """An administrator says what somebody may do."""

    person_id: str
    roles: frozenset[str]
    by_roles: frozenset[str]


async def grant_roles(command: GrantRoles, people: People) -> None:
    """Exactly these roles, from the next token on."""
    person = await people.get(command.person_id)
    person.grant(command.roles, by_roles=command.by_roles)
    await people.save(person)
