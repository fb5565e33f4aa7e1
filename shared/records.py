"""A record from Kafka as an event's envelope. Reading one never fails: it says what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Self

from shared.errors import OwnWords
from shared.mongo import Document

# What CloudEvents 1.0 and our own rules ask of every event, in Kafka's binary mode.
REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence")
SPECVERSION = "1.0"
STRUCTURED = "application/cloudevents"

_AS_IT_CAME = ("topic", "partition", "offset", "timestamp", "value")


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
    problem: OwnWords | None = None
    record: Any = field(default=None, repr=False, compare=False)

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
        headers, garbled = {}, []
        for name, raw in record.headers or ():
            try:
                headers[name] = raw.decode()
            except (AttributeError, UnicodeDecodeError):
                garbled.append(name)
        sequence = headers.get("ce_sequence", "")
        # Two keys that are not text must not become one aggregate.
        key = _text(record.key) or ""
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp or 0,
            key=key,
            id=headers.get("ce_id", ""),
            type=headers.get("ce_type", ""),
            sequence=int(sequence) if _is_ordinal(sequence) else 0,
            value=record.value or b"",
            headers=headers,
            problem=_problem(record, key, headers, garbled),
            record=record,
        )

    def to_document(self) -> Document:
        """The record as it came, byte for byte, for a dead letter; and what one searches by."""
        return {
            **{name: getattr(self.record, name) for name in _AS_IT_CAME},
            "key": self.record.key if _text(self.record.key) is None else self.key,
            "headers": [[name, raw] for name, raw in self.record.headers or ()],
            "id": self.id,
            "type": self.type,
            "sequence": self.sequence,
        }

    @classmethod
    def from_document(cls, row: Document) -> Self:
        """The record again, read anew: a newer service may read what an older one could not."""
        key = row["key"].encode() if isinstance(row["key"], str) else row["key"]
        return cls.of(SimpleNamespace(**{name: row[name] for name in _AS_IT_CAME}, key=key, headers=row["headers"]))


def _text(raw: bytes | None) -> str | None:
    try:
        return None if raw is None else raw.decode()
    except UnicodeDecodeError:
        return None


def _is_ordinal(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text.lstrip("0")) < 19  # noqa: PLR2004 - what MongoDB holds as a whole number


def _problem(record: Any, key: str, headers: Mapping[str, str], garbled: list[str]) -> OwnWords | None:
    """What is wrong with the envelope, if anything; in our words, never in the record's."""
    if headers.get("content-type", "").startswith(STRUCTURED):
        return OwnWords("a CloudEvent in structured mode: only binary mode is taken in")
    missing = [name for name in REQUIRED if not headers.get(name) and name not in garbled]
    if not _is_ordinal(headers.get("ce_sequence", "1")):
        missing.append("ce_sequence")
    if not key:
        missing.insert(0, "key")
    if missing:
        return OwnWords(f"without {', '.join(missing)}")
    if garbled:
        return OwnWords(f"header {garbled[0]} is not text" if garbled[0] in REQUIRED else "a header is not text")
    if headers["ce_specversion"] != SPECVERSION:
        return OwnWords("not CloudEvents 1.0")
    if headers["ce_subject"] != key:
        return OwnWords("ce_subject and key name different aggregates")
    return OwnWords("without a body") if record.value is None else None
