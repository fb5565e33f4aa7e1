"""The address a guest's answer goes to: ours, with a label that only we could have made for this guest of this meeting."""

import base64
import hmac
from collections.abc import Callable, Iterable

_LABEL_BYTES = 10


class ReplyAddresses:
    """Makes addresses like `replies+k3v…@example.org` and knows them again. `marks` signs a text with each of our keys."""

    def __init__(self, address: str, marks: Callable[[str], list[bytes]]) -> None:
        self._local, _, self._domain = address.casefold().rpartition("@")
        self._marks = marks

    def of(self, meeting_id: str, person_id: str) -> str:
        """Where this guest answers."""
        return f"{self._local}+{self._labels(meeting_id, person_id)[0]}@{self._domain}"

    def shows(self, recipients: Iterable[str], meeting_id: str, person_id: str) -> bool:
        """Whether a letter to these addresses can only come from somebody who has this guest's invitation."""
        labels = self._labels(meeting_id, person_id)
        for recipient in recipients:
            local, _, domain = recipient.casefold().rpartition("@")
            ours, _, label = local.partition("+")
            if (ours, domain) == (self._local, self._domain) and any(hmac.compare_digest(label, known) for known in labels):
                return True
        return False

    def _labels(self, meeting_id: str, person_id: str) -> list[str]:
        marks = self._marks(f"reply/{meeting_id}/{person_id}")
        return [base64.b32encode(mark[:_LABEL_BYTES]).decode().casefold() for mark in marks]
