"""What a person, or a program, is told about a running Tandem."""

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.local import demo
from deploy.local.environment import Surroundings
from deploy.local.facts import facts_of
from deploy.local.options import SERVICES
from deploy.local.record import Line, Record

LEFT_BEHIND = "left behind"
STOPPED = "stopped"


def places(surroundings: Surroundings) -> dict[str, Any]:
    """Where to go and as whom."""
    return {
        "portal": surroundings.url("portal"),
        "mailbox": surroundings.url("mailbox"),
        "calendars": {"url": f"{surroundings.url('calendar')}/NAME/calendar/", "password": demo.CALENDAR_PASSWORD},
        "people_file": str(demo.PEOPLE_FILE),
        "sign_in_as": [
            {"name": person.employee.name, "part": person.part, "email": person.email, "calendar_user": person.employee.calendar_user}
            for person in demo.SIGN_INS
        ],
        "api_docs": {service: f"{surroundings.url(service)}/docs" for service in SERVICES},
    }


def summary(place: dict[str, Any]) -> str:
    """The end of a start."""
    people = "\n".join(f"    {person['name']:<18} {person['part']:<18} {person['email']}" for person in place["sign_in_as"])
    docs = "\n".join(f"    {service:<18} {url}" for service, url in place["api_docs"].items())
    return f"""
  Tandem is running:    {place["portal"]}

  Sign in as
{people}

  Mail it sends         {place["mailbox"]}
  Calendars (CalDAV)    {place["calendars"]["url"]}
                        NAME is what stands before the @, the password is {place["calendars"]["password"]}
  People to import      {place["people_file"]}
  API docs
{docs}

  Ctrl-C stops everything; what is in it stays.
"""


def status_document(found: Record) -> dict[str, Any]:
    """`tandem status` for a program."""
    running = found.supervisor is not None and found.supervisor.process() is not None
    parts = [_part(line, running=running) for line in found.parts]
    return {"running": running, "parts": parts, **(found.more if running else {})}


def with_facts(document: dict[str, Any]) -> dict[str, Any]:
    """The document, and what the services that run say of themselves."""
    services = {part["name"]: part["address"] for part in document["parts"] if part["name"] in SERVICES and part["pid"] is not None}
    return {**document, "services": facts_of(services)} if document["running"] else document


def _part(line: Line, *, running: bool) -> dict[str, Any]:
    alive = line.birth is not None and line.birth.process() is not None
    ended = LEFT_BEHIND if alive else STOPPED
    state = line.state if running and (alive or line.birth is None) else ended
    pid = line.birth.pid if alive and line.birth else None
    return {"name": line.name, "address": line.address, "state": state, "pid": pid, "note": line.note}


def status_table(document: dict[str, Any]) -> str:
    """`tandem status` for a person."""
    if not document["parts"]:
        return "Tandem is not running from here. Start it with `make up`."
    rows = [f"{'part':<14} {'state':<12} {'pid':>8}  address"]
    rows += [
        f"{part['name']:<14} {part['state']:<12} {part['pid'] or '':>8}  {part['address']}{'  ' + part['note'] if part['note'] else ''}"
        for part in document["parts"]
    ]
    return "\n".join([*rows, *_facts_table(document.get("services", ()))])


def _facts_table(services: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the services say of themselves, below the parts."""
    if not services:
        return []
    rows = ["", f"{'service':<14} {'outbox':>7} {'oldest':>8} {'lag':>7} {'parked':>7} {'blocked':>8} {'undelivered':>12}  problem"]
    for facts in services:
        figures = [
            _figure(facts[name]) for name in ("outbox_rows", "outbox_oldest_seconds", "lag", "parked", "blocked_keys", "failed_deliveries")
        ]
        rows.append(
            f"{facts['name']:<14} {figures[0]:>7} {figures[1] + ' s':>8} {figures[2]:>7} {figures[3]:>7} {figures[4]:>8} {figures[5]:>12}"
            f"  {'; '.join(facts['problems'])}".rstrip()
        )
    return rows


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
