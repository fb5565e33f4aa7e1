"""The agenda of the next meeting: the protégé's, with what the mentor adds."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from services.scheduling.domain.series import Series
from shared.aggregate import Aggregate, new_id
from shared.contracts.scheduling import AgendaChanged
from shared.errors import Invalid, NotAllowed, NotFound, Rejected

Kind = Literal["question", "step", "note"]

MOST_ITEMS = 50
LONGEST_ITEM = 500


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


class Agenda(Aggregate):
    """What two partners want to talk about; its id is the partnership's. Open items stay for the meeting after."""

    protege_id: str
    mentor_id: str
    items: list[Item] = Field(default_factory=list)

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

    def tick_off(self, by: str, item_id: str, at: datetime) -> None:
        """It has been talked about."""
        item = self._item(item_id)
        self._must_be_theirs(by, item)
        item.done = True
        self._changed(at)

    def move(self, by: str, item_id: str, to: int, at: datetime) -> None:
        """Put an item at another place, counted from 0."""
        item = self._item(item_id)
        if by != self.protege_id:
            raise AgendaIsTheProteges
        if not 0 <= to < len(self.items):
            raise Invalid("There is no such place on the agenda.", field="to")
        self.items.remove(item)
        self.items.insert(to, item)
        self._changed(at)

    def remove(self, by: str, item_id: str, at: datetime) -> None:
        """Take an item off."""
        item = self._item(item_id)
        self._must_be_theirs(by, item)
        self.items.remove(item)
        self._changed(at)

    def clear_done(self) -> bool:
        """After a meeting: what was ticked off goes, what is open stays for the next one. Whether anything went."""
        before = len(self.items)
        self.items = self.open_items
        return len(self.items) < before

    @property
    def open_items(self) -> list[Item]:
        return [item for item in self.items if not item.done]

    def _item(self, item_id: str) -> Item:
        for item in self.items:
            if item.item_id == item_id:
                return item
        raise NoSuchItem

    def _must_be_theirs(self, by: str, item: Item) -> None:
        if by not in {self.protege_id, item.by_id}:
            raise AgendaIsTheProteges

    def _changed(self, at: datetime) -> None:
        self.record(
            AgendaChanged(
                partnership_id=self.id, protege_id=self.protege_id, mentor_id=self.mentor_id, open_items=len(self.open_items), at=at
            )
        )
