import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local import demo
from deploy.local.identity import create_app
from deploy.local.issuer import CODE_SECONDS, Client, Issuer, Refused, signing_key
from deploy.local.secrets import Secrets

ISSUER = "http://identity.test"
PORTAL = "http://portal.test"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
QUERY = {
    "response_type": "code",
    "client_id": "portal",
    "redirect_uri": f"{PORTAL}/sign-in/callback",
    "scope": "openid profile email",
    "state": "a state",
    "nonce": "a nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(ISSUER, Client("portal", "a secret", PORTAL), signing_key(Secrets(tmp_path_factory.mktemp("secrets"))))


@pytest.fixture
async def browser(issuer: Issuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(issuer)), base_url=ISSUER) as client:
        yield client


async def answer(browser: httpx2.AsyncClient, person: str = demo.PROTEGE.email, **changes: str) -> dict[str, str]:
    """What the portal gets back when `person` is chosen."""
    response = await browser.post("/authorize", params=QUERY | changes, data={"person": person})
    assert response.status_code == 303, response.text
    assert response.headers["Location"].startswith(f"{PORTAL}/sign-in/callback?")
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


async def redeem(browser: httpx2.AsyncClient, code: str, secret: str = "a secret", **changes: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": QUERY["redirect_uri"], "code_verifier": VERIFIER}
    return await browser.post("/token", data=form | changes, auth=("portal", secret))


async def test_somebody_signs_in_and_the_portal_learns_who_it_is(browser: httpx2.AsyncClient) -> None:
    back = await answer(browser)
    assert (back["state"], back["iss"]) == ("a state", ISSUER)
    tokens = (await redeem(browser, back["code"])).json()
    keys = KeySet.import_key_set((await browser.get("/jwks")).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, "portal", "a nonce")
    assert (claims["sub"], claims["name"]) == (demo.PROTEGE.employee.employee_id, "Inês Carvalho")
    assert (claims["email"], claims["email_verified"]) == (demo.PROTEGE.email, True)
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    userinfo = (await browser.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})).json()
    assert userinfo["sub"] == claims["sub"]


async def test_the_page_offers_the_demo_people_and_everybody_else(browser: httpx2.AsyncClient) -> None:
    page = (await browser.get("/authorize", params=QUERY)).text
    for sign_in in demo.SIGN_INS:
        assert f'Sign in<span class="hidden"> as {sign_in.employee.name}</span>' in page
    assert page.count("<option") == 300
    other = demo.people()[42]
    assert "code" in await answer(browser, person=other.name)


async def test_a_name_nobody_has_is_said_beside_the_field(browser: httpx2.AsyncClient) -> None:
    response = await browser.post("/authorize", params=QUERY, data={"person": "Nobody"})
    assert response.status_code == 422
    assert "Nobody at Alder has this name or address." in response.text


@pytest.mark.parametrize(
    "changes", [{"client_id": "another"}, {"redirect_uri": "http://evil.test/"}, {"redirect_uri": f"{PORTAL}/elsewhere"}]
)
async def test_an_unknown_application_gets_no_answer_at_all(browser: httpx2.AsyncClient, changes: dict[str, str]) -> None:
    for response in (await browser.get("/authorize", params=QUERY | changes), await browser.post("/authorize", params=QUERY | changes)):
        assert response.status_code == 400
        assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "a.b.c"}, "request_not_supported"),
    ],
)
async def test_a_wrong_request_is_answered_with_its_error(browser: httpx2.AsyncClient, changes: dict[str, str], error: str) -> None:
    back = await answer(browser, **changes)
    assert (back["error"], back["state"], back["iss"]) == (error, "a state", ISSUER)
    assert "code" not in back


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://evil.test/"}, {"code": "guess"}]
)
async def test_a_code_is_worth_nothing_without_its_verifier_and_address(browser: httpx2.AsyncClient, changes: dict[str, str]) -> None:
    response = await redeem(browser, **({"code": (await answer(browser))["code"]} | changes))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


async def test_a_code_counts_once(browser: httpx2.AsyncClient) -> None:
    code = (await answer(browser))["code"]
    assert (await redeem(browser, code)).status_code == 200
    assert (await redeem(browser, code)).json()["error"] == "invalid_grant"


def test_a_code_is_too_old_after_a_minute(issuer: Issuer) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": QUERY["redirect_uri"], "code_verifier": VERIFIER}
    code = issuer.code(issuer.check(QUERY), demo.PROTEGE.employee, now=1000.0)
    with pytest.raises(Refused, match="too old"):
        issuer.redeem(form | {"code": code}, now=1000.0 + CODE_SECONDS)


async def test_only_the_portal_can_redeem(browser: httpx2.AsyncClient) -> None:
    code = (await answer(browser))["code"]
    assert (await redeem(browser, code, secret="a guess")).json() == {"error": "invalid_client"}
    assert (await redeem(browser, code)).status_code == 200


async def test_signing_out_leads_back_to_the_portal_and_nowhere_else(browser: httpx2.AsyncClient) -> None:
    home = {"post_logout_redirect_uri": f"{PORTAL}/signed-out", "state": "x"}
    assert (await browser.get("/sign-out", params=home)).headers["Location"] == f"{PORTAL}/signed-out?state=x"
    elsewhere: Any = await browser.get("/sign-out", params={"post_logout_redirect_uri": "http://evil.test/"})
    assert elsewhere.status_code == 200
    assert "You are signed out" in elsewhere.text


def test_the_signing_key_stays_the_same_after_a_restart(tmp_path: Path) -> None:
    assert signing_key(Secrets(tmp_path)).thumbprint() == signing_key(Secrets(tmp_path)).thumbprint()
