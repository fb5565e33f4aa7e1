"""Every part of the pages in every state, for whoever works on them. Shown on one's own machine only."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, PersonCard, Signed
from services.portal.pages.form import Form
from shared.errors import NotFound

router = APIRouter()


@router.get("/style")
async def style(page: Signed) -> Response:
    """The page of parts, where the demo clock may be set."""
    if not page.door.settings.demo_clock:
        raise NotFound
    return parts(page)


def parts(page: Page) -> Response:
    """Each part with values of every kind."""
    return page.render(
        "style.html",
        form=Form(
            {"name": "Inês Carvalho", "mail": "ines@", "department": "Network planning", "hours": "2", "rhythm": "4"},
            {"mail": "This address has no part after the @."},
        ),
        somebody=PersonCard(person_id="1", name="Inês Carvalho"),
        other=PersonCard(person_id="2", name="Kenji Watanabe"),
    )
