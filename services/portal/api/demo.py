"""Only where the demo clock runs: tokens for anybody at any time, for whoever seeds the demo and for tests."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.portal.api.front_door import FrontDoor, front_door
from shared.errors import Invalid, NotAllowed, NotFound

router = APIRouter(prefix="/demo", tags=["demo"])


class TokenWanted(BaseModel):
    """For whom, for which service, and at what time. Without roles the person's own are taken."""

    model_config = ConfigDict(extra="forbid")

    secret: str
    audience: str
    person_id: str | None = None
    email: str | None = None
    roles: list[str] | None = None
    at: AwareDatetime | None = None


class TokenGiven(BaseModel):
    """A token, good for five minutes."""

    token: str
    person_id: str


class UnknownAudience(Invalid):
    """There is no such service."""


@router.post("/token")
async def token(wanted: TokenWanted, door: Annotated[FrontDoor, Depends(front_door)]) -> TokenGiven:
    """A token as if this person were signed in."""
    secret = door.settings.demo_secret
    if not door.settings.demo_clock or secret is None:
        raise NotFound
    if not hmac.compare_digest(wanted.secret.encode(), secret.get_secret_value().encode()):
        raise NotAllowed
    if wanted.audience not in {"portal", "matching", "scheduling", "goals", "notifications"}:
        raise UnknownAudience(field="audience")
    person = await door.people.with_email(wanted.email) if wanted.email else await door.people.one(wanted.person_id or "")
    person_id = person.id if person else wanted.person_id
    if person_id is None:
        raise NotFound
    roles = wanted.roles if wanted.roles is not None else (door.settings.roles_of(person) if person else ())
    given = await door.tokens.mint(person_id, wanted.audience, roles=roles, name=person.name if person else "", at=wanted.at)
    return TokenGiven(token=given, person_id=person_id)
