"""What partners may do without asking, over HTTP."""

from fastapi import APIRouter

from services.scheduling.api.views import Body, Reads
from services.scheduling.handlers import SetPolicy, set_policy
from shared.auth import Person
from shared.service import At, Running

router = APIRouter(prefix="/policy", tags=["policy"])


class PolicyView(Body):
    """What your partners need not ask you about. Moving: a change in their calendar counts at once where both of you are free."""

    partner_may_book: bool
    partner_may_move: bool


@router.get("/mine")
async def my_policy(person: Person, reads: Reads) -> PolicyView:
    """What you have said; until then your partners ask first."""
    return PolicyView.model_validate(await reads.policy(person.id), from_attributes=True)


@router.put("/mine", status_code=204)
async def set_my_policy(body: PolicyView, person: Person, at: At, service: Running) -> None:
    """Say what you need not be asked about."""
    await service.run(set_policy, SetPolicy(by=person.id, at=at, **body.model_dump()))
