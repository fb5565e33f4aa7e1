"""What somebody lets their partners do without asking them first."""

from typing import Self

from shared.aggregate import Aggregate
from shared.errors import Rejected


class AskFirst(Rejected):
    """Your partner wants to be asked: propose times instead of booking one."""


class Policy(Aggregate):
    """One person's word for all their partnerships; its id is the person's."""

    partner_may_book: bool = False
    partner_may_move: bool = False
    """What a partner changes in their calendar counts at once where both are free, instead of being proposed."""

    @classmethod
    def usual(cls, person_id: str) -> Self:
        """Of whom nobody has heard: they want to be asked."""
        return cls(id=person_id)

    def allow(self, *, booking: bool, moving: bool) -> None:
        """Say what needs no question."""
        self.partner_may_book, self.partner_may_move = booking, moving

    def must_allow_booking(self) -> None:
        """Refuse a meeting that is put into a partner's day. Raises AskFirst."""
        if not self.partner_may_book:
            raise AskFirst
