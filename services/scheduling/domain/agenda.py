"""The agenda of the next meeting: the protégé's, with what the mentor adds."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, Field

from services.scheduling.domain.series import Series
from shared.aggregate import Aggregate, new_id
from shared.contracts.scheduling import AgendaChanged
from shared.errors import Invalid, NotAllowed, NotFound, Rejected

Kind = Literal["question", "step", "note"]

MOST_ITEMS = 50
LONGEST_ITEM = 500


class Style(StrEnum):
    """How two partners work with their agenda: the charter says it for all meetings, the protégé for the next one."""

    QUESTIONS = "questions"
    """The protégé's questions, in their order; the mentor may add."""
    GOALS_AND_PROGRESS = "goals_and_progress"
    """The goals both see and where they stand, in the protégé's order; the mentor may add."""
    OPEN = "open"
    """Whatever comes up, ordered by both."""

    @classmethod
    def named(cls, name: str | None) -> "Style":
        """The style of that name; the usual one where nobody has said one, or a newer release knows more of them."""
        return next((style for style in cls if style == name), cls.QUESTIONS)


class AgendaIsTheProteges(NotAllowed):
    """The protégé orders the agenda; you can add to it and take back what you added."""


class AgendaFull(Rejected):
    """The agenda is full: tick something off first."""


class NoSuchItem(NotFound):
    """This is not on the agenda any more."""


class Item(BaseModel):
    """Something to talk about."""

    item_id: str
    text: str
    kind: Kind
    by_id: str
    goal_id: str | None = None
    step_id: str | None = None
    done: bool = False
    carried_from: datetime | None = None
    """The start of the first meeting that left it open."""


class Agenda(Aggregate):
    """What two partners want to talk about; its id is the partnership's. Open items stay for the meeting after."""

    protege_id: str
    mentor_id: str
    items: list[Item] = Field(default_factory=list)
    style: Style | None = None
    """Of the next meeting alone, where it is not to be as agreed."""

    @classmethod
    def of(cls, series: Series) -> Self:
        """An agenda with nothing on it yet."""
        return cls(id=series.id, protege_id=series.protege_id, mentor_id=series.mentor_id)

    def add(self, by: str, text: str, kind: Kind, at: datetime, *, goal_id: str | None = None, step_id: str | None = None) -> str:
        """Put something at the end. Both may; returns the item's id."""
        words = " ".join(text.split())
        if not words or len(words) > LONGEST_ITEM:
            raise Invalid(f"An item has 1 to {LONGEST_ITEM} characters.", field="text")
        if len(self.open_items) >= MOST_ITEMS:
            raise AgendaFull
        item = Item(item_id=new_id(), text=words, kind=kind, by_id=by, goal_id=goal_id, step_id=step_id)
        self.items.append(item)
        self._changed(at)
        return item.item_id

    def choose_style(self, by: str, style: Style | None) -> None:
        """Work with the next meeting's agenda otherwise than agreed, or, with None, as agreed. Raises AgendaIsTheProteges."""
        if by != self.protege_id:
            raise AgendaIsTheProteges
        self.style = style

    def tick_off(self, by: str, item_id: str, at: datetime, agreed: Style = Style.QUESTIONS) -> None:
        """It has been talked about. `agreed`: the style the charter says."""
        item = self._item(item_id)
        self._must_be_theirs(by, item, agreed)
        item.done = True
        self._changed(at)

    def move(self, by: str, item_id: str, to: int, at: datetime, agreed: Style = Style.QUESTIONS) -> None:
        """Put an item at another place, counted from 0."""
        item = self._item(item_id)
        if not self._orders(by, agreed):
            raise AgendaIsTheProteges
        if not 0 <= to < len(self.items):
            raise Invalid("There is no such place on the agenda.", field="to")
        self.items.remove(item)
        self.items.insert(to, item)
        self._changed(at)

    def remove(self, by: str, item_id: str, at: datetime, agreed: Style = Style.QUESTIONS) -> None:
        """Take an item off."""
        item = self._item(item_id)
        self._must_be_theirs(by, item, agreed)
        self.items.remove(item)
        self._changed(at)

    def turn_over(self, held_at: datetime) -> bool:
        """After a meeting: what was ticked off goes, what is open is carried over to the next one. Whether anything has changed."""
        before = self.to_document()
        self.items, self.style = self.open_items, None
        for item in self.items:
            item.carried_from = item.carried_from or held_at
        return self.to_document() != before

    @property
    def open_items(self) -> list[Item]:
        return [item for item in self.items if not item.done]

    def _item(self, item_id: str) -> Item:
        for item in self.items:
            if item.item_id == item_id:
                return item
        raise NoSuchItem

    def _must_be_theirs(self, by: str, item: Item, agreed: Style) -> None:
        if by != item.by_id and not self._orders(by, agreed):
            raise AgendaIsTheProteges

    def _orders(self, by: str, agreed: Style) -> bool:
        return by == self.protege_id or (self.style or agreed) is Style.OPEN

    def _changed(self, at: datetime) -> None:
        self.record(
            AgendaChanged(
                partnership_id=self.id, protege_id=self.protege_id, mentor_id=self.mentor_id, open_items=len(self.open_items), at=at
            )
        )
