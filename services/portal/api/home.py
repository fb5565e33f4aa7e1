"""The home page: when do we meet, what waits for an answer, what is my next step. A programme's manager has another one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.administration import overview
from services.portal.api.home_manager import manager_home
from services.portal.api.meetings import day_of
from services.portal.api.mentors import may_search
from services.portal.api.page import Page, Signed
from services.portal.api.participant import Someone, instant, partner_id, role_of, someones, soon, speech_of, value
from services.portal.api.requests import mentors_of, requests_under_way, requests_waiting
from services.portal.domain.person import ADMINISTRATOR
from services.portal.pages import words_participant as words
from services.portal.pages.pictures_participant import Speech

router = APIRouter()

NOON, EVENING = 12, 18
STEPS_SHOWN = 5
MEETINGS_SHOWN = 5


@router.get("/")
async def home(page: Signed) -> Response:
    """The page one lands on."""
    partnerships = await page.part(page.matching.get("/partnerships/mine"))
    running = [pair for pair in value(partnerships, []) if pair["state"] != "ended"]
    if page.viewer.manages and partnerships.value is not None and not running:
        return await manager_home(page)
    if ADMINISTRATOR in page.viewer.roles and not running:
        return await overview(page)
    return await participant_home(page, running, asked=partnerships.value is not None)


async def participant_home(page: Page, running: Sequence[Mapping[str, Any]], *, asked: bool) -> Response:
    """What is due for a protégé, a mentor, or somebody who is both."""
    speech, viewer = speech_of(page), page.viewer
    parts = await page.parts(
        proposals=page.matching.get("/proposals/mine"),
        enrolments=page.matching.get("/enrolments/mine"),
        programmes=page.matching.get("/programmes"),
        asked=page.matching.get("/requests/asked-of-me"),
        requests=page.matching.get("/requests/mine"),
        meetings=page.scheduling.get("/meetings/mine", **{"from": viewer.now - timedelta(hours=2)}),
        feedback=page.goals.get("/feedback/due"),
        goals=page.goals.get("/goals/mine"),
        **{f"charter:{pair['partnership_id']}": soon(page.goals.get(f"/charters/{pair['partnership_id']}")) for pair in running},
    )
    found = {name: value(part, []) for name, part in parts.items()}
    people = await someones(
        page,
        [
            *(person for pair in [*running, *found["proposals"]] for person in (pair["protege_id"], pair["mentor_id"])),
            *(one["protege_id"] for one in found["asked"]),
            *(mentor for one in found["requests"] for mentor in mentors_of(one)),
        ],
    )
    by_pair = {pair["partnership_id"]: pair for pair in running}
    programmes = {one["programme_id"]: one for one in found["programmes"]}
    meetings = sorted(
        (meeting for meeting in found["meetings"] if meeting["state"] == "booked" and meeting["partnership_id"] in by_pair),
        key=lambda meeting: str(meeting["starts_at"]),
    )
    ahead = [meeting for meeting in meetings if instant(meeting["ends_at"]) > viewer.now]
    soonest = await next_meeting(page, ahead[0], by_pair[ahead[0]["partnership_id"]], people) if ahead else None
    waiting = [
        *requests_waiting(found["asked"], people, programmes, speech),
        *proposals_waiting(found["proposals"], people, viewer.person_id, programmes, speech),
        *charters_waiting(found, running, people, viewer.person_id, speech),
        *times_waiting(found["meetings"], by_pair, people, viewer.person_id, speech),
    ]
    under_way = requests_under_way(found["requests"], people, speech)
    planned = {meeting["partnership_id"] for meeting in found["meetings"] if meeting["state"] in {"booked", "proposed"}}
    paused = {pair["partnership_id"] for pair in running if pair["state"] == "paused"}
    pairs = [pair_row(pair, people, viewer.person_id, programmes, speech) for pair in running]
    unmet = [row for row in pairs if row["partnership_id"] not in planned | paused] if parts["meetings"].value is not None else []
    feedback = [
        {**due, "partner": people[partner_id(by_pair[due["partnership_id"]], viewer.person_id)]}
        for due in found["feedback"]
        if due["partnership_id"] in by_pair
    ]
    enrolments = enrolment_rows(found["enrolments"], found["programmes"], speech)
    return page.render(
        "participant/home.html",
        greeting=greeting(viewer.name, viewer.now, speech),
        sentence=sentence(soonest, waiting, speech),
        silent=not asked or any(part.problem for part in parts.values()),
        blank=blank(found["enrolments"]) if asked and not running and not waiting and not under_way else "",
        search_in=next((one for one in found["programmes"] if may_search(one, found["enrolments"])), None),
        looking_for={one["programme_id"]: words.looking_for(one, speech) for one in found["programmes"]},
        waiting=waiting,
        under_way=under_way,
        next=soonest,
        unmet=unmet,
        later=[
            {"meeting": meeting, "partner": people[partner_id(by_pair[meeting["partnership_id"]], viewer.person_id)]}
            for meeting in ahead[1 : 1 + MEETINGS_SHOWN]
        ],
        steps=next_steps(found["goals"]),
        writes_goals=any(role_of(pair, viewer.person_id) == "protege" for pair in running),
        feedback=feedback,
        pairs=pairs if len(pairs) > 1 or not soonest else [],
        enrolments=enrolments,
        people=people,
        today=speech.local(viewer.now).date().isoformat(),
    )


async def next_meeting(page: Page, meeting: Mapping[str, Any], pair: Mapping[str, Any], people: Mapping[str, Someone]) -> dict[str, Any]:
    """The meeting to come, its agenda, and the day of both around it."""
    partner = people[partner_id(pair, page.viewer.person_id)]
    parts = await page.parts(
        agenda=soon(page.scheduling.get(f"/partnerships/{pair['partnership_id']}/agenda")), picture=day_of(page, meeting, partner)
    )
    agenda = [item for item in value(parts["agenda"], {"items": []})["items"] if not item["done"]]
    return {
        "meeting": meeting,
        "partner": partner,
        "role": role_of(pair, page.viewer.person_id),
        "agenda": agenda,
        "picture": parts["picture"].value,
    }


def greeting(name: str, now: datetime, speech: Speech) -> str:
    """By the hour on the reader's wall."""
    hour = speech.local(now).hour
    wording = (
        speech.gettext("Good morning, %(name)s")
        if hour < NOON
        else speech.gettext("Good afternoon, %(name)s")
        if hour < EVENING
        else speech.gettext("Good evening, %(name)s")
    )
    return wording % {"name": name.split(maxsplit=1)[0] if name.split() else name}


