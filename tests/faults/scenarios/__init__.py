"""All scenarios, a module for each kind of thing that fails."""

from tests.faults.scenarios import processes

__all__ = ["processes"]
