"""Who looks at a page that must work whatever else does not."""

from fastapi import Request

from services.portal.api import forms
from services.portal.api.front_door import Visit, front_door
from services.portal.api.visitor import visitor
from services.portal.pages.render import Viewer
from shared.mongo import PyMongoError


def viewer_of_visit(visit: Visit, *, inbox_count: int, manages: bool) -> Viewer:
    """The signed-in person as pages know them."""
    return Viewer(
        person_id=visit.person.id,
        name=visit.person.name,
        email=visit.person.email,
        roles=visit.roles,
        locale=visit.person.locale,
        zone=visit.person.zone,
        now=visit.at,
        form_token=forms.new_token(visit.session),
        inbox_count=inbox_count,
        manages=manages,
    )


async def viewer_of(request: Request) -> Viewer:
    """The signed-in person, or nobody in particular: also when the database does not answer."""
    door = front_door(request)
    try:
        visit = await door.visit(request)
    except PyMongoError:
        visit = None
    if visit is None:
        return visitor(request)
    inbox_count, manages = door.surroundings.last_known(visit)
    return viewer_of_visit(visit, inbox_count=inbox_count, manages=manages)
