"""Forms: from our own pages only, with the session's token, done once, and never lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Response

from services.portal.api.backends import BackendDown, BackendRefused, FieldError, Problem
from services.portal.api.page import Signed
from tests.support.portal import INES, PORTAL_URL, Browser, Portal
from tests.support.probe import eventually


class Steps:
    """What the test's own page has done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.before: Callable[[], Awaitable[None]] | None = None
        self.raises: Exception | None = None


@pytest.fixture
def steps(portal: Portal) -> Iterator[Steps]:
    """A page of the test's own in the portal, which adds a step."""
    found, router = Steps(), APIRouter()

    @router.post("/steps")
    async def add(page: Signed) -> Response:
        if found.before is not None:
            await found.before()
        if found.raises is not None:
            raise found.raises
        text = str(page.form.get("text", ""))
        found.done.append(text)
        if not text:
            return page.render("error.html", status=422, error={"title": "x", "text": "y", "action": None, "reference": None, "part": None})
        return page.go("/after", toast=f"Added {text}")

    @router.get("/after")
    async def after(page: Signed) -> Response:
        return page.render("error.html", error={"title": "x", "text": "y", "action": None, "reference": None, "part": None})

    routes = portal.running.app.router.routes
    before = list(routes)
    portal.running.app.include_router(router)
    yield found
    routes[:] = before


@pytest.fixture
async def browser(portal: Portal) -> Browser:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    return browser


async def test_a_form_is_done_and_leads_on_with_a_word_that_is_said_once(portal: Portal, browser: Browser, steps: Steps) -> None:
    answer = await browser.post("/steps", {"form_token": await portal.form_token(browser), "text": "Ask Ana"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/after")
    assert steps.done == ["Ask Ana"]
    assert "Added Ask Ana" in (await browser.get("/after")).text
    assert "Added Ask Ana" not in (await browser.get("/after")).text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{PORTAL_URL}.evil.example"},
        {},
    ],
)
async def test_another_site_gets_nothing_done_even_with_a_right_token(
    portal: Portal, browser: Browser, steps: Steps, headers: dict[str, str]
) -> None:
    answer = await browser.client.post("/steps", data={"form_token": await portal.form_token(browser), "text": "x"}, headers=headers)
    assert answer.status_code == 403
    assert steps.done == []


async def test_an_old_browser_that_says_only_where_it_comes_from_can_send_forms(portal: Portal, browser: Browser, steps: Steps) -> None:
    form = {"form_token": await portal.form_token(browser), "text": "x"}
    assert (await browser.client.post("/steps", data=form, headers={"origin": PORTAL_URL})).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "x.y", "é.ü", "." + "0" * 64])
async def test_a_stale_form_changes_nothing_and_keeps_what_was_typed(portal: Portal, browser: Browser, steps: Steps, token: str) -> None:
    answer = await browser.post("/steps", {"form_token": token, "text": "A long <thought>", "password": "a secret"})
    assert answer.status_code == 409
    assert steps.done == []
    assert "A long &lt;thought&gt;" in answer.text
    assert 'action="/steps"' in answer.text
    assert "a secret" not in answer.text


async def test_a_token_of_another_session_is_stale(portal: Portal, browser: Browser, steps: Steps) -> None:
    other = portal.browser()
    await other.sign_in(INES)
    answer = await browser.post("/steps", {"form_token": await portal.form_token(other), "text": "x"})
    assert answer.status_code == 409
    assert steps.done == []


async def test_a_form_sent_twice_is_done_once_and_leads_to_the_same_page(portal: Portal, browser: Browser, steps: Steps) -> None:
    form = {"form_token": await portal.form_token(browser), "text": "x"}
    answers = [await browser.post("/steps", form) for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, "/after")] * 2
    assert steps.done == ["x"]


async def test_a_form_sent_again_while_the_first_is_worked_on_waits_for_it(portal: Portal, browser: Browser, steps: Steps) -> None:
    form = {"form_token": await portal.form_token(browser), "text": "x"}
    go_on = asyncio.Event()
    steps.before = go_on.wait  # type: ignore[assignment]  # its answer is of no interest
    first = asyncio.create_task(browser.post("/steps", form))

    async def begun() -> int:
        return int(await portal.database.submissions.count_documents({}))

    await eventually(begun, "the first is being worked on")
    second = asyncio.create_task(browser.post("/steps", form))
    await asyncio.sleep(0)
    go_on.set()
    answers: list[httpx2.Response] = [await first, await second]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert steps.done == ["x"]


async def test_the_same_page_can_send_different_things_and_the_same_again_after_them(
    portal: Portal, browser: Browser, steps: Steps
) -> None:
    token = await portal.form_token(browser)
    for text in ("done", "reopen", "done"):
        await browser.post("/steps", {"form_token": token, "text": text})
    assert steps.done == ["done", "reopen", "done"]


