"""The agenda of the next meeting."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Agenda, Kind, Series, Style
from services.scheduling.handlers.protocols import Agendas, AllSeries, Announcements, Meetings


@dataclass(frozen=True, kw_only=True)
class AddItem:
    partnership_id: str
    text: str
    kind: Kind
    goal_id: str | None
    step_id: str | None
    by: str
    at: datetime


async def add_item(command: AddItem, all_series: AllSeries, agendas: Agendas, meetings: Meetings, announcements: Announcements) -> str:
    """Put something on the agenda; its id."""
    _, agenda = await _agenda_of(command.partnership_id, command.by, all_series, agendas)
    item_id = agenda.add(command.by, command.text, command.kind, command.at, goal_id=command.goal_id, step_id=command.step_id)
    await agendas.save(agenda)
    await keep_in_step(agenda, command.at, meetings, announcements)
    return item_id


@dataclass(frozen=True, kw_only=True)
class ChangeItem:
    """Tick an item off, or take it from the agenda."""

    partnership_id: str
    item_id: str
    by: str
    at: datetime


async def tick_item_off(
    command: ChangeItem, all_series: AllSeries, agendas: Agendas, meetings: Meetings, announcements: Announcements
) -> None:
    """It has been talked about."""
    series, agenda = await _agenda_of(command.partnership_id, command.by, all_series, agendas)
    agenda.tick_off(command.by, command.item_id, command.at, await agendas.agreed_style(series))
    await agendas.save(agenda)
    await keep_in_step(agenda, command.at, meetings, announcements)


async def remove_item(
    command: ChangeItem, all_series: AllSeries, agendas: Agendas, meetings: Meetings, announcements: Announcements
) -> None:
    """It need not be talked about."""
    series, agenda = await _agenda_of(command.partnership_id, command.by, all_series, agendas)
    agenda.remove(command.by, command.item_id, command.at, await agendas.agreed_style(series))
    await agendas.save(agenda)
    await keep_in_step(agenda, command.at, meetings, announcements)


@dataclass(frozen=True, kw_only=True)
class MoveItem:
    partnership_id: str
    item_id: str
    to: int
    by: str
    at: datetime


async def move_item(command: MoveItem, all_series: AllSeries, agendas: Agendas, meetings: Meetings, announcements: Announcements) -> None:
    """It is to be talked about earlier or later."""
    series, agenda = await _agenda_of(command.partnership_id, command.by, all_series, agendas)
    agenda.move(command.by, command.item_id, command.to, command.at, await agendas.agreed_style(series))
    await agendas.save(agenda)
    await keep_in_step(agenda, command.at, meetings, announcements)


@dataclass(frozen=True, kw_only=True)
class ChooseStyle:
    """`style`: None for what the charter says."""

    partnership_id: str
    style: Style | None
    by: str
    at: datetime


async def choose_style(command: ChooseStyle, all_series: AllSeries, agendas: Agendas) -> None:
    """The next meeting is to be another kind of talk than usual."""
    _, agenda = await _agenda_of(command.partnership_id, command.by, all_series, agendas)
    agenda.choose_style(command.by, command.style)
    await agendas.save(agenda)


async def _agenda_of(partnership_id: str, by: str, all_series: AllSeries, agendas: Agendas) -> tuple[Series, Agenda]:
    series = await all_series.get(partnership_id)
    series.must_be_partner(by)
    series.must_run()
    return series, await agendas.of(series)


async def keep_in_step(agenda: Agenda, at: datetime, meetings: Meetings, announcements: Announcements) -> None:
    """The next meeting's entry in both calendars says what is on the agenda; entries of later ones say nothing of it."""
    meeting = await meetings.next_of(agenda.id, at)
    if meeting is not None:
        await announcements.rewrite(meeting, agenda.version)
