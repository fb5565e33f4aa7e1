"""The page on which two pick a time, under load, against a bare FastAPI and motor page that reads the same cached documents."""

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bench.page_load import Measured, database, measure
from deploy.local import demo
from deploy.local.seeding import Company

EVENTS, DAYS = 300, 90

PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<title>{{ people | map(attribute="name") | join(" and ") }}</title>
<h1>When do {{ people | map(attribute="name") | join(" and ") }} meet?</h1>
<p>every {{ rhythm.weeks }} weeks, {{ rhythm.minutes }} minutes, since {{ series.started_at }}</p>
{% for one in hours %}<p>{{ one.zone }}: {% for window in one.hours %}{{ window.days }} {{ window.start }}-{{ window.end }} {% endfor %}</p>
{% endfor %}
{% for one in busy %}<ul>{% for start, end in one.spans %}<li>{{ start }}-{{ end }}</li>{% endfor %}</ul>{% endfor %}
<ul>{% for claim in claims %}<li>{{ claim.bucket }}</li>{% endfor %}</ul>
<ul>{% for meeting in meetings %}<li>{{ meeting.starts_at }} {{ meeting.state }}</li>{% endfor %}</ul>
""")


def bare() -> FastAPI:
    """One route, no sign-in, no services, no search: what is known of two people's time, written down as it lies there."""
    portal, matching, scheduling = (database(service) for service in ("portal", "matching", "scheduling"))
    app = FastAPI()

    @app.get("/partnerships/{partnership_id}/times", response_class=HTMLResponse)
    async def times(partnership_id: str) -> str:
        same = {"_id": partnership_id}
        pair = await matching.partnerships.find_one(same)
        both = {"$in": [pair["protege_id"], pair["mentor_id"]]}
        people, series, rhythm, hours, busy, claims, meetings = await asyncio.gather(
            portal.people.find({"_id": both}).to_list(None),
            scheduling.series.find_one(same),
            scheduling.rhythms.find_one(same),
            scheduling.availability.find({"_id": both}).to_list(None),
            scheduling.busy.find({"_id": both}).to_list(None),
            scheduling.claims.find({"person_id": both}).to_list(None),
            scheduling.meetings.find({"partnership_id": partnership_id}).sort("starts_at", 1).to_list(None),
        )
        return PAGE.render(people=people, series=series, rhythm=rhythm, hours=hours, busy=busy, claims=claims, meetings=meetings)

    return app


async def calendars(company: Company) -> None:
    """Both have uploaded a full calendar, and their busy time is cached."""
    now = datetime.now(UTC)
    for seed, person in enumerate((demo.PROTEGE, demo.MENTOR)):
        asker = company.person(person.email, "scheduling", now)
        await company.patiently(asker.post_bytes, "/calendars/mine/ics", _full(now, seed).encode(), "text/calendar")


def _full(now: datetime, seed: int) -> str:
    """Appointments all over the next three months, in office hours, the same ones every time."""
    chance = random.Random(seed)  # noqa: S311 - a calendar to measure with, no secret
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tandem//bench//EN"]
    for number in range(EVENTS):
        start = now.replace(hour=0, minute=0, second=0) + timedelta(days=chance.randrange(DAYS), minutes=15 * chance.randrange(28, 72))
        end = start + timedelta(minutes=chance.choice((30, 45, 60)))
        lines += ["BEGIN:VEVENT", f"UID:{seed}-{number}@bench", f"DTSTART:{_stamp(start)}", f"DTEND:{_stamp(end)}", "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in [*lines, "END:VCALENDAR"])


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


PICKING_PAGE = Measured(
    "picking-page",
    "bench.picking_page",
    "/partnerships/{}/times",
    f"ours knows who is signed in, searches two weeks among {EVENTS} appointments of each and draws both weeks; "
    "bare lists the same cached documents",
    prepare=calendars,
)


def run() -> bool:
    """The figure as one line."""
    return measure(PICKING_PAGE)


if __name__ == "__main__":
    uvicorn.run(bare(), port=int(sys.argv[1]), access_log=False, log_level="warning")
