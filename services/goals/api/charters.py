"""Charters over HTTP."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.goals.api.reading import Reading
from services.goals.domain import (
    Agreement,
    Charter,
    CharterHasChanged,
    CharterState,
    GroundRules,
    Needs,
    NothingToSign,
    NotYourPartnership,
    PartnershipHasEnded,
    PartnershipNotFound,
    TheOtherOneSigns,
    TheSameIsProposedAlready,
    Trust,
    Version,
)
from services.goals.handlers import ProposeCharter, ReadCharter, SignCharter, propose_charter, read_charter, sign_charter
from services.goals.store import MongoCharters, MongoPartnerships
from shared.auth import Person
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/charters/{partnership_id}", tags=["charters"])


class VersionView(BaseModel):
    """A charter as it was proposed once. signed_by begins with the proposer; signed_at: when the second one signed."""

    version: int
    needs: Needs
    trust: Trust
    ground_rules: GroundRules
    proposed_by_id: str
    proposed_at: datetime
    signed_by: list[str]
    signed_at: datetime | None

    @classmethod
    def of(cls, version: Version) -> Self:
        return cls(
            version=version.number,
            needs=version.agreement.needs,
            trust=version.agreement.trust,
            ground_rules=version.agreement.ground_rules,
            proposed_by_id=version.proposed_by_id,
            proposed_at=version.proposed_at,
            signed_by=[signature.person_id for signature in version.signatures],
            signed_at=version.signed_at,
        )


class CharterView(BaseModel):
    """current: the newest version. signed: the one in force, also while a newer one waits for its second signature."""

    partnership_id: str
    state: CharterState
    current: VersionView | None
    signed: VersionView | None

    @classmethod
    def of(cls, charter: Charter) -> Self:
        return cls(
            partnership_id=charter.id,
            state=charter.state,
            current=VersionView.of(charter.newest) if charter.newest else None,
            signed=VersionView.of(charter.in_force) if charter.in_force else None,
        )


class Proposal(Agreement):
    """A version to put on the table."""

    based_on: Annotated[
        int | None,
        Field(ge=0, description="the newest version you have seen, 0 for none: then nobody's change is passed over unread"),
    ] = None


class Proposed(BaseModel):
    """The number of the version that is on the table now."""

    version: int


class SignBody(BaseModel):
    """The version one has read."""

    model_config = ConfigDict(extra="forbid")

    version: int


@router.get("", responses=problems(PartnershipNotFound, NotYourPartnership))
async def read(partnership_id: str, person: Person, reading: Reading) -> CharterView:
    """The charter as it stands."""
    query = ReadCharter(partnership_id=partnership_id, by=person.id)
    return CharterView.of(await read_charter(query, MongoPartnerships(reading), MongoCharters(reading)))


@router.get("/versions", responses=problems(PartnershipNotFound, NotYourPartnership))
async def versions(partnership_id: str, person: Person, reading: Reading) -> list[VersionView]:
    """Every version there ever was, the newest first."""
    query = ReadCharter(partnership_id=partnership_id, by=person.id)
    charter = await read_charter(query, MongoPartnerships(reading), MongoCharters(reading))
    return [VersionView.of(version) for version in reversed(charter.versions)]


@router.post(
    "/propose",
    responses=problems(PartnershipNotFound, NotYourPartnership, PartnershipHasEnded, CharterHasChanged, TheSameIsProposedAlready),
)
async def propose(partnership_id: str, body: Proposal, person: Person, running: Running, at: At) -> Proposed:
    """Propose a charter, a change of what is proposed, or a change of what is signed."""
    agreement = Agreement(needs=body.needs, trust=body.trust, ground_rules=body.ground_rules)
    command = ProposeCharter(partnership_id=partnership_id, agreement=agreement, based_on=body.based_on, by=person.id, at=at)
    return Proposed(version=await running.run(propose_charter, command))


@router.post(
    "/sign",
    status_code=204,
    responses=problems(PartnershipNotFound, NotYourPartnership, PartnershipHasEnded, CharterHasChanged, NothingToSign, TheOtherOneSigns),
)
async def sign(partnership_id: str, body: SignBody, person: Person, running: Running, at: At) -> None:
    """Agree to the version the other one has proposed."""
    await running.run(sign_charter, SignCharter(partnership_id=partnership_id, version=body.version, by=person.id, at=at))
