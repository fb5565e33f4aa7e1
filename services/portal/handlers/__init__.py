"""What the portal can be asked to do."""

from services.portal.handlers.imports import (
    COLUMNS,
    ImportPeople,
    ImportUnderWay,
    OnlyManagersManagePeople,
    PreviewOutdated,
    import_people,
    must_manage_people,
)
from services.portal.handlers.people import ChooseSettings, GrantRoles, People, Recognise, choose_settings, grant_roles, recognise

__all__ = [
    "COLUMNS",
    "ChooseSettings",
    "GrantRoles",
    "ImportPeople",
    "ImportUnderWay",
    "OnlyManagersManagePeople",
    "People",
    "PreviewOutdated",
    "Recognise",
    "choose_settings",
    "grant_roles",
    "import_people",
    "must_manage_people",
    "recognise",
]
