"""The partnership page under load, against a bare FastAPI and motor page that reads the same documents."""

import asyncio
import sys

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bench.page_load import SERVICES, Measured, database, measure

PARTNERSHIP_PAGE = Measured(
    "pages",
    "bench.pages",
    "/partnerships/{}",
    "ours knows who is signed in, asks three services and draws; bare reads the same documents itself",
)

PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<title>{{ people | map(attribute="name") | join(" and ") }}</title>
<h1>{{ people | map(attribute="name") | join(" and ") }}</h1>
<p>{{ programme.name }}, every {{ series.cadence_weeks }} weeks, since {{ pair.started_at }}</p>
<ul>{% for meeting in meetings %}<li>{{ meeting.starts_at }} {{ meeting.state }} {{ meeting.place }}</li>{% endfor %}</ul>
<ol>{% for item in agenda["items"] %}<li>{{ item.text }}</li>{% endfor %}</ol>
{% for goal in goals %}<h2>{{ goal.title }}</h2><p>{{ goal.why }}</p>
<ul>{% for step in goal.steps %}<li>{{ step.text }} {{ step.due_on }}</li>{% endfor %}</ul>{% endfor %}
{% for version in charter.versions[-1:] %}<dl>{% for name, part in version.agreement.items() %}
<dt>{{ name }}</dt><dd>{{ part }}</dd>{% endfor %}</dl>{% endfor %}
""")


def bare() -> FastAPI:
    """One route, no sign-in, no services: what anybody would write in a quarter of an hour."""
    portal, matching, scheduling, goals = (database(service) for service in SERVICES)
    app = FastAPI()

    @app.get("/partnerships/{partnership_id}", response_class=HTMLResponse)
    async def partnership(partnership_id: str) -> str:
        same, of_it = {"_id": partnership_id}, {"partnership_id": partnership_id}
        pair = await matching.partnerships.find_one(same)
        programme, people, series, meetings, agenda, charter, written = await asyncio.gather(
            matching.programmes.find_one({"_id": pair["programme_id"]}),
            portal.people.find({"_id": {"$in": [pair["protege_id"], pair["mentor_id"]]}}).to_list(None),
            scheduling.series.find_one(same),
            scheduling.meetings.find(of_it).sort("starts_at", 1).to_list(None),
            scheduling.agendas.find_one(same),
            goals.charters.find_one(same),
            goals.goals.find(of_it).to_list(None),
        )
        return PAGE.render(
            pair=pair, programme=programme, people=people, series=series, meetings=meetings, agenda=agenda, charter=charter, goals=written
        )

    return app


def run() -> bool:
    """The figure as one line."""
    return measure(PARTNERSHIP_PAGE)


if __name__ == "__main__":
    uvicorn.run(bare(), port=int(sys.argv[1]), access_log=False, log_level="warning")
