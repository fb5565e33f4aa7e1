"""One suite over people in memory and people on MongoDB."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.portal.domain.person import AddressTaken, Identity
from services.portal.handlers import People
from services.portal.store.people import MongoPeople
from shared.errors import NotFound, StaleAggregate
from shared.mongo import in_transaction
from shared.unit import Unit
from tests.support.service import both_drivers
from tests.unit.portal.memory import InMemoryPeople
from tests.unit.portal.people import NOW, a_person

Do = Callable[[Callable[[People], Awaitable[Any]]], Awaitable[Any]]


# The real store, by either driver.
driver = both_drivers


@pytest.fixture(params=["memory", "mongo"])
async def do(request: pytest.FixtureRequest, database: Any) -> Do:
    """Do something with people in a unit of work of its own."""
    if request.param == "memory":
        kept = InMemoryPeople()
        return lambda step: step(kept)

    async def in_unit(step: Callable[[People], Awaitable[Any]]) -> Any:
        async def work(session: Any) -> Any:
            unit = Unit(database, session, at=datetime.now(UTC), writer="test")
            result = await step(MongoPeople(unit))
            await unit.flush()
            return result

        return await in_transaction(database.client, work)

    return in_unit


async def test_a_person_comes_back_as_they_were_saved(do: Do) -> None:
    ana = a_person()
    ana.choose(zone="Asia/Singapore", locale="de", at=NOW)
    ana.link(Identity(issuer="https://one", subject="1"))
    ana.grant({"programme_manager"}, by_roles={"administrator"})
    await do(lambda people: people.save(ana))
    found = await do(lambda people: people.get(ana.id))
    kept_by_the_unit = {"version", "sequence", "stamp"}
    assert found.model_dump(exclude=kept_by_the_unit) == ana.model_dump(exclude=kept_by_the_unit)


async def test_nobody_is_found_where_nobody_is(do: Do) -> None:
    assert await do(lambda people: people.find("nobody")) is None
    assert await do(lambda people: people.with_email("nobody@alder.example")) is None
    assert await do(lambda people: people.several(["nobody"])) == {}
    with pytest.raises(NotFound):
        await do(lambda people: people.get("nobody"))


async def test_a_person_is_found_by_address_and_by_the_whole_of_an_account(do: Do) -> None:
    ana = a_person()
    ana.link(Identity(issuer="https://one", subject="1"))
    ana.link(Identity(issuer="https://two", subject="2"))
    await do(lambda people: people.save(ana))
    assert (await do(lambda people: people.with_email(ana.email))).id == ana.id
    assert (await do(lambda people: people.with_identity(Identity(issuer="https://two", subject="2")))).id == ana.id
    assert await do(lambda people: people.with_identity(Identity(issuer="https://one", subject="2"))) is None


async def test_an_address_belongs_to_one_person(do: Do) -> None:
    ana = a_person()
    await do(lambda people: people.save(ana))
    with pytest.raises(AddressTaken):
        await do(lambda people: people.save(a_person(employee_id="E2", email=ana.email)))


async def test_an_address_that_was_given_up_is_free(do: Do) -> None:
    ana = a_person()
    old = ana.email
    await do(lambda people: people.save(ana))

    async def move(people: People) -> None:
        person = await people.get(ana.id)
        person.update(person.hr_record.model_copy(update={"email": "ana.new@alder.example"}), NOW)
        await people.save(person)

    await do(move)
    await do(lambda people: people.save(a_person(employee_id="E2", email=old)))
    assert (await do(lambda people: people.with_email(old))).employee_id == "E2"


async def test_a_change_of_what_somebody_else_has_changed_since_is_refused(database: Any) -> None:
    ana = a_person()

    async def in_unit(work: Callable[[MongoPeople], Awaitable[None]], session: Any) -> None:
        unit = Unit(database, session, at=NOW, writer="test")
        await work(MongoPeople(unit))
        await unit.flush()

    async def change(people: MongoPeople) -> None:
        person = await people.get(ana.id)
        person.grant({"administrator"}, by_roles={"administrator"})
        await database.people.update_one({"_id": ana.id}, {"$inc": {"version": 1}})
        await people.save(person)

    await in_transaction(database.client, lambda session: in_unit(lambda people: people.save(ana), session))
    with pytest.raises(StaleAggregate):
        await in_unit(change, None)
