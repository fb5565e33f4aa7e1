"""The words of matching that several aggregates share."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from shared.errors import NotAllowed, Rejected

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
"""A few words in which somebody says what they need, are strong at, or aim for."""

MOST_TAGS = 12
LARGEST_CAPACITY = 50


class Role(StrEnum):
    """What somebody is in a programme; in one among peers everybody is both."""

    PROTEGE = "protege"
    MENTOR = "mentor"
    PEER = "peer"


class NotItsProgrammeManager(NotAllowed):
    """Only a manager of this programme can do this."""


class NoPlaceLeft(Rejected):
    """The mentor has no place left: somebody else was quicker."""


class PersonUnknown(Rejected):
    """There is nobody with this id."""

    status = 422


class PersonInactive(Rejected):
    """This person does not work here any more."""
