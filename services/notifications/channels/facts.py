"""What a text may speak of: the reader, the names behind a notice's ids, and its times."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.notifications.domain import Kind


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything a letter about one notice needs, looked up beforehand."""

    kind: Kind
    reader: str
    locale: str
    zone: str
    url: str
    """The portal's page about it, in full."""
    inbox_url: str
    subject: Mapping[str, str | int]
    names: Mapping[str, str] = field(default_factory=dict)
    """Names by the subject's fields: `other_id`, `person_id`, `protege_id`, `mentor_id`, `by_id`, `programme_id`."""
