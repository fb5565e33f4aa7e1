"""What can be asked about a charter. Each handler runs inside one unit of work."""

from dataclasses import dataclass
from datetime import datetime

from services.goals.domain import Agreement, Charter
from services.goals.handlers.protocols import Charters, Partnerships


@dataclass(frozen=True, kw_only=True)
class ReadCharter:
    partnership_id: str
    by: str


async def read_charter(query: ReadCharter, partnerships: Partnerships, charters: Charters) -> Charter:
    """The charter, for the two whose it is."""
    partnership = await partnerships.get(query.partnership_id)
    partnership.must_be_of(query.by)
    return await charters.of(partnership)


@dataclass(frozen=True, kw_only=True)
class ProposeCharter:
    partnership_id: str
    agreement: Agreement
    based_on: int | None
    by: str
    at: datetime


async def propose_charter(command: ProposeCharter, partnerships: Partnerships, charters: Charters) -> int:
    """One partner puts a version on the table; its number."""
    partnership = await partnerships.get(command.partnership_id)
    partnership.must_be_running_for(command.by)
    charter = await charters.of(partnership)
    number = charter.propose(command.agreement, by=command.by, at=command.at, based_on=command.based_on)
    await charters.save(charter)
    return number


@dataclass(frozen=True, kw_only=True)
class SignCharter:
    partnership_id: str
    version: int
    by: str
    at: datetime


async def sign_charter(command: SignCharter, partnerships: Partnerships, charters: Charters) -> None:
    """The other partner agrees."""
    partnership = await partnerships.get(command.partnership_id)
    partnership.must_be_running_for(command.by)
    charter = await charters.of(partnership)
    charter.sign(command.version, by=command.by, at=command.at)
    await charters.save(charter)
