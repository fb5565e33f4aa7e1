"""Signing in at a real identity provider, and what must not get through."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from tests.support.identity import CLIENT_ID, LyingIssuer, a_key
from tests.support.portal import INES, PORTAL_URL, RAVI, Portal
from tests.support.service import Start


async def test_somebody_known_by_their_verified_address_is_signed_in_and_led_where_they_wanted(portal: Portal) -> None:
    ines = await portal.join(INES)
    browser = portal.browser()
    answer = await browser.sign_in(INES, return_to="/goals/1?tab=steps")
    assert answer.status_code == 303, answer.text[:500]
    assert answer.headers["location"] == "/goals/1?tab=steps"
    session = await portal.database.sessions.find_one()
    assert session["person_id"] == ines.id


async def test_the_provider_is_asked_with_pkce_state_and_nonce(portal: Portal) -> None:
    asked = await portal.browser().begin()
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{PORTAL_URL}/sign-in/callback"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43


async def test_the_cookie_is_bound_to_the_host_and_its_secret_is_kept_nowhere(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    answer = await browser.sign_in(INES)
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("__Host-tandem="))
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
        assert attribute in cookie
    assert "Domain" not in cookie
    session = await portal.database.sessions.find_one()
    assert browser.session is not None
    assert browser.session not in str(session)
    assert b"eyJ" not in session["id_token"]


async def test_the_second_sign_in_goes_by_issuer_and_subject_and_no_longer_by_the_address(portal: Portal, issuer: LyingIssuer) -> None:
    ines = await portal.join(INES)
    await portal.browser().sign_in(INES)
    issuer.claims = {"email": "somebody.else@alder.example"}
    assert (await portal.browser().sign_in(INES)).status_code == 303
    assert {session["person_id"] async for session in portal.database.sessions.find()} == {ines.id}


async def test_another_account_with_the_same_address_does_not_take_a_linked_person_over(portal: Portal, issuer: LyingIssuer) -> None:
    await portal.join(INES)
    await portal.browser().sign_in(INES)
    issuer.claims = {"sub": "another account"}
    browser = portal.browser()
    answer = await browser.sign_in(INES)
    assert answer.status_code >= 400
    assert browser.session is None


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email_verified": False}, id="not verified"),
        pytest.param({"email_verified": "true"}, id="verified in words only"),
        pytest.param({"email": f"{INES}@evil.example"}, id="two at signs"),
        pytest.param({"email": None}, id="no address"),
    ],
)
async def test_an_address_the_provider_does_not_vouch_for_leads_to_the_page_that_says_so(
    portal: Portal, issuer: LyingIssuer, claims: dict[str, object]
) -> None:
    await portal.join(INES)
    issuer.claims = claims
    answer = await portal.browser().sign_in(INES)
    assert answer.status_code == 403
    assert "does not know you yet" in answer.text


async def test_addresses_link_nobody_unless_the_settings_say_so(start_portal: Start) -> None:
    portal = await start_portal(link_by_email=False)
    await portal.join(INES)
    assert (await portal.browser().sign_in(INES)).status_code == 403


async def test_the_first_administrator_gets_in_before_anybody_is_imported(start_portal: Start) -> None:
    portal = await start_portal(link_by_email=False)
    assert (await portal.browser().sign_in(RAVI)).status_code == 303
    person = await portal.database.people.find_one()
    assert person["email"] == RAVI
    assert person["provisional"]


async def test_somebody_who_has_left_is_not_let_in_and_no_longer_signed_in(portal: Portal) -> None:
    ines = await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    await portal.database.people.update_one({"_id": ines.id}, {"$set": {"active": False}})
    assert (await browser.get("/held-form")).headers["location"].startswith("/sign-in")
    assert (await portal.browser().sign_in(INES)).status_code == 403


async def test_a_state_nobody_gave_out_is_refused(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.begin()
    back = await browser.choose(INES)
    answer = await browser.get(back.replace("state=", "state=x"))
    assert answer.status_code == 400
    assert "sign in again" in answer.text.lower()
    assert browser.session is None


async def test_an_answer_in_another_browser_than_the_one_that_asked_is_refused(portal: Portal) -> None:
    await portal.join(INES)
    attacker, victim = portal.browser(), portal.browser()
    await attacker.begin()
    back = await attacker.choose(INES)
    await victim.begin()
    assert (await victim.get(back)).status_code == 400
    assert victim.session is None


async def test_an_answer_counts_once(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.begin()
    cookies = dict(browser.client.cookies)
    back = await browser.choose(INES)
    assert (await browser.get(back)).status_code == 303
    again = portal.browser()
    again.client.cookies.update(cookies)
    assert (await again.get(back)).status_code == 400


async def test_a_code_that_was_used_elsewhere_is_refused(portal: Portal) -> None:
    await portal.join(INES)
    first, second = portal.browser(), portal.browser()
    await first.begin()
    code = parse_qs(urlsplit(await first.choose(INES)).query)["code"][0]
    asked = await second.begin()
    answer = await second.get(f"/sign-in/callback?code={code}&state={asked['state']}&iss={portal.issuer.address}")
    # The verifier of this browser's sign-in is not the one of that code (PKCE).
    assert answer.status_code == 400
    assert second.session is None


async def test_several_tabs_can_sign_in_at_the_same_time(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.begin("/one")
    first = await browser.choose(INES)
    await browser.begin("/two")
    second = await browser.choose(INES)
    cookies = dict(browser.client.cookies)
    assert (await browser.get(second)).headers["location"] == "/two"
    browser.client.cookies.update(cookies)
    assert (await browser.get(first)).headers["location"] == "/one"


async def test_a_browser_has_only_a_few_sign_ins_under_way(portal: Portal) -> None:
    browser = portal.browser()
    for _ in range(15):
        await browser.begin()
    assert await portal.database.sign_ins.count_documents({}) == 10


async def test_a_sign_in_that_took_too_long_is_refused(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.begin()
    await portal.database.sign_ins.update_many({}, {"$set": {"started_at": datetime.now(UTC) - timedelta(seconds=601)}})
    assert (await browser.get(await browser.choose(INES))).status_code == 400


@pytest.mark.parametrize("iss", ["&iss=https%3A%2F%2Fevil.example", "", "&iss="])
async def test_an_answer_that_does_not_name_our_provider_is_refused(portal: Portal, iss: str) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.begin()
    back = (await browser.choose(INES)).partition("&iss=")[0] + iss
    assert (await browser.get(back)).status_code == 400
    assert browser.session is None


async def test_a_provider_that_says_no_is_told_kindly(portal: Portal) -> None:
    browser = portal.browser()
    asked = await browser.begin()
    answer = await browser.get(
        f"/sign-in/callback?error=access_denied&error_description=%3Cscript%3E&state={asked['state']}&iss={portal.issuer.address}"
    )
    assert answer.status_code == 400
    assert "The sign-in was stopped" in answer.text
    assert "%3Cscript" not in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")


# When the tests were collected, which may be long before they run.
NOW = int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "another"}, id="nonce of another"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"iss": "https://evil.example"}, id="issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "another-client"}, id="audience"),
        pytest.param({"aud": [CLIENT_ID, "another-client"]}, id="one more audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"azp": "another-client"}, id="authorised party"),
        pytest.param({"exp": NOW - 120}, id="expired"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"exp": "2099"}, id="expiry in words"),
        pytest.param({"iat": NOW + 86_400}, id="from the future"),
        pytest.param({"nbf": NOW + 86_400}, id="not yet"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"sub": ""}, id="empty subject"),
        pytest.param({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, id="another access token"),
    ],
)
async def test_an_id_token_with_a_wrong_claim_signs_nobody_in(portal: Portal, issuer: LyingIssuer, claims: dict[str, object]) -> None:
    await portal.join(INES)
    issuer.claims = claims
    browser = portal.browser()
    assert (await browser.sign_in(INES)).status_code == 400
    assert browser.session is None
    assert await portal.database.sessions.count_documents({}) == 0


@pytest.mark.parametrize(("skew", "status"), [(-61, 400), (-40, 303)])
async def test_a_token_may_be_a_minute_over(portal: Portal, issuer: LyingIssuer, skew: int, status: int) -> None:
    await portal.join(INES)
    issuer.claims = {"exp": int(datetime.now(UTC).timestamp()) + skew}
    assert (await portal.browser().sign_in(INES)).status_code == status


@pytest.mark.parametrize(
    "spoil", ["none", "HS256 with the public key", "PS256", "a key of its own", "another key of the same name", "unknown key"]
)
async def test_an_id_token_that_the_provider_has_not_signed_in_a_way_we_allow_signs_nobody_in(
    portal: Portal, issuer: LyingIssuer, spoil: str
) -> None:
    await portal.join(INES)
    strange = RSAKey.import_key({**a_key("strange").as_dict(private=True), "kid": "first"})
    match spoil:
        case "none":
            issuer.header = {"alg": "none"}
        case "HS256 with the public key":
            issuer.header = {"alg": "HS256"}
        case "PS256":
            issuer.header = {"alg": "PS256"}
        case "a key of its own":
            issuer.header, issuer.key = {"jwk": strange.as_dict(private=False)}, strange
        case "another key of the same name":
            issuer.key = strange
        case "unknown key":
            issuer.header, issuer.key = {"kid": "unknown"}, strange
    browser = portal.browser()
    assert (await browser.sign_in(INES)).status_code == 400
    assert browser.session is None


async def test_a_new_key_of_the_provider_is_fetched_when_a_token_names_it(portal: Portal, issuer: LyingIssuer) -> None:
    await portal.join(INES)
    assert (await portal.browser().sign_in(INES)).status_code == 303
    issuer.rotate()
    keys = portal.running.app.state.front_door.provider._keys
    keys._asked_at -= 10
    assert (await portal.browser().sign_in(INES)).status_code == 303


async def test_forged_key_names_do_not_make_us_ask_the_provider_each_time(portal: Portal, issuer: LyingIssuer) -> None:
    await portal.join(INES)
    await portal.browser().sign_in(INES)
    keys = portal.running.app.state.front_door.provider._keys
    asked_at = keys._asked_at
    issuer.header, issuer.key = {"kid": "forged"}, a_key("strange")
    for _ in range(5):
        assert (await portal.browser().sign_in(INES)).status_code == 400
    assert keys._asked_at == asked_at


async def test_a_provider_that_calls_itself_otherwise_is_not_used(portal: Portal, issuer: LyingIssuer) -> None:
    issuer.says = {"issuer": "https://evil.example"}
    answer = await portal.browser().get("/sign-in")
    assert answer.status_code == 400


async def test_a_provider_that_is_away_is_said_so(start_portal: Start) -> None:
    portal = await start_portal(identity_url="http://127.0.0.1:1")
    answer = await portal.browser().get("/sign-in")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


async def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(portal: Portal) -> None:
    await portal.join(INES)
    planted = portal.browser()
    planted.client.cookies.set("__Host-tandem", "planted by somebody", domain="portal.test")
    await planted.sign_in(INES)
    assert planted.session not in {None, "planted by somebody"}


async def test_signing_in_again_ends_the_session_that_was_there(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    first = browser.session
    await portal.database.sessions.update_many({}, {"$set": {"seen_at": datetime.now(UTC) - timedelta(hours=3)}})
    await browser.sign_in(INES)
    assert browser.session != first
    assert await portal.database.sessions.count_documents({}) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"seen_at": timedelta(hours=-3)}, id="left alone"),
        pytest.param({"ends_at": timedelta(seconds=-1)}, id="over"),
    ],
)
async def test_a_session_ends_when_it_is_left_alone_or_old(portal: Portal, change: dict[str, timedelta]) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    await portal.database.sessions.update_many({}, {"$set": {name: datetime.now(UTC) + by for name, by in change.items()}})
    assert (await browser.get("/held-form")).headers["location"] == "/sign-in?return_to=%2Fheld-form"


async def test_signing_out_ends_the_session_here_and_at_the_provider(portal: Portal, issuer: LyingIssuer) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    stolen = browser.session
    answer = await browser.post("/sign-out", {"form_token": await portal.form_token(browser)})
    assert answer.status_code == 303, answer.text[:500]
    assert answer.headers["location"].startswith(f"{issuer.address}/sign-out?")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["post_logout_redirect_uri"] == [f"{PORTAL_URL}/signed-out"]
    assert asked["id_token_hint"][0].startswith("eyJ")
    assert browser.session is None
    thief = portal.browser()
    assert stolen is not None
    thief.client.cookies.set("__Host-tandem", stolen, domain="portal.test")
    assert (await thief.get("/held-form")).headers["location"].startswith("/sign-in")
    assert "You are signed out" in (await browser.get("/signed-out")).text


async def test_nobody_is_signed_out_by_another_site(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    answer = await browser.post("/sign-out", {"form_token": await portal.form_token(browser)}, site="cross-site")
    assert answer.status_code == 403
    assert await portal.database.sessions.count_documents({}) == 1


async def test_whoever_comes_by_another_name_of_the_server_is_led_to_its_right_one_first_and_once(portal: Portal) -> None:
    browser = portal.browser()
    answer = await browser.get("https://127.0.0.1:8000/sign-in?return_to=%2Fgoals%3Fa%3D1%26b%3D2")
    assert answer.headers["location"] == f"{PORTAL_URL}/sign-in?return_to=%2Fgoals%3Fa%3D1%26b%3D2&moved=true"
    again = await browser.get("https://127.0.0.1:8000/sign-in?return_to=%2F&moved=true")
    assert again.headers["location"].startswith(portal.issuer.address)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%2f%2fevil.example"])
async def test_nobody_is_led_to_another_site_after_signing_in(portal: Portal, target: str) -> None:
    await portal.join(INES)
    assert (await portal.browser().sign_in(INES, return_to=target)).headers["location"] == "/"
