"""The form of a life: which states a thing goes through, who must act in each, by when, and what happens if nobody does."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Step:
    """What somebody can do in a state, and the state it leads to; perhaps the same one."""

    who: str
    does: str
    to: StrEnum


@dataclass(frozen=True, kw_only=True)
class State:
    """A state in which somebody must act. One without steps is an end: nobody waits there for anything."""

    state: StrEnum
    owner: str = ""
    """Who must act."""
    deadline: str = ""
    """By when, in words."""
    timer: str = ""
    """The kind of timer, or the name of the worker, that sees to the deadline."""
    overdue: str = ""
    """What happens by itself when nobody has acted."""
    steps: tuple[Step, ...] = ()

    @property
    def is_end(self) -> bool:
        """Whether nothing comes after it."""
        return not self.steps


@dataclass(frozen=True)
class Life:
    """All states of one kind of thing, the first one first. `docs/states.md` is drawn from it, and a test walks all of it."""

    name: str
    states: tuple[State, ...]

    def at(self, state: StrEnum) -> State:
        """The row of a state. Raises KeyError."""
        return {row.state: row for row in self.states}[state]

    def faults(self) -> Iterator[str]:
        """What is missing or leads nowhere, a sentence each: states without owner, deadline or timer, never reached, or without an end."""
        rows = {row.state: row for row in self.states}
        for state in type(self.states[0].state):
            if state not in rows:
                yield f"{self.name}: {state} is not in the table"
        for row in self.states:
            if not row.is_end and not all((row.owner, row.deadline, row.timer, row.overdue)):
                yield f"{self.name}: {row.state} has no owner, or no deadline that anything sees to"
            if not any(rows[state].is_end for state in self._reached_from(row.state)):
                yield f"{self.name}: nothing leads from {row.state} to an end"
        for state in rows.keys() - self._reached_from(self.states[0].state):
            yield f"{self.name}: nothing leads to {state}"

    def _reached_from(self, state: StrEnum) -> set[StrEnum]:
        reached, ahead = set[StrEnum](), [state]
        while ahead:
            here = ahead.pop()
            if here not in reached:
                reached.add(here)
                ahead += [step.to for step in self.at(here).steps]
        return reached
