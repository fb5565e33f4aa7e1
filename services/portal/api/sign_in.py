"""Signing in and out. There is no password here: the company's identity provider says who somebody is."""

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from services.portal.api.front_door import SESSION_COOKIE, FrontDoor, digest, front_door, new_secret
from services.portal.api.page import Signed
from services.portal.api.provider import Account
from services.portal.api.visitor import visitor
from services.portal.domain.person import Identity
from services.portal.domain.session import ProviderRefused, Session, SignIn, UnknownSignIn, safe_return
from services.portal.handlers.people import Recognise, recognise
from services.portal.pages.render import render
from services.portal.store.sessions import SIGN_IN_SECONDS

router = APIRouter(include_in_schema=False)

Door = Annotated[FrontDoor, Depends(front_door)]

_BROWSER_COOKIE: Final = "__Host-tandem-sign-in"


class ProviderAnswer(BaseModel):
    """What the identity provider sends the browser back with."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""


@router.get("/sign-in")
async def sign_in(request: Request, door: Door, return_to: str = "/", *, moved: bool = False) -> Response:
    """Send the browser to the identity provider. Several tabs may do so at the same time."""
    target = safe_return(return_to)
    if await door.visit(request) is not None:
        return RedirectResponse(target, status_code=303)
    if not moved and request.url.netloc != urlsplit(door.settings.origin).netloc:
        # Cookies set under another name of this server would not come back with the provider's answer. Once: a proxy that hides
        # the name people typed must not send them round for ever.
        query = urlencode({"return_to": target, "moved": "true"})
        return RedirectResponse(f"{door.settings.origin}/sign-in?{query}", status_code=303)
    state, browser = new_secret(), request.cookies.get(_BROWSER_COOKIE) or new_secret()
    begun = SignIn(
        id=digest(state),
        browser=digest(browser),
        issuer=door.settings.identity_url,
        nonce=new_secret(),
        verifier=new_secret(),
        return_to=target,
        started_at=datetime.now(UTC),
    )
    address = await door.provider.address(begun, state, visitor(request).locale)
    await door.sign_ins.begin(begun)
    response = RedirectResponse(address, status_code=303)
    response.set_cookie(_BROWSER_COOKIE, browser, max_age=SIGN_IN_SECONDS, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/sign-in/callback")
async def callback(request: Request, door: Door, answer: Annotated[ProviderAnswer, Query()]) -> Response:
    """The identity provider's answer. It counts once, in the browser that asked, and only if all of it fits."""
    browser = request.cookies.get(_BROWSER_COOKIE)
    begun = await door.sign_ins.take(digest(answer.state), digest(browser)) if browser else None
    if begun is None:
        raise UnknownSignIn
    await door.provider.must_be_named(answer.iss)
    if answer.error or not answer.code:
        raise ProviderRefused
    account = await door.provider.account(begun, answer.code)
    person_id = await door.service.run(recognise, _recognition(account, door))
    await _leave(request, door)
    held = await _enter(door, person_id, account)
    response = RedirectResponse(begun.return_to, status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        held,
        max_age=int(door.settings.session_length.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(_BROWSER_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.post("/sign-out")
async def sign_out(page: Signed, door: Door) -> Response:
    """End the session here, then at the identity provider."""
    id_token = door.open_id_token(page.visit.session)
    await door.sessions.end(page.visit.session.id)
    response = RedirectResponse(await door.provider.end_address(id_token) or "/signed-out", status_code=303)
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """Where one lands after signing out."""
    return HTMLResponse(render("signed_out.html", visitor(request), reason="out", email=None))


def _recognition(account: Account, door: FrontDoor) -> Recognise:
    named = account.email is not None and account.email in door.settings.administrators | door.settings.programme_managers
    return Recognise(
        identity=Identity(issuer=account.issuer, subject=account.subject),
        email=account.email,
        name=account.name,
        may_link=door.settings.link_by_email or named,
        may_join=named,
        at=datetime.now(UTC),
    )


async def _leave(request: Request, door: FrontDoor) -> None:
    """Whoever was signed in in this browser no longer is: nobody keeps a session from before the sign-in."""
    held = request.cookies.get(SESSION_COOKIE)
    if held:
        await door.sessions.end(digest(held))


async def _enter(door: FrontDoor, person_id: str, account: Account) -> str:
    """Begin a session. What the browser is to hold is kept nowhere here."""
    held, now = new_secret(), datetime.now(UTC)
    session = Session(
        id=digest(held),
        person_id=person_id,
        issuer=account.issuer,
        subject=account.subject,
        form_secret=new_secret(),
        id_token=door.seal_id_token(digest(held), account.id_token),
        created_at=now,
        seen_at=now,
        ends_at=now + door.settings.session_length,
    )
    await door.sessions.add(session)
    return held