def sentence(soonest: Mapping[str, Any] | None, waiting: Sequence[Mapping[str, Any]], speech: Speech) -> str:
    """One sentence about what is due first."""
    said = []
    if waiting:
        count = len(waiting)
        said.append(speech.ngettext("One answer waits for you.", "%(count)s answers wait for you.", count) % {"count": count})
    if soonest:
        starts_at = instant(soonest["meeting"]["starts_at"])
        said.append(
            speech.gettext("You meet %(name)s on %(day)s at %(time)s.")
            % {"name": soonest["partner"].first, "day": speech.weekday(speech.local(starts_at).date()), "time": speech.time(starts_at)}
        )
        if soonest["role"] == "protege":
            count = len(soonest["agenda"])
            said.append(
                speech.ngettext("Your agenda holds one point.", "Your agenda holds %(count)s points.", count) % {"count": count}
                if count
                else speech.gettext("Your agenda is still empty.")
            )
    return " ".join(said) or speech.gettext("Nothing waits for you right now.")


def blank(enrolments: Sequence[Mapping[str, Any]]) -> str:
    """Which empty page fits: nobody yet, waiting for approval or for a partner, or standing aside."""
    states = {enrolment["state"] for enrolment in enrolments}
    by_state = (("approved", "waiting"), ("requested", "requested"), ("paused", "paused"))
    return next((page for state, page in by_state if state in states), "enrol")


def pair_row(
    pair: Mapping[str, Any], people: Mapping[str, Someone], viewer_id: str, programmes: Mapping[str, Any], speech: Speech
) -> dict[str, Any]:
    partner = people[partner_id(pair, viewer_id)]
    other_role = "mentor" if role_of(pair, viewer_id) == "protege" else "protege"
    about = words.your_partner(other_role, programmes.get(pair["programme_id"]), speech)
    return {"partnership_id": pair["partnership_id"], "partner": partner, "about": f"{about} · {speech.place(partner.zone)}"}


