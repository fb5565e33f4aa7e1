"""How the pages of people's part in a programme are asked for: each state, and each form refused."""

from typing import Any

from fastapi.responses import Response

from services.portal.api import enrolments, managed_enrolments, offers
from tests.unit.portal.pages.answers import PROGRAMME, a_programme
from tests.unit.portal.pages.world import Company, refused

HERE = f"/manage/programmes/{PROGRAMME}/enrolments"


async def refused_change(company: Company, deed: Any, form: dict[str, str], **wrong: str) -> Response:
    company.matching.by_path["POST /enrolments/e-mentor-2/pause"] = refused(422, **wrong)
    return await managed_enrolments.change(PROGRAMME, "e-mentor-2", deed, company.page(f"{HERE}/e-mentor-2", form))


def one(enrolment_id: str) -> Any:
    return lambda company: managed_enrolments.enrolment(PROGRAMME, enrolment_id, company.page(f"{HERE}/{enrolment_id}"))


async def refused_offer(company: Company) -> Response:
    company.matching.by_path[f"POST /programmes/{PROGRAMME}/offers"] = refused(409, "These two are in one line of management.")
    page = company.page("/manage/x", {"protege_id": "p12", "mentor_id": "m1"})
    return await offers.offer(PROGRAMME, page)


async def offer_among_peers(company: Company) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(form="peer")
    return await offers.new_offer(PROGRAMME, company.page(), offers.Search(protege_id="p3"))


async def offer_with_too_many_words(company: Company) -> Response:
    no = refused(422, words="Look for at most 5 at a time.")
    company.matching.by_path[f"/programmes/{PROGRAMME}/mentor-suggestions"] = no
    return await offers.new_offer(PROGRAMME, company.page(), offers.Search(protege_id="p13", words="a,b,c,d,e,f"))


ENROLMENT_PAGES: dict[str, Any] = {
    "waiting": lambda company: managed_enrolments.waiting(PROGRAMME, company.page()),
    "offer": lambda company: offers.new_offer(PROGRAMME, company.page(), offers.Search(protege_id="p13")),
    "offer-refused": refused_offer,
    "offer-words": offer_with_too_many_words,
}
ENROLMENT_FULL_ONLY: dict[str, Any] = {
    "waiting-found": lambda company: managed_enrolments.waiting(PROGRAMME, company.page(), q="ana"),
    "waiting-nobody-found": lambda company: managed_enrolments.waiting(PROGRAMME, company.page(), q="xyz"),
    "enrolments-found": lambda company: enrolments.enrolments(PROGRAMME, company.page(), enrolments.Search(q="an", role="mentor")),
    "enrolment-waiting": one("e-protege-12"),
    "enrolment-requested": one("e-protege-17"),
    "enrolment-mentor": one("e-mentor-2"),
    "enrolment-paused": one("e-mentor-4"),
    "enrolment-withdrawn": one("e-mentor-9"),
    "offer-peers": offer_among_peers,
    "enrolment-no-day": lambda company: refused_change(company, "pause", {"until": ""}),
    "enrolment-no-figure": lambda company: refused_change(company, "capacity", {"capacity": "many"}),
    "enrolment-pause-refused": lambda company: refused_change(
        company, "pause", {"until": "2030-01-01"}, until="A pause lasts at least a day, and at most 365 days or until the programme ends."
    ),
}
