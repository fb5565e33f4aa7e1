"""An event: a fact about one aggregate, in the form in which the services tell each other."""

import builtins
from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Event(BaseModel):
    """A fact in the past tense. Made closed (an unknown field is an error), read open (it is ignored).

    A subclass names its type `service.aggregate.fact.vN` and the field that holds the aggregate's id:
    `class PartnershipStarted(Event, type="matching.partnership.started.v1", key="partnership_id")`.
    A newer version names the older one that is still told with it: `beside=PartnershipStarted`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_type: ClassVar[str] = ""
    topic: ClassVar[str] = ""
    source: ClassVar[str] = ""
    beside: ClassVar[str] = ""
    key_field: ClassVar[str] = ""

    at: AwareDatetime

    @classmethod
    def __init_subclass__(cls, *, type: str = "", key: str = "", beside: "builtins.type[Event] | None" = None, **kwargs: Any) -> None:  # noqa: A002 - CloudEvents' own word
        super().__init_subclass__(**kwargs)
        if type:
            cls.event_type = type
            cls.topic = ".".join(type.split(".")[:2])
            cls.source = f"/tandem/{type.split('.', maxsplit=1)[0]}"
            cls.beside = beside.event_type if beside is not None else ""
        if key:
            cls.key_field = key

    @property
    def subject(self) -> str:
        """The id of the aggregate this is a fact about; the record's key on Kafka."""
        return str(getattr(self, self.key_field))

    def body(self) -> bytes:
        """The event's data as JSON."""
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, body: bytes) -> Self:
        """An event as another service, perhaps a newer one, has written it. Raises pydantic's ValidationError."""
        return cls.model_validate_json(body, extra="ignore")
