"""Where somebody wants to meet when they meet by video."""

from enum import StrEnum
from typing import Self

from shared.aggregate import Aggregate
from shared.errors import Rejected


class VideoKind(StrEnum):
    """`meet` and `teams` come with a calendar that Tandem may write to, `zoom` and `jitsi` with what its operator has set up."""

    NONE = "none"
    MEET = "meet"
    TEAMS = "teams"
    ZOOM = "zoom"
    JITSI = "jitsi"


class NoSuchVideo(Rejected):
    """Video calls of this kind cannot be made for you: your calendar does not let Tandem, or they are not set up here."""


class VideoChoice(Aggregate):
    """One person's word for all their meetings that have no place of their own; its id is the person's."""

    kind: VideoKind = VideoKind.NONE

    @classmethod
    def usual(cls, person_id: str) -> Self:
        """Who has said nothing meets wherever the two say."""
        return cls(id=person_id)

    def choose(self, kind: VideoKind) -> None:
        """Have a call made for each meeting that has no place."""
        self.kind = kind
