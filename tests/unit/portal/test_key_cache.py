"""The identity provider's keys: asked for when needed, not when somebody forges, and not trusted for ever."""

import asyncio

import pytest
from joserfc.jwk import KeySet, OKPKey

from services.portal.api.provider import KeyCache, ProviderDown


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Provider:
    """The keys of a provider that may be away."""

    def __init__(self) -> None:
        self.names = ["one"]
        self.away = False
        self.asked = 0

    async def fetch(self) -> KeySet:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ProviderDown
        return KeySet([OKPKey.generate_key("Ed25519", {"kid": name}) for name in self.names])


@pytest.fixture
def clock() -> Clock:
    return Clock()


def names(keys: KeySet) -> list[str | None]:
    return [key.kid for key in keys.keys]


async def test_a_known_key_costs_nothing(clock: Clock) -> None:
    theirs = Provider()
    cache = KeyCache(theirs.fetch, clock.monotonic)
    for _ in range(5):
        clock.now += 60
        assert names(await cache.with_id("one")) == ["one"]
    assert theirs.asked == 1


async def test_many_who_need_a_key_at_once_ask_once(clock: Clock) -> None:
    theirs = Provider()
    cache = KeyCache(theirs.fetch, clock.monotonic)
    await asyncio.gather(*(cache.with_id("one") for _ in range(20)))
    assert theirs.asked == 1


async def test_an_unknown_key_asks_again_but_not_more_often_than_every_ten_seconds(clock: Clock) -> None:
    theirs = Provider()
    cache = KeyCache(theirs.fetch, clock.monotonic)
    await cache.with_id("one")
    theirs.names = ["one", "two"]
    assert names(await cache.with_id("two")) == ["one"]
    clock.now += 10
    assert names(await cache.with_id("two")) == ["one", "two"]
    for number in range(50):
        await cache.with_id(f"forged {number}")
    assert theirs.asked == 2


async def test_keys_are_fetched_anew_after_an_hour_so_that_a_withdrawn_one_dies(clock: Clock) -> None:
    theirs = Provider()
    cache = KeyCache(theirs.fetch, clock.monotonic)
    await cache.with_id("one")
    theirs.names = ["two"]
    clock.now += 3601
    assert names(await cache.with_id("one")) == ["two"]


async def test_keys_are_used_on_for_a_day_while_the_provider_is_away_and_no_longer(clock: Clock) -> None:
    theirs = Provider()
    cache = KeyCache(theirs.fetch, clock.monotonic)
    await cache.with_id("one")
    theirs.away = True
    clock.now += 23 * 3600
    assert names(await cache.with_id("one")) == ["one"]
    clock.now += 2 * 3600
    with pytest.raises(ProviderDown):
        await cache.with_id("one")


async def test_a_token_that_names_no_key_is_taken_only_where_there_is_one(clock: Clock) -> None:
    theirs = Provider()
    cache = KeyCache(theirs.fetch, clock.monotonic)
    await cache.with_id(None)
    assert theirs.asked == 1
    clock.now += 60
    await cache.with_id(None)
    assert theirs.asked == 1
