"""A record from Kafka as an event's envelope. Reading one never fails: it says what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any, Self

from shared.mongo import Document


@dataclass(frozen=True)
class Incoming:
    """An event as it came, with CloudEvents' headers in binary mode."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str
    id: str
    type: str
    sequence: int
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def aggregate(self) -> str:
        """The key of the cursor: whose event it is."""
        return f"{self.topic}/{self.key}"

    @property
    def sequenced(self) -> bool:
        """Whether it says whose event it is and the how-manieth. One that does not blocks nobody."""
        return bool(self.key and self.id and self.sequence)

    @property
    def letter_id(self) -> str:
        """What tells this record from every other, even when it has no id of its own and the topic was made anew."""
        return f"{self.topic}/{self.partition}/{self.offset}/{self.timestamp}"

    @classmethod
    def of(cls, record: Any) -> Self:
        """The record, or as much of it as can be read."""
        headers, problem = {}, None
        for name, raw in record.headers or ():
            try:
                headers[name] = raw.decode()
            except (AttributeError, UnicodeDecodeError):
                problem = f"header {name} is not text"
        sequence = headers.get("ce_sequence", "")
        key = record.key.decode(errors="replace") if record.key else ""
        known = {"key": key, "ce_id": headers.get("ce_id"), "ce_sequence": sequence if sequence.isdigit() else ""}
        missing = [name for name, text in known.items() if not text]
        if missing:
            problem = f"without {', '.join(missing)}"
        elif record.value is None:
            problem = problem or "without a body"
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp or 0,
            key=key,
            id=headers.get("ce_id", ""),
            type=headers.get("ce_type", ""),
            sequence=int(sequence) if sequence.isdigit() else 0,
            value=record.value or b"",
            headers=headers,
            problem=problem,
        )

    def to_document(self) -> Document:
        """The record as it came, for a dead letter."""
        names = ("topic", "partition", "offset", "timestamp", "key", "id", "type", "sequence", "value", "headers", "problem")
        row = {name: getattr(self, name) for name in names}
        row["headers"] = [[name, text] for name, text in self.headers.items()]
        return row

    @classmethod
    def from_document(cls, row: Document) -> Self:
        names = ("topic", "partition", "offset", "timestamp", "key", "id", "type", "sequence", "value", "problem")
        return cls(**{name: row[name] for name in names}, headers=dict(row["headers"]))
