"""What can be refused, and how a refusal is told to people and programs."""

from typing import ClassVar


class Rejected(Exception):  # noqa: N818 - named as the rule that was broken, not as a kind of error
    """A rule of the business said no. Its docstring's first sentence is what a person reads."""

    status: ClassVar[int] = 409

    def __init__(self, detail: str | None = None, *, field: str | None = None) -> None:
        super().__init__(detail or self.title())
        self.field = field

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


def place_of(error: BaseException) -> str:
    """Where a fault was, without the values that were in hand: they may be private."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown place" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
