"""The table of changes that can be made to a running service: protections taken out, and a few that only set the stage."""

from collections.abc import Callable, Iterable

Change = Callable[[], None]
CHANGES: dict[str, Change] = {}
PROTECTIONS: dict[str, str] = {}
"""What is different without each: the docstring of its switch."""


def make(names: Iterable[str]) -> None:
    """Make these changes to this process."""
    for name in names:
        CHANGES[name]()


def change(function: Change) -> Change:
    """Put a change into the table, under its function's name with hyphens."""
    CHANGES[function.__name__.replace("_", "-")] = function
    return function


def protection(take_out: Change) -> Change:
    """A change that takes out a protection."""
    PROTECTIONS[take_out.__name__.replace("_", "-")] = take_out.__doc__ or ""
    return change(take_out)
