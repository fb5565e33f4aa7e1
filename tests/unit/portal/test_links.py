"""Every letter, notice, link and form leads to something that is there."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import Match

from services.notifications.domain.kinds import MANNERS, Kind
from services.portal.api import ROUTERS
from tests.unit.portal.pages.every_page import FULL_ONLY, PAGES
from tests.unit.portal.pages.world import a_full_company
from tests.unit.portal.participant.sample_page import SamplePage, full
from tests.unit.portal.participant.walk import EVERYTHING

APP = FastAPI()
for router in ROUTERS:
    APP.include_router(router)

HREF = re.compile(r'<a [^>]*href="(/[^"]*)"')
FORM = re.compile(r'<form [^>]*action="(/[^"]*)"[^>]*method="(get|post)"')


def leads_somewhere(address: str, method: str = "GET") -> bool:
    path = re.split(r"[?#]", unescape(address), maxsplit=1)[0]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in APP.routes)


def lost(html: str) -> Iterator[str]:
    """The links and forms of a page that lead nowhere."""
    yield from (href for href in HREF.findall(html) if not leads_somewhere(href))
    yield from (f"{method} {action}" for action, method in FORM.findall(html) if not leads_somewhere(action, method.upper()))


@pytest.mark.parametrize("kind", Kind)
def test_what_is_told_leads_to_a_page(kind: Kind) -> None:
    assert leads_somewhere(re.sub(r"\{\w+\}", "01a2", MANNERS[kind].link))


@pytest.mark.parametrize("name", [*PAGES, *FULL_ONLY])
async def test_every_link_and_form_of_a_managers_page_leads_somewhere(name: str) -> None:
    company = a_full_company(roles=frozenset({"administrator", "programme_manager"}))
    answer = await {**PAGES, **FULL_ONLY}[name](company)
    assert list(lost(bytes(answer.body).decode())) == []


@pytest.mark.parametrize("name", EVERYTHING)
async def test_every_link_and_form_of_a_participants_page_leads_somewhere(name: str) -> None:
    answer = await EVERYTHING[name](SamplePage(full()))
    assert list(lost(bytes(answer.body).decode())) == []


def test_what_is_not_there_is_found_out() -> None:
    html = '<a class="x" href="/manage/nowhere?a=b">x</a><form class="y" action="/goals/1/nowhere" method="post"></form><a href="/">h</a>'
    assert list(lost(html)) == ["/manage/nowhere?a=b", "post /goals/1/nowhere"]
