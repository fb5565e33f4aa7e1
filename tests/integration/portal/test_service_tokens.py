"""The tokens by which services know who asks, verified as every service verifies them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OKPKey

from shared.auth import Verifier
from shared.problems import SignInNeeded
from tests.support.portal import INES, PORTAL_URL, RAVI, Portal
from tests.support.service import Start


class OverHttp:
    """The portal's keys as a service fetches them."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    async def fetch(self) -> dict[str, Any]:
        async with self.portal.running.anonymous() as client:
            return dict((await client.get("/.well-known/jwks.json")).json())


def verifier(portal: Portal, audience: str = "matching", *, demo_clock: bool = True) -> Verifier:
    return Verifier(OverHttp(portal), issuer=PORTAL_URL, audience=audience, demo_clock=demo_clock)


async def test_a_service_knows_from_the_token_who_asks_and_what_they_may(portal: Portal) -> None:
    ravi = await portal.join(RAVI)
    token = (await portal.token(RAVI, "matching")).json()["token"]
    asker = await verifier(portal).verify(token)
    assert asker.id == ravi.id
    assert asker.roles == {"administrator"}


async def test_a_token_is_an_access_token_for_one_service_and_lives_five_minutes(portal: Portal) -> None:
    await portal.join(INES)
    token = (await portal.token(INES, "matching")).json()["token"]
    assert jws.extract_compact(token.encode()).headers()["typ"] == "at+jwt"
    claims = jwt.decode(token, OKPKey.import_key((await OverHttp(portal).fetch())["keys"][0]), algorithms=["Ed25519"]).claims
    assert claims["exp"] - claims["iat"] == 300
    assert claims["aud"] == "matching"
    with pytest.raises(SignInNeeded):
        await verifier(portal, "goals").verify(token)


async def test_the_published_keys_hold_no_private_half_and_the_kept_ones_are_locked_up(portal: Portal) -> None:
    await portal.token(None, person_id="somebody")
    keys = (await OverHttp(portal).fetch())["keys"]
    assert len(keys) == 1
    assert "d" not in keys[0]
    kept = await portal.database.signing_keys.find_one()
    assert isinstance(kept["private"], bytes)


async def test_a_new_key_signs_after_a_month_and_the_old_one_is_shown_for_a_while(start_portal: Start) -> None:
    portal = await start_portal(signing_key_days=30)
    await portal.token(None, person_id="somebody")
    month_ago = datetime.now(UTC) - timedelta(days=30, minutes=5)
    await portal.database.signing_keys.update_many({}, {"$set": {"created_at": month_ago}})
    portal.running.app.state.front_door.tokens._key = None
    token = (await portal.token(None, person_id="another")).json()["token"]
    assert len((await OverHttp(portal).fetch())["keys"]) == 2
    assert (await verifier(portal).verify((await portal.token(None, "matching", person_id="another")).json()["token"])).id == "another"
    assert jws.extract_compact(token.encode()).headers()["kid"] == (await OverHttp(portal).fetch())["keys"][0]["kid"]


async def test_two_replicas_that_start_at_once_both_sign_with_keys_that_are_known(portal: Portal) -> None:
    front_door = portal.running.app.state.front_door
    keys = front_door.tokens._keys
    first, second = await keys._make(datetime.now(UTC)), await keys._make(datetime.now(UTC))
    assert {key["kid"] for key in await keys.public()} == {first["_id"], second["_id"]}


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({"aud": "goals"}, id="for another service"),
        pytest.param({"iss": "https://evil.example"}, id="of another issuer"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"sub": None}, id="of nobody"),
    ],
)
async def test_a_token_with_a_wrong_claim_opens_nothing(portal: Portal, spoilt: dict[str, Any]) -> None:
    front_door = portal.running.app.state.front_door
    key = await front_door.tokens._keys.current()
    now = int(datetime.now(UTC).timestamp())
    claims = {"iss": PORTAL_URL, "aud": "portal", "sub": "x", "roles": ["administrator"], "iat": now, "exp": now + 300, **spoilt}
    claims = {name: value for name, value in claims.items() if value is not None}
    token = jwt.encode({"alg": "Ed25519", "kid": key.kid, "typ": "at+jwt"}, claims, key, algorithms=["Ed25519"])
    answer = await _ask(portal, token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", ["JWT", "logout+jwt", None])
async def test_a_token_of_another_kind_opens_nothing(portal: Portal, kind: str | None) -> None:
    key = await portal.running.app.state.front_door.tokens._keys.current()
    now = int(datetime.now(UTC).timestamp())
    header = {"alg": "Ed25519", "kid": key.kid} | ({"typ": kind} if kind else {})
    token = jwt.encode(header, {"iss": PORTAL_URL, "aud": "portal", "sub": "x", "exp": now + 300}, key, algorithms=["Ed25519"])
    assert (await _ask(portal, token)).status_code == 401


async def test_a_forged_token_opens_nothing(portal: Portal) -> None:
    forged = OKPKey.generate_key("Ed25519", {"kid": "forged"})
    now = int(datetime.now(UTC).timestamp())
    claims = {"iss": PORTAL_URL, "aud": "portal", "sub": "x", "roles": ["administrator"], "exp": now + 300}
    token = jwt.encode({"alg": "Ed25519", "kid": "forged", "typ": "at+jwt"}, claims, forged, algorithms=["Ed25519"])
    assert (await _ask(portal, token)).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer é"])
async def test_what_is_no_token_opens_nothing(portal: Portal, header: str) -> None:
    async with portal.running.anonymous() as client:
        assert (await client.get("/people", headers=[(b"authorization", header.encode())])).status_code == 401


async def test_the_demo_door_is_shut_without_the_demo_clock(start_portal: Start) -> None:
    portal = await start_portal(demo_clock=False)
    assert (await portal.token(INES)).status_code == 404


async def test_the_demo_door_wants_its_secret(portal: Portal) -> None:
    assert (await portal.token(INES, secret="guessed")).status_code == 403


async def test_the_demo_door_gives_tokens_at_any_time_for_anybody(portal: Portal) -> None:
    at = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
    answer = await portal.token(None, "matching", person_id="somebody", roles=["programme_manager"], at=at.isoformat())
    asker = await verifier(portal).verify(answer.json()["token"])
    assert (asker.id, set(asker.roles), asker.at) == ("somebody", {"programme_manager"}, at)


async def _ask(portal: Portal, token: str) -> httpx2.Response:
    async with portal.running.anonymous() as client:
        return await client.get("/people", headers={"authorization": f"Bearer {token}"})
