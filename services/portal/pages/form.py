"""A form as it stands: what was typed, and what is wrong with it in the field's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Form:
    """`values` by field name (text, or a list of texts); `errors` by field name; `message` where no field is meant."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def refused(self, errors: Mapping[str, str], message: str) -> "Form":
        """The same form with what a service said about it: beside the fields it named, else at the head of the form."""
        return replace(self, errors=errors, message="" if errors else message)

    def with_error(self, name: str, message: str) -> "Form":
        return replace(self, errors={**self.errors, name: message})

    def value(self, name: str, default: object = "") -> str:
        found = self.values.get(name, default)
        if isinstance(found, list | tuple):
            found = found[0] if found else default
        return "" if found is None else str(found)

    def chosen(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """All values of a field that may be given more than once."""
        found = self.values.get(name, default)
        if isinstance(found, str):
            return [found]
        return [str(one) for one in found or ()]

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    @property
    def wrong(self) -> bool:
        return bool(self.errors or self.message)
