"""The demo identity provider: OpenID Connect in earnest, but one signs in by saying who one would like to be."""

import base64
import binascii
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local import demo
from deploy.local.issuer import Client, Issuer, Refused, signing_key
from deploy.local.pages import page, stylesheets
from deploy.local.secrets import Secrets

_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True)
class Endpoints:
    """What the provider answers at its addresses."""

    issuer: Issuer

    async def configuration(self, _: Request) -> Response:
        return JSONResponse(self.issuer.configuration())

    async def keys(self, _: Request) -> Response:
        return JSONResponse(self.issuer.keys())

    async def authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        if not self.issuer.knows(query):
            return page("unknown_application.html", status=400)
        try:
            wanted = self.issuer.check(query)
        except Refused as refused:
            return _back(self.issuer, query, error=refused.code, error_description=str(refused))
        if request.method == "GET":
            return _people(self.issuer, request, "")
        words = (await _form(request)).get("person", "")
        person = demo.find(words)
        if person is None:
            return _people(self.issuer, request, words)
        return _back(self.issuer, query, code=self.issuer.code(wanted, person, time.time()))

    async def token(self, request: Request) -> Response:
        form = await _form(request)
        if not self.issuer.is_client(*_client(request, form)):
            headers = _NOT_KEPT | {"WWW-Authenticate": 'Basic realm="Tandem demo"'}
            return JSONResponse({"error": "invalid_client"}, 401, headers)
        try:
            return JSONResponse(self.issuer.redeem(form, time.time()), headers=_NOT_KEPT)
        except Refused as refused:
            return JSONResponse({"error": refused.code, "error_description": str(refused)}, 400, _NOT_KEPT)

    async def userinfo(self, request: Request) -> Response:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        found = self.issuer.userinfo(credentials, time.time()) if scheme.lower() == "bearer" else None
        if found is None:
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return JSONResponse(found, headers=_NOT_KEPT)

    async def sign_out(self, request: Request) -> Response:
        """Nobody stays signed in here, so there is only the way back to show."""
        query = dict(request.query_params) | (await _form(request) if request.method == "POST" else {})
        if query.get("post_logout_redirect_uri") != self.issuer.client.signed_out_uri:
            return page("signed_out.html", portal=self.issuer.client.url)
        state = {"state": query["state"]} if "state" in query else {}
        return RedirectResponse(_with(self.issuer.client.signed_out_uri, state), status_code=303)


def create_app(issuer: Issuer) -> Starlette:
    """The provider as an application."""
    at = Endpoints(issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", at.configuration),
            Route("/jwks", at.keys),
            Route("/authorize", at.authorize, methods=["GET", "POST"]),
            Route("/token", at.token, methods=["POST"]),
            Route("/userinfo", at.userinfo, methods=["GET", "POST"]),
            Route("/sign-out", at.sign_out, methods=["GET", "POST"]),
            *stylesheets,
        ]
    )


def _people(issuer: Issuer, request: Request, unknown: str) -> Response:
    """The page to choose who to be. Chromium checks `form-action` after the redirect too, so it names the portal."""
    return page(
        "sign_in.html",
        status=422 if unknown else 200,
        posts_to=f"'self' {issuer.client.url}",
        query=request.url.query,
        sign_ins=demo.SIGN_INS,
        people=demo.people(),
        unknown=unknown,
    )


def _back(issuer: Issuer, query: Mapping[str, str], **answer: str) -> Response:
    """Send the browser back with an answer, its state, and our name (RFC 9207)."""
    state = {"state": query["state"]} if "state" in query else {}
    return RedirectResponse(_with(issuer.client.redirect_uri, answer | state | {"iss": issuer.address}), status_code=303)


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", errors="replace"), keep_blank_values=True))


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Who the client says it is: by HTTP Basic (RFC 6749, 2.3.1, each half form-encoded) or in the form."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(secret)


def main() -> None:
    """Run as a part of its own, told by its environment where."""
    port = int(os.environ["IDENTITY_PORT"])
    client = Client(os.environ["IDENTITY_CLIENT_ID"], os.environ["IDENTITY_CLIENT_SECRET"], os.environ["IDENTITY_CLIENT_URL"])
    issuer = Issuer(f"http://127.0.0.1:{port}", client, signing_key(Secrets(Path(os.environ["IDENTITY_SECRETS"]))))
    uvicorn.run(create_app(issuer), host="127.0.0.1", port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
