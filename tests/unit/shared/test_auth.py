"""Tokens are verified with the keys a service has, whether the portal answers or not."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared import auth
from shared.auth import Verifier
from shared.http import HTTPError
from shared.problems import SignInNeeded
from tests.support.service import ISSUER, TestKeys, token


class Portal(TestKeys):
    """Gives out its keys, unless it is away."""

    __test__ = False

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    async def fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise HTTPError("connection refused")
        return await super().fetch()


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal that may be asked as often as one likes."""
    monkeypatch.setattr(auth, "LOOK_AGAIN_SECONDS", -1.0)
    return Portal()


def a_verifier(portal: Portal) -> Verifier:
    return Verifier(portal, issuer=ISSUER, audience="goals", demo_clock=False)


async def test_while_the_portal_is_away_tokens_of_known_keys_are_good_and_others_are_not(portal: Portal) -> None:
    verifier = a_verifier(portal)
    await verifier.verify(token("goals", "ana"))
    portal.away = True
    assert (await verifier.verify(token("goals", "ben"))).id == "ben"
    with pytest.raises(SignInNeeded):
        await verifier.verify(token("goals", "eve", header={"kid": "another"}))
    assert portal.asked == 2


async def test_without_any_key_people_are_asked_to_sign_in_until_the_portal_is_back(portal: Portal) -> None:
    portal.away = True
    verifier = a_verifier(portal)
    with pytest.raises(SignInNeeded):
        await verifier.verify(token("goals", "ana"))
    portal.away = False
    assert (await verifier.verify(token("goals", "ana"))).id == "ana"


async def test_a_key_that_nobody_has_confirmed_for_an_hour_is_good_no_longer(portal: Portal) -> None:
    verifier = a_verifier(portal)
    await verifier.verify(token("goals", "ana"))
    portal.away = True
    verifier._fetched -= auth.KEYS_LIVE_SECONDS
    with pytest.raises(SignInNeeded):
        await verifier.verify(token("goals", "ben"))
