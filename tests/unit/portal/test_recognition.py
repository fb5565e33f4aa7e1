"""Whose account it is that has signed in."""

from typing import Any

import pytest

from services.portal.domain.person import Identity, LinkedToAnotherAccount
from services.portal.domain.session import AccountClosed, UnknownAccount
from services.portal.handlers import Recognise, recognise
from tests.unit.portal.memory import InMemoryPeople
from tests.unit.portal.people import NOW, a_person

ACCOUNT = Identity(issuer="https://one", subject="1")


def signed_in(email: str | None, **changes: Any) -> Recognise:
    given: dict[str, Any] = {"identity": ACCOUNT, "email": email, "name": "Ana", "may_link": True, "may_join": False, "at": NOW}
    return Recognise(**{**given, **changes})


async def test_an_account_that_was_here_before_is_known_whatever_its_address_is_now() -> None:
    people, ana = InMemoryPeople(), a_person()
    ana.link(ACCOUNT)
    await people.save(ana)
    assert await recognise(signed_in("other@alder.example", may_link=False), people) == ana.id


async def test_a_verified_address_links_an_account_for_good() -> None:
    people, ana = InMemoryPeople(), a_person()
    await people.save(ana)
    assert await recognise(signed_in(ana.email), people) == ana.id
    assert people.kept[ana.id].identities == (ACCOUNT,)


@pytest.mark.parametrize("changes", [{"may_link": False}, {"email": None}, {"email": "nobody@alder.example"}])
async def test_an_account_that_belongs_to_nobody_is_refused(changes: dict[str, Any]) -> None:
    people, ana = InMemoryPeople(), a_person()
    await people.save(ana)
    with pytest.raises(UnknownAccount):
        await recognise(signed_in(**{"email": ana.email, **changes}), people)
    assert people.kept[ana.id].identities == ()


async def test_a_second_account_does_not_take_a_person_over_by_their_address() -> None:
    people, ana = InMemoryPeople(), a_person()
    ana.link(Identity(issuer="https://one", subject="her own"))
    await people.save(ana)
    with pytest.raises(LinkedToAnotherAccount):
        await recognise(signed_in(ana.email), people)


async def test_whoever_the_settings_name_joins_until_a_file_names_them() -> None:
    people = InMemoryPeople()
    person_id = await recognise(signed_in("ravi@alder.example", may_join=True), people)
    assert people.kept[person_id].provisional


async def test_somebody_who_has_left_is_refused() -> None:
    people, ana = InMemoryPeople(), a_person(active=False)
    await people.save(ana)
    with pytest.raises(AccountClosed):
        await recognise(signed_in(ana.email), people)
