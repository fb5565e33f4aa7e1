"""An aggregate: a thing with rules of its own, changed as a whole and saved with the events it has recorded."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import Any, Self

import uuid_utils
from pydantic import BaseModel, ConfigDict

from shared.event import Event


def new_id() -> str:
    """A new id: a UUIDv7, so that ids made later sort later."""
    return str(uuid_utils.uuid7())


class Aggregate(BaseModel):
    """What `version`, `sequence` and `stamp` say is kept by the unit of work, not by the rules.

    version: how often it has been saved. sequence: how many events it has recorded in its life.
    stamp: milliseconds since 1970 of its last event, made to grow even when the clock does not.
    """

    # What cannot be read back must not end up, word for word, in the log of whatever catches the error.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: str
    version: int = 0
    sequence: int = 0
    stamp: int = 0

    def record(self, event: Event) -> None:
        """Remember a fact; it is published when the aggregate is saved."""
        self.unpublished.append(event)

    # No private attribute: pydantic looks for one in four places, each time.
    @cached_property
    def unpublished(self) -> list[Event]:
        """The facts recorded since the aggregate was read."""
        return []

    def published(self) -> None:
        """Forget the recorded facts: the unit of work has taken them over."""
        self.unpublished.clear()

    def to_document(self) -> dict[str, Any]:
        """The document as MongoDB keeps it."""
        document = _plain(self.model_dump())
        document["_id"] = document.pop("id")
        return dict(document)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The aggregate as it was saved."""
        fields = dict(document)
        fields["id"] = fields.pop("_id")
        return cls.model_validate(fields)


_KNOWN = frozenset({str, int, float, bool, bytes, datetime, type(None)})


def _plain(value: Any) -> Any:
    """The value in types MongoDB knows: dates and enum members become text, sets and tuples lists."""
    if type(value) in _KNOWN:  # what nearly all are
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
