"""The frame around every page: which entries the rail shows to whom."""

from dataclasses import dataclass

from services.portal.pages.viewer import Viewer

# The bottom bar of a phone shows the first four; the others are in the menu there.
BOTTOM_BAR = 4


@dataclass(frozen=True)
class Entry:
    key: str
    href: str
    icon: str


HOME = Entry("home", "/", "home")
PARTNERSHIPS = Entry("partnerships", "/partnerships", "pair")
GOALS = Entry("goals", "/goals", "goal")
MEETINGS = Entry("meetings", "/meetings", "calendar")
PROGRAMMES = Entry("programmes", "/manage/programmes", "match")
PEOPLE = Entry("people", "/manage/people", "people")
SERVICES = Entry("services", "/administration", "chart")


def rail(viewer: Viewer) -> list[Entry]:
    """At most six entries. Who manages or administers sees that first, and their own partnerships after it."""
    if not viewer.signed_in:
        return []
    if viewer.manages or viewer.administers:
        entries = [HOME]
        if viewer.manages:
            entries.append(PROGRAMMES)
        entries.append(PEOPLE)
        if viewer.administers:
            entries.append(SERVICES)
        return [*entries, PARTNERSHIPS, MEETINGS][:6]
    return [HOME, PARTNERSHIPS, GOALS, MEETINGS]
