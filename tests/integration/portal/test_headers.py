"""What browsers are told about every answer."""

import re

import pytest

from services.portal.pages.assets import asset, assets
from tests.support.portal import INES, Portal


@pytest.mark.parametrize("path", ["/signed-out", "/nowhere", "/people", "/static/tandem.css", "/health/live", "/.well-known/jwks.json"])
async def test_every_answer_lets_nothing_in_from_elsewhere(portal: Portal, path: str) -> None:
    answer = await portal.browser().get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'")
    assert f"form-action 'self' {portal.issuer.address};" in policy
    assert "frame-ancestors 'none'; base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_the_page_of_the_api_runs_exactly_its_own_script(portal: Portal) -> None:
    answer = await portal.browser().get("/docs")
    assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]{44}';", answer.headers["content-security-policy"])
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_a_page_of_somebody_signed_in_is_kept_by_no_browser(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    assert (await browser.get("/held-form")).headers["cache-control"] == "no-store"


async def test_files_are_kept_for_ever_under_the_mark_of_their_content_and_not_without_it(portal: Portal) -> None:
    browser = portal.browser()
    for name in assets():
        assert "immutable" in (await browser.get(asset(name))).headers["cache-control"], name
        assert (await browser.get(f"/static/{name}?v=older")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.css", "..%2f..%2fmain.py", "%2e%2e/main.py", "render.py", ""])
async def test_nothing_but_these_files_is_given_out(portal: Portal, name: str) -> None:
    assert (await portal.browser().get(f"/static/{name}")).status_code == 404


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(portal: Portal) -> None:
    answer = await portal.browser().get("/inbox?show=new")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?return_to=%2Finbox%3Fshow%3Dnew"


async def test_a_part_of_a_page_that_is_asked_for_after_the_session_makes_the_whole_page_sign_in(portal: Portal) -> None:
    answer = await portal.browser().get("/inbox", **{"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.headers["hx-redirect"] == "/sign-in?return_to=%2Finbox"


async def test_a_program_without_a_session_is_told_so_and_not_led_about(portal: Portal) -> None:
    answer = await portal.browser().get("/inbox", accept="application/json")
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/sign-in-needed"
