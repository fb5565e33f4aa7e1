"""What can be refused, and how a refusal is told to people and programs."""

from collections.abc import Mapping
from typing import Any, ClassVar

_OURS = frozenset({"services", "shared", "deploy"})


class Rejected(Exception):  # noqa: N818 - named as the rule that was broken, not as a kind of error
    """A rule of the business said no. Its docstring's first sentence is what a person reads."""

    status: ClassVar[int] = 409

    def __init__(self, detail: str | None = None, *, field: str | None = None, more: Mapping[str, Any] | None = None) -> None:
        """`more`: what a program may want to read besides, by name."""
        super().__init__(detail or self.title())
        self.field = field
        self.more = more or {}

    @classmethod
    def title(cls) -> str:
        """The rule in one sentence."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    @classmethod
    def slug(cls) -> str:
        """The rule's name as it appears in a problem's type: `ProposalClosed` is `proposal-closed`."""
        return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in cls.__name__).lstrip("-")


class NotFound(Rejected):
    """There is nothing under this address."""

    status = 404


class NotAllowed(Rejected):
    """This is not yours to see or to do."""

    status = 403


class Invalid(Rejected):
    """Something in what was sent is not right."""

    status = 422


class StaleAggregate(Exception):  # noqa: N818 - a fact about what was read, handled by reading again
    """Somebody saved this aggregate since it was read."""


class OwnWords(str):
    """Text of ours alone: literals, names and figures of the system. Only such text is written to a log as it is."""

    __slots__ = ()


class Operational(Exception):  # noqa: N818 - a kind of fault, each is named for itself
    """A fault in how the system is run. Its message names parts of the system, never a value somebody gave, and may be logged."""


def place_of(error: BaseException) -> str:
    """Where a fault was, without the values that were in hand: the innermost place of our own, else the innermost one."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        places.append((module.partition(".")[0] in _OURS, f"{module}.{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"))
        trace = trace.tb_next
    ours = [place for own, place in places if own] or [place for _, place in places]
    return ours[-1] if ours else "an unknown place"


def problem_of(error: BaseException) -> OwnWords:
    """What failed, by its kind and place. What the error itself says stays unsaid: it may hold what a person wrote."""
    kind = type(error).__name__
    if isinstance(error, Operational):
        return OwnWords(f"{kind}: {error}")
    if isinstance(error, BaseExceptionGroup):
        return OwnWords(f"{kind} of {', '.join(problem_of(inner) for inner in error.exceptions)}")
    # The number that a server gave its refusal: MongoDB's and SMTP's `code`, Kafka's and the system's `errno`.
    number = next((value for name in ("code", "errno") if isinstance(value := getattr(error, name, None), int)), None)
    return OwnWords(f"{kind}{'' if number is None else f' {number}'} at {place_of(error)}")
