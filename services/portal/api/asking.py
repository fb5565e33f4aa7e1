"""Who asks the portal's JSON API: a program with a token, or a page of ours with the session it belongs to."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import FormData

from services.portal.api import forms
from services.portal.api.front_door import front_door
from shared.auth import Asker, Verifier
from shared.problems import SignInNeeded

_BEARER: Final = HTTPBearer(auto_error=False, description="A token of the portal for itself.")


async def _asker(request: Request, _shown_in_docs: Annotated[object, Depends(_BEARER)]) -> Asker:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise SignInNeeded
        verifier: Verifier = request.app.state.verifier
        return await verifier.verify(token.strip())
    door = front_door(request)
    visit = await door.visit(request)
    if visit is None:
        raise SignInNeeded
    if request.method not in forms.SAFE_METHODS:
        forms.must_be_ours(request, door.settings.origin)
        forms.must_be_fresh(request, visit.session, FormData())
    return Asker(visit.person.id, visit.roles)


Asking = Annotated[Asker, Depends(_asker)]
