"""Which event and which timer becomes which command."""

from datetime import UTC, datetime

from services.matching.domain import Person
from services.matching.handlers.enrolments import (
    DismissLeaver,
    RememberPerson,
    SettleProposals,
    WakeEnrolment,
    dismiss_leaver,
    remember_person,
    settle_proposals,
    wake_enrolment,
)
from services.matching.handlers.offers import offer_free_places
from services.matching.handlers.partnerships import PartnershipDue, complete_partnership, wake_partnership
from services.matching.handlers.programmes import ProgrammeDue, finish_programme, let_go, review_programme
from services.matching.handlers.proposals import ExpireProposal, expire_proposal
from services.matching.handlers.publishing import GoOn, go_on_publishing, go_on_undoing
from services.matching.handlers.requests import (
    MoveRequest,
    SettleProgramme,
    SettleRequests,
    lapse_request,
    review_request,
    settle_programme,
    settle_requests,
)
from services.matching.store import (
    MongoEnrolments,
    MongoPartnerships,
    MongoPeople,
    MongoProgrammes,
    MongoProposals,
    MongoRequests,
    MongoRuns,
    partnering,
    surveys,
)
from shared.contracts.portal import PersonChanged
from shared.reactions import Reactions
from shared.timers import Timer
from shared.unit import Unit

reactions = Reactions(service="matching")


@reactions.to(PersonChanged, loads=lambda event: [("people", event.person_id)])
async def know_person(event: PersonChanged, unit: Unit) -> None:
    """Keep the few fields that matching needs."""
    person = Person(
        id=event.person_id,
        employee_id=event.employee_id,
        email=event.email.lower(),
        manager_id=event.manager_id,
        department=event.department,
        location=event.location,
        zone=event.zone,
        level=event.level,
        languages=event.languages,
        active=event.active,
    )
    await remember_person(RememberPerson(person=person, at=event.at), MongoPeople(unit))


@reactions.when("proposal_deadline")
async def expire(timer: Timer, unit: Unit) -> None:
    """Nobody waits for an answer for ever."""
    await expire_proposal(ExpireProposal(proposal_id=timer.subject, at=timer.due_at), MongoProposals(unit), MongoEnrolments(unit))


@reactions.when("settle_proposals")
async def settle(timer: Timer, unit: Unit) -> None:
    """Somebody can take no further partner: what they were asked besides is taken back."""
    await settle_proposals(SettleProposals(enrolment_id=timer.subject, at=timer.due_at), MongoEnrolments(unit), MongoProposals(unit))


@reactions.when("leaver")
async def dismiss(timer: Timer, unit: Unit) -> None:
    """Somebody has left: what they were asked is taken back, and their partnerships end."""
    command = DismissLeaver(person_id=timer.subject, at=timer.due_at)
    await dismiss_leaver(command, MongoEnrolments(unit), MongoProposals(unit), MongoRequests(unit), partnering(unit))


@reactions.when("enrolment_pause")
async def wake_participant(timer: Timer, unit: Unit) -> None:
    """Somebody can be matched again."""
    await wake_enrolment(WakeEnrolment(enrolment_id=timer.subject, at=timer.due_at), MongoEnrolments(unit))


# ---------------------------------------------------------------- programmes


@reactions.when("programme_review")
async def tell_who_waits(timer: Timer, unit: Unit) -> None:
    """Managers are told who waits for them. Once, however many weeks were missed."""
    command = ProgrammeDue(programme_id=timer.subject, at=_now(timer))
    await review_programme(command, MongoProgrammes(unit), MongoEnrolments(unit), MongoProposals(unit))


@reactions.when("offer_places")
async def offer_places(timer: Timer, unit: Unit) -> None:
    """The first in the queue are offered what has become free."""
    command = ProgrammeDue(programme_id=timer.subject, at=_now(timer))
    await offer_free_places(command, MongoProgrammes(unit), surveys(unit), MongoProposals(unit))


@reactions.when("programme_end")
async def finish(timer: Timer, unit: Unit) -> None:
    """A programme's last day is over."""
    await finish_programme(ProgrammeDue(programme_id=timer.subject, at=timer.due_at), MongoProgrammes(unit))


@reactions.when("let_go")
async def let_everybody_go(timer: Timer, unit: Unit) -> None:
    """A programme has closed: nobody waits in it any more."""
    await let_go(ProgrammeDue(programme_id=timer.subject, at=timer.due_at), MongoProgrammes(unit), MongoEnrolments(unit))


@reactions.when("programme_closed")
async def end_requests(timer: Timer, unit: Unit) -> None:
    """A programme has closed: its requests end."""
    await settle_programme(SettleProgramme(programme_id=timer.subject, at=timer.due_at), MongoRequests(unit))


# ---------------------------------------------------------------- partnerships


@reactions.when("partnership_pause")
async def wake_partners(timer: Timer, unit: Unit) -> None:
    """The two go on."""
    await wake_partnership(PartnershipDue(partnership_id=timer.subject, at=timer.due_at), MongoPartnerships(unit))


@reactions.when("partnership_end")
async def complete(timer: Timer, unit: Unit) -> None:
    """The two have had their time."""
    command = PartnershipDue(partnership_id=timer.subject, at=timer.due_at)
    await complete_partnership(command, MongoPartnerships(unit), MongoEnrolments(unit), MongoProgrammes(unit))


# ---------------------------------------------------------------- requests


@reactions.when("request_deadline")
async def lapse(timer: Timer, unit: Unit) -> None:
    """Whose turn it was has not acted: it is the turn of the next one."""
    command = MoveRequest(request_id=timer.subject, at=_now(timer))
    await lapse_request(command, MongoRequests(unit), MongoProgrammes(unit), surveys(unit), MongoEnrolments(unit))


@reactions.when("review_request")
async def review(timer: Timer, unit: Unit) -> None:
    """What a request depends on may have changed."""
    command = MoveRequest(request_id=timer.subject, at=_now(timer))
    await review_request(command, MongoRequests(unit), MongoProgrammes(unit), surveys(unit), MongoProposals(unit))


@reactions.when("settle_requests")
async def settle_the_requests(timer: Timer, unit: Unit) -> None:
    """Somebody can take no further partner: requests that wait for that go on."""
    await settle_requests(SettleRequests(enrolment_id=timer.subject, at=timer.due_at), MongoRequests(unit))


def _now(timer: Timer) -> datetime:
    """The next one's time begins when we get to it: after a long outage a deadline counted from the last one might be over already."""
    return max(timer.due_at, datetime.now(UTC))


@reactions.when("go_on_publishing")
async def publish_on(timer: Timer, unit: Unit) -> None:
    """A draft is too large to be published at once: the next portion."""
    await go_on_publishing(GoOn(run_id=timer.subject, at=unit.at), MongoRuns(unit), surveys(unit), MongoProposals(unit))


@reactions.when("go_on_undoing")
async def undo_on(timer: Timer, unit: Unit) -> None:
    """The next portion of questions is taken back."""
    await go_on_undoing(GoOn(run_id=timer.subject, at=unit.at), MongoRuns(unit), MongoProposals(unit))
