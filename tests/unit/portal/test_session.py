"""For how long somebody is signed in, and the tokens of their forms."""

from datetime import datetime, timedelta

import pytest
from starlette.datastructures import FormData
from starlette.requests import Request

from services.portal.api.forms import ForeignForm, StaleForm, must_be_fresh, must_be_ours, new_token
from services.portal.domain.session import Session
from tests.unit.portal.people import NOW

IDLE = timedelta(hours=2)


def a_session(seen_at: datetime = NOW, form_secret: str = "a secret") -> Session:
    return Session(
        id="1", person_id="ana", issuer="https://one", subject="1", form_secret=form_secret, id_token=None,
        created_at=NOW, seen_at=seen_at, ends_at=NOW + timedelta(hours=12),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "asked", "alive"),
    [
        (timedelta(0), timedelta(hours=2, seconds=-1), True),
        (timedelta(0), timedelta(hours=2), False),
        (timedelta(hours=11), timedelta(hours=12, seconds=-1), True),
        (timedelta(hours=11), timedelta(hours=12), False),
    ],
)
def test_a_session_ends_when_left_alone_and_at_its_end(seen: timedelta, asked: timedelta, alive: bool) -> None:  # noqa: FBT001 - a row of a table
    assert a_session(seen_at=NOW + seen).alive(NOW + asked, IDLE) is alive


def a_request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw})


def test_each_page_has_a_token_of_its_own_and_each_is_good() -> None:
    session = a_session()
    first, second = new_token(session), new_token(session)
    assert first != second
    for token in (first, second):
        must_be_fresh(a_request(), session, FormData([("form_token", token)]))
        must_be_fresh(a_request(x_form_token=token), session, FormData())


@pytest.mark.parametrize("form", [FormData(), FormData([("form_token", "")]), FormData([("form_token", "a.b")])])
def test_a_form_without_a_good_token_is_stale_and_brings_what_was_typed(form: FormData) -> None:
    with pytest.raises(StaleForm) as stale:
        must_be_fresh(a_request(), a_session(), form)
    assert stale.value.form is form


def test_a_token_of_another_session_is_stale() -> None:
    token = new_token(a_session(form_secret="another secret"))
    with pytest.raises(StaleForm):
        must_be_fresh(a_request(), a_session(), FormData([("form_token", token)]))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_what_browsers_say_comes_from_elsewhere_is_refused_whatever_its_origin(site: str) -> None:
    with pytest.raises(ForeignForm):
        must_be_ours(a_request(sec_fetch_site=site, origin="https://portal.test"), "https://portal.test")