async def test_a_form_that_was_shown_with_an_error_can_be_sent_again(portal: Portal, browser: Browser, steps: Steps) -> None:
    form = {"form_token": await portal.form_token(browser), "text": ""}
    assert [(await browser.post("/steps", form)).status_code for _ in range(2)] == [422, 422]
    assert steps.done == ["", ""]


async def test_a_form_that_failed_can_be_sent_again(portal: Portal, browser: Browser, steps: Steps) -> None:
    form = {"form_token": await portal.form_token(browser), "text": "x"}
    steps.raises = BackendDown("goals")
    assert (await browser.post("/steps", form)).status_code == 503
    steps.raises = None
    assert (await browser.post("/steps", form)).status_code == 303


async def test_what_was_typed_when_the_session_had_run_out_waits_until_one_is_back(portal: Portal, browser: Browser, steps: Steps) -> None:
    token = await portal.form_token(browser)
    await portal.database.sessions.update_many({}, [{"$set": {"seen_at": {"$subtract": ["$seen_at", 3 * 3600 * 1000]}}}])
    answer = await browser.post("/steps", {"form_token": token, "text": "A thought", "password": "secret"})
    assert answer.headers["location"] == "/sign-in?return_to=%2Fheld-form"
    assert (await browser.sign_in(INES, return_to="/held-form")).headers["location"] == "/held-form"
    page = await browser.get("/held-form")
    assert "A thought" in page.text
    assert 'action="/steps"' in page.text
    assert "secret" not in page.text
    assert (await browser.get("/held-form")).status_code == 303
    assert steps.done == []


async def test_nobody_else_finds_what_was_typed(portal: Portal, browser: Browser, steps: Steps) -> None:
    await portal.join("ravi.menon@alder.example")
    token = await portal.form_token(browser)
    await portal.database.sessions.update_many({}, [{"$set": {"seen_at": {"$subtract": ["$seen_at", 3 * 3600 * 1000]}}}])
    await browser.post("/steps", {"form_token": token, "text": "A thought"})
    await browser.sign_in("ravi.menon@alder.example", return_to="/held-form")
    assert "A thought" not in (await browser.get("/held-form")).text


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (BackendDown("scheduling"), "503 The part of Tandem that finds times does not answer"),
        (BackendRefused(Problem(status=404, title="There is nothing under this address.", detail="")), "404 There is nothing here"),
        (BackendRefused(Problem(status=403, title="No.", detail="")), "403 This is not yours to see"),
        (
            BackendRefused(
                Problem(status=422, title="t", detail="The end is before the beginning.", errors=(FieldError(field="a", message="b"),))
            ),
            "422 The end is before the beginning.",
        ),
        (RuntimeError("private words"), "500 Something went wrong here"),
    ],
)
async def test_every_failure_is_a_page_that_says_what_happened_and_what_to_do(
    portal: Portal, browser: Browser, steps: Steps, raised: Exception, says: str
) -> None:
    steps.raises = raised
    answer = await browser.post("/steps", {"form_token": await portal.form_token(browser), "text": "x"})
    status, _, words = says.partition(" ")
    assert answer.status_code == int(status)
    assert words in answer.text
    assert "private words" not in answer.text
    assert 'href="/"' in answer.text


async def test_a_rule_of_a_service_is_said_in_its_own_words(portal: Portal, browser: Browser, steps: Steps) -> None:
    steps.raises = BackendRefused(Problem(status=409, title="This partnership has ended.", detail="", slug="partnership-ended"))
    answer = await browser.post("/steps", {"form_token": await portal.form_token(browser), "text": "x"})
    assert answer.status_code == 409
    assert "This partnership has ended." in answer.text


async def test_a_form_that_is_longer_than_it_says_is_cut_off(portal: Portal, browser: Browser, steps: Steps) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"text=" + b"x" * 100_000 + b"&"

    headers = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    answer = await browser.client.post("/steps", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert "This is too large" in answer.text
    assert steps.done == []


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_a_form_that_cannot_be_read_is_answered_clearly(browser: Browser, steps: Steps, content_type: str) -> None:
    headers = {"sec-fetch-site": "same-origin", "content-type": content_type}
    answer = await browser.client.post("/steps", content=b"--y\r\nnonsense", headers=headers)
    assert answer.status_code in {400, 409}
    assert steps.done == []


async def test_error_pages_speak_german_to_whoever_does(portal: Portal) -> None:
    answer = await portal.browser().get("/nowhere/at/all", **{"accept-language": "fr;q=0.1, de-AT, en;q=0.5"})
    assert answer.status_code == 404
    assert 'lang="de"' in answer.text
    assert "Hier ist nichts" in answer.text


async def test_a_program_is_answered_with_problem_details(portal: Portal) -> None:
    async with portal.running.anonymous() as client:
        answer: Any = await client.get("/nowhere", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
