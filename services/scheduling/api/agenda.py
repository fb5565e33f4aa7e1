"""Agendas over HTTP."""

from fastapi import APIRouter

from services.scheduling.api.views import AgendaView, Body, ItemView, MadeItem, Reads
from services.scheduling.domain import AgendaFull, AgendaIsTheProteges, Kind, NoSuchItem, NotYourPartnership, PartnershipOver, Style
from services.scheduling.handlers import (
    AddItem,
    ChangeItem,
    ChooseStyle,
    MoveItem,
    add_item,
    choose_style,
    move_item,
    remove_item,
    tick_item_off,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/partnerships/{partnership_id}/agenda", tags=["agenda"])

CHANGING = problems(NotFound, NoSuchItem, NotYourPartnership, AgendaIsTheProteges, PartnershipOver, Invalid)


class ItemBody(Body):
    """Something to talk about."""

    text: str
    kind: Kind
    goal_id: str | None = None
    step_id: str | None = None


class StyleBody(Body):
    """How to work with the next meeting's agenda; null: as agreed."""

    style: Style | None


class PlaceBody(Body):
    """A place on the agenda, counted from 0."""

    to: int


@router.get("", responses=problems(NotFound, NotYourPartnership))
async def agenda(partnership_id: str, person: Person, reads: Reads) -> AgendaView:
    """What the two want to talk about next."""
    series = await reads.series(partnership_id, person.id)
    found, rhythm = await reads.agenda(series), await reads.rhythm(partnership_id)
    items = [ItemView.model_validate(item, from_attributes=True) for item in found.items]
    return AgendaView(items=items, style=found.style or rhythm.agenda_style, agreed_style=rhythm.agenda_style)


@router.put("/style", status_code=204, responses=problems(NotFound, NotYourPartnership, AgendaIsTheProteges, PartnershipOver))
async def style(partnership_id: str, body: StyleBody, person: Person, at: At, service: Running) -> None:
    """Say how you want to work with the next meeting's agenda. The protégé alone may; after that meeting it is as agreed again."""
    await service.run(choose_style, ChooseStyle(partnership_id=partnership_id, style=body.style, by=person.id, at=at))


@router.post("/items", status_code=201, responses=problems(NotFound, NotYourPartnership, PartnershipOver, AgendaFull, Invalid))
async def add(partnership_id: str, body: ItemBody, person: Person, at: At, service: Running) -> MadeItem:
    """Put something at the end of the agenda."""
    command = AddItem(partnership_id=partnership_id, by=person.id, at=at, **body.model_dump())
    return MadeItem(item_id=await service.run(add_item, command))


@router.post("/items/{item_id}/done", status_code=204, responses=CHANGING)
async def done(partnership_id: str, item_id: str, person: Person, at: At, service: Running) -> None:
    """It has been talked about."""
    await service.run(tick_item_off, ChangeItem(partnership_id=partnership_id, item_id=item_id, by=person.id, at=at))


@router.post("/items/{item_id}/move", status_code=204, responses=CHANGING)
async def move(partnership_id: str, item_id: str, body: PlaceBody, *, person: Person, at: At, service: Running) -> None:
    """Put an item at another place. The protégé alone may."""
    await service.run(move_item, MoveItem(partnership_id=partnership_id, item_id=item_id, to=body.to, by=person.id, at=at))


@router.delete("/items/{item_id}", status_code=204, responses=CHANGING)
async def remove(partnership_id: str, item_id: str, person: Person, at: At, service: Running) -> None:
    """Take an item off the agenda."""
    await service.run(remove_item, ChangeItem(partnership_id=partnership_id, item_id=item_id, by=person.id, at=at))
