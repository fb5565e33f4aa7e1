"""What partners may do without asking."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.handlers.protocols import Policies


@dataclass(frozen=True, kw_only=True)
class SetPolicy:
    partner_may_book: bool
    partner_may_move: bool
    by: str
    at: datetime


async def set_policy(command: SetPolicy, policies: Policies) -> None:
    """Say what one need not be asked about."""
    policy = await policies.of(command.by)
    policy.allow(booking=command.partner_may_book, moving=command.partner_may_move)
    await policies.save(policy)
