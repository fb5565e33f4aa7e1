"""Walks a life: does in every state whatever can be done in any, and compares what happens with the table."""

import copy
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from services.matching.domain.states import Life
from shared.errors import Rejected

T = TypeVar("T")

MOST_THINGS = 1_000
"""A walk that finds more that differ would not end."""

Acts = Sequence[tuple[str, Callable[[T], object]]]
"""What can be done to a thing, each in the words of the table's steps."""


def walk(life: Life, new: T, acts: Acts[T], state_of: Callable[[T], StrEnum]) -> list[T]:
    """All that can become of a new thing. Fails where the code can do what the table does not say, or cannot do what it says.

    Two things in the same state may differ in what can be done: the table has what at least one of them can do.
    """
    done: dict[StrEnum, set[tuple[str, StrEnum]]] = {row.state: set() for row in life.states}
    ahead, seen, reached = [new], {repr(new)}, [new]
    while ahead:
        thing = ahead.pop()
        for does, act in acts:
            after = copy.deepcopy(thing)
            try:
                act(after)
            except Rejected:
                continue
            if (mark := repr(after)) == repr(thing):
                continue  # the same click twice
            done[state_of(thing)].add((does, state_of(after)))
            if mark not in seen:
                assert len(seen) < MOST_THINGS, f"{life.name}: there is no end of what differs, for example {mark}"
                seen.add(mark)
                ahead.append(after)
                reached.append(after)
    assert done == {row.state: {(step.does, step.to) for step in row.steps} for row in life.states}
    return reached
