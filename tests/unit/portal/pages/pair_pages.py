"""How a manager's page of one pair is asked for: in each state, and with each form refused."""

from typing import Any

from fastapi.responses import Response

from services.portal.api import health, managed_partnership
from tests.unit.portal.pages.answers import PROGRAMME, a_programme
from tests.unit.portal.pages.world import Company, refused

HERE = f"/manage/programmes/{PROGRAMME}/partnerships/pair-2"


async def changed(company: Company, deed: Any, form: dict[str, str], **wrong: str) -> Response:
    if wrong:
        company.matching.by_path[f"POST /partnerships/pair-2/{deed}"] = refused(422, **wrong)
    return await managed_partnership.change(PROGRAMME, "pair-2", deed, company.page(f"{HERE}/{deed}", form))


def one(partnership_id: str) -> Any:
    return lambda company: managed_partnership.partnership(PROGRAMME, partnership_id, company.page(HERE))


async def of_peers(company: Company) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(form="peer", kind="always_open", ends_on=None)
    return await managed_partnership.partnership(PROGRAMME, "pair-10", company.page(HERE))


async def not_heard_of_yet(company: Company) -> Response:
    company.goals.by_path[f"/programmes/{PROGRAMME}/health"] = []
    return await managed_partnership.partnership(PROGRAMME, "pair-2", company.page(HERE))


PAIR_FULL_ONLY: dict[str, Any] = {
    "partnership": one("pair-2"),
    "partnership-paused": one("pair-4"),
    "partnership-well": one("pair-10"),
    "partnership-ended": one("pair-13"),
    "partnership-of-peers": of_peers,
    "partnership-new": not_heard_of_yet,
    "partnership-no-day": lambda company: changed(company, "pause", {"until": ""}),
    "partnership-prolong-refused": lambda company: changed(
        company, "prolong", {"ends_on": "2030-01-01"}, ends_on="This must be a later day than now, and none after 2027-03-31."
    ),
    "partnership-end-refused": lambda company: changed(
        company, "end", {"reason": "no_time", "words": "x" * 2_001}, words="At most 2000 characters."
    ),
    "partnerships-found": lambda company: health.partnerships(PROGRAMME, company.page(), q="ana"),
    "proposals-found": lambda company: health.proposals(PROGRAMME, company.page(), q="linh"),
    "proposals-nobody-found": lambda company: health.proposals(PROGRAMME, company.page(), q="xyz"),
}
