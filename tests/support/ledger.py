"""A tiny service of the tests' own: accounts that events pay into. Enough to try the backbone on, with nothing of the business in it."""

from pydantic import AwareDatetime

from shared.aggregate import Aggregate
from shared.errors import Rejected
from shared.event import Event
from shared.reactions import Reactions
from shared.unit import Unit

# An amount whose effect no database can hold.
UNWRITABLE = 99


class PaymentMade(Event, type="till.payment.made.v1", key="account_id"):
    """Somebody has paid."""

    account_id: str
    amount: int


class AccountCredited(Event, type="ledger.account.credited.v1", key="account_id"):
    """An account holds more."""

    account_id: str
    total: int


class TooMuch(Rejected):
    """An account cannot take that much."""


class Account(Aggregate):
    """A sum."""

    total: int = 0
    payments: int = 0

    def credit(self, amount: int, at: AwareDatetime) -> None:
        """Add an amount. Raises TooMuch above a hundred; a negative one is a fault."""
        if amount > 100:
            raise TooMuch
        if amount < 0:
            raise ZeroDivisionError("private words")
        self.total += amount
        self.payments += 1
        self.record(AccountCredited(account_id=self.id, total=self.total, at=at))


def ledger() -> Reactions:
    """The table of reactions."""
    reactions = Reactions(service="ledger")

    @reactions.to(PaymentMade, loads=lambda event: [("accounts", event.account_id)])
    async def credit(event: PaymentMade, unit: Unit) -> None:
        if event.amount == UNWRITABLE:
            unit.put("accounts", {"_id": event.account_id, "total": 2**80})
            return
        account = await unit.find("accounts", Account, event.account_id) or Account(id=event.account_id)
        try:
            account.credit(event.amount, event.at)
        finally:
            unit.save("accounts", account)

    return reactions
