"""Changes to a running service: protections of the backbone taken out, and a few that only set the stage.

A scenario that does not fail without the protection it is about proves nothing.
"""

from tests.faults.changes import servers, services
from tests.faults.changes.table import PROTECTIONS, make

__all__ = ["PROTECTIONS", "make", "servers", "services"]
