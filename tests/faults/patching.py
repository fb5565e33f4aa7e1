"""Changing a running service from outside, for tests: one thing in the place of another."""

from collections.abc import Callable
from typing import Any


def instead(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put what `make` makes of an attribute in its place. Raises AttributeError when it is not there: then the patch is out of date."""
    setattr(owner, name, make(getattr(owner, name)))