def proposals_waiting(
    proposals: Sequence[Mapping[str, Any]], people: Mapping[str, Someone], viewer_id: str, programmes: Mapping[str, Any], speech: Speech
) -> list[dict[str, Any]]:
    """Proposals the reader has not answered yet."""
    rows = []
    for proposal in proposals:
        if proposal["state"] != "open" or proposal["my_answer"] is not None:
            continue
        partner = people[partner_id(proposal, viewer_id)]
        other_role = "mentor" if proposal["my_role"] == "protege" else "protege"
        title = words.could_be(other_role, partner.first, programmes.get(proposal["programme_id"]), speech)
        deadline = speech.weekday(speech.local(instant(proposal["deadline_at"])).date())
        rows.append(
            {
                "partner": partner,
                "title": title,
                "about": speech.gettext("answer by %(day)s") % {"day": deadline},
                "action": speech.gettext("Look and answer"),
                "href": f"/proposals/{proposal['proposal_id']}",
            }
        )
    return rows


def charters_waiting(
    found: Mapping[str, Any], running: Sequence[Mapping[str, Any]], people: Mapping[str, Someone], viewer_id: str, speech: Speech
) -> list[dict[str, Any]]:
    """Charters to begin, and charters the other one has proposed."""
    rows = []
    for pair in running:
        charter = found[f"charter:{pair['partnership_id']}"] or {"state": "unknown"}
        partner = people[partner_id(pair, viewer_id)]
        row = {"partner": partner, "href": f"/partnerships/{pair['partnership_id']}/charter"}
        if charter["state"] == "empty":
            title, action = speech.gettext("Say what you need and agree on a rhythm"), speech.gettext("Begin the charter")
            rows.append({**row, "about": speech.gettext("you are partners"), "title": title, "action": action})
        elif charter["state"] == "proposed" and charter["current"]["proposed_by_id"] != viewer_id:
            title, action = (
                speech.gettext("%(name)s has proposed your charter") % {"name": partner.first},
                speech.gettext("Read and answer"),
            )
            rows.append({**row, "about": speech.gettext("sign it or propose a change"), "title": title, "action": action})
    return rows


def times_waiting(
    meetings: Sequence[Mapping[str, Any]],
    by_pair: Mapping[str, Mapping[str, Any]],
    people: Mapping[str, Someone],
    viewer_id: str,
    speech: Speech,
) -> list[dict[str, Any]]:
    """Times the other one has proposed."""
    rows = []
    for meeting in meetings:
        if meeting["state"] != "proposed" or meeting["proposed_by_id"] == viewer_id or meeting["partnership_id"] not in by_pair:
            continue
        partner = people[partner_id(by_pair[meeting["partnership_id"]], viewer_id)]
        count = len(meeting["proposed"])
        rows.append(
            {
                "partner": partner,
                "title": speech.ngettext("%(name)s proposes a time to meet", "%(name)s proposes %(count)s times to meet", count)
                % {"name": partner.first, "count": count},
                "about": speech.gettext("pick the one that suits you"),
                "action": speech.gettext("Pick a time"),
                "href": f"/meetings/{meeting['meeting_id']}",
            }
        )
    return rows


def next_steps(goals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The next open step of each goal, the one due first on top."""
    steps = [
        {**goal["next_step"], "goal_id": goal["goal_id"], "title": goal["title"]}
        for goal in goals
        if goal["next_step"] and not goal["closed"]
    ]
    return sorted(steps, key=lambda step: step["due_on"] or "9999")[:STEPS_SHOWN]


def enrolment_rows(
    enrolments: Sequence[Mapping[str, Any]], programmes: Sequence[Mapping[str, Any]], speech: Speech
) -> list[dict[str, Any]]:
    known = {programme["programme_id"]: programme for programme in programmes}
    rows = []
    for enrolment in enrolments:
        state, tone = words.enrolment_state(enrolment["state"], speech)
        if enrolment["state"] not in {"withdrawn", "ended"}:
            programme = known.get(enrolment["programme_id"])
            name = programme["name"] if programme else speech.gettext("A programme")
            role = words.role(enrolment["role"], speech, programme and programme["called"])
            rows.append({"programme_id": enrolment["programme_id"], "programme": name, "role": role, "state": state, "tone": tone})
    return rows
