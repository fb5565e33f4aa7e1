"""The rules about a person."""

from datetime import timedelta
from typing import Any

import pytest

from services.portal.domain.attributes import is_email, language_named, zone_like, zone_named
from services.portal.domain.person import (
    Identity,
    LinkedToAnotherAccount,
    MissingValue,
    NotAnEmail,
    OnlyAdministratorsGrantRoles,
    OwnManager,
    Person,
    UnknownLanguage,
    UnknownLevel,
    UnknownRole,
    UnknownZone,
)
from shared.contracts.portal import PersonChanged
from shared.errors import Rejected
from tests.unit.portal.people import NOW, a_person, a_record

LATER = NOW + timedelta(days=1)


def told(person: Person) -> PersonChanged:
    event = person.unpublished[-1]
    assert isinstance(event, PersonChanged)
    return event


def test_whoever_joins_is_told_of() -> None:
    person = Person.join(a_record(), NOW)
    assert told(person).name == "Ana Sousa"
    assert told(person).at == NOW


def test_a_record_that_says_nothing_new_is_not_told_again() -> None:
    person = a_person()
    person.update(person.hr_record, LATER)
    assert person.unpublished == []


def test_a_changed_record_is_told() -> None:
    person = a_person()
    person.update(person.hr_record.model_copy(update={"location": "Porto"}), LATER)
    assert told(person).location == "Porto"


def test_somebodys_own_choice_of_zone_and_language_outlives_the_next_import() -> None:
    person = a_person()
    person.choose(zone="Asia/Singapore", locale="de", at=NOW)
    person.update(person.hr_record.model_copy(update={"zone": "Europe/Madrid"}), LATER)
    assert (person.zone, person.locale) == ("Asia/Singapore", "de")
    assert person.hr_zone == "Europe/Madrid"


def test_the_first_language_tandem_speaks_is_the_one_of_the_pages_until_somebody_chooses() -> None:
    assert a_person(languages=("fr", "de", "en")).locale == "de"
    assert a_person(languages=("fr",)).locale == "en"


@pytest.mark.parametrize(
    ("zone", "locale"), [("Lisbon", "en"), ("", "en"), ("europe/lisbon", "en"), ("Europe/Lisbon", "fr"), ("Europe/Lisbon", "")]
)
def test_only_zones_and_languages_that_exist_can_be_chosen(zone: str, locale: str) -> None:
    person = a_person()
    with pytest.raises((UnknownZone, UnknownLanguage)):
        person.choose(zone=zone, locale=locale, at=NOW)
    assert person.unpublished == []


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"employee_id": " "}, MissingValue, "employee_id"),
        ({"name": ""}, MissingValue, "name"),
        ({"email": "ana"}, NotAnEmail, "email"),
        ({"email": "Ana@alder.example"}, NotAnEmail, "email"),
        ({"zone": "Lisbon"}, UnknownZone, "zone"),
        ({"level": -1}, UnknownLevel, "level"),
        ({"level": 31}, UnknownLevel, "level"),
        ({"languages": ("klingon",)}, UnknownLanguage, "languages"),
    ],
)
def test_what_cannot_be_a_person_does_not_join(changes: dict[str, Any], refusal: type[Rejected], field: str) -> None:
    with pytest.raises(refusal) as refused:
        Person.join(a_record(**changes), NOW)
    assert refused.value.field == field


def test_nobody_is_their_own_manager() -> None:
    person = a_person()
    with pytest.raises(OwnManager):
        person.update(person.hr_record.model_copy(update={"manager_id": person.id}), NOW)


def test_only_an_administrator_grants_roles() -> None:
    with pytest.raises(OnlyAdministratorsGrantRoles):
        a_person().grant({"administrator"}, by_roles={"programme_manager"})


def test_a_role_that_does_not_exist_is_not_granted() -> None:
    with pytest.raises(UnknownRole):
        a_person().grant({"king"}, by_roles={"administrator"})


def test_roles_are_exactly_those_granted_last() -> None:
    person = a_person()
    person.grant({"administrator", "programme_manager"}, by_roles={"administrator"})
    person.grant({"programme_manager"}, by_roles={"administrator"})
    assert person.roles == ("programme_manager",)


def test_a_person_has_one_account_at_each_provider() -> None:
    person = a_person()
    person.link(Identity(issuer="https://one", subject="1"))
    person.link(Identity(issuer="https://one", subject="1"))
    person.link(Identity(issuer="https://two", subject="1"))
    with pytest.raises(LinkedToAnotherAccount):
        person.link(Identity(issuer="https://one", subject="2"))
    assert len(person.identities) == 2


@pytest.mark.parametrize("address", ["ana@alder.example", "a.b+c@x-y.example.org", "o'brien@alder.example", " Ana@Alder.Example "])
def test_a_work_address_is_one(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@alder.example", "ana@alder", "a@b@c.example", "a b@c.example", "ana@-x.example", "ana@x..example", ".a@x.example",
     "a..b@x.example", "ana@x.example\nx", "<ana@x.example>", "ana@[127.0.0.1]", f"{'a' * 65}@x.example", f"a@{'x.' * 130}example"],
)  # fmt: skip
def test_what_two_readers_could_read_differently_is_no_address(address: str) -> None:
    assert not is_email(address)


@pytest.mark.parametrize(
    ("text", "zone"),
    [("europe/lisbon", "Europe/Lisbon"), ("America/Sao Paulo", "America/Sao_Paulo"), ("utc", "UTC"), ("CET", None), ("", None)],
)
def test_a_zone_is_known_by_its_name(text: str, zone: str | None) -> None:
    assert zone_named(text) == zone


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Madrid", "Europe/Madrid"),
        ("Europe/Lisboa", "Europe/Lisbon"),
        ("Sao Paulo", "America/Sao_Paulo"),
        ("singapore", "Asia/Singapore"),
        ("qqqqqq", None),
    ],
)
def test_a_zone_that_may_be_meant_is_offered(text: str, zone: str | None) -> None:
    assert zone_like(text) == zone


@pytest.mark.parametrize(
    ("text", "code"), [("en", "en"), ("DE-ch", "de"), ("pt_BR", "pt"), ("Deutsch", "de"), ("Portuguese", "pt"), ("xx", None), ("", None)]
)
def test_a_language_is_known_by_code_or_name(text: str, code: str | None) -> None:
    assert language_named(text) == code
