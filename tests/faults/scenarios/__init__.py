"""All scenarios, a module for each kind of thing that fails. The order here is the order in which they are played."""

from tests.faults.scenarios import clocks, kafka, mongodb, network, processes, records, restarts

__all__ = ["clocks", "kafka", "mongodb", "network", "processes", "records", "restarts"]
