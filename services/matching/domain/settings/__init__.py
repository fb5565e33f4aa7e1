"""A programme's settings as a file that people can read, keep, compare and hand on."""

from services.matching.domain.settings.differences import Change, differences
from services.matching.domain.settings.reading import LARGEST_FILE, Problem, Read, read_settings
from services.matching.domain.settings.settings import Roles, Settings
from services.matching.domain.settings.writing import write_settings

__all__ = [
    "LARGEST_FILE",
    "Change",
    "Problem",
    "Read",
    "Roles",
    "Settings",
    "differences",
    "read_settings",
    "write_settings",
]
