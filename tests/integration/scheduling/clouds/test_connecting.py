"""A calendar at Google or Microsoft from the first button to the last: consent, reading, being called, and giving it all back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from services.scheduling.domain import CalendarKind
from services.scheduling.main import create_app
from services.scheduling.settings import Settings
from services.scheduling.store.turns import Turns
from shared.secrets import new_key
from tests.integration.scheduling.conftest import MailServer, World
from tests.support.clouds.connected import KINDS, Connected, cloud_of
from tests.support.clouds.google import Google
from tests.support.clouds.graph import Graph
from tests.support.service import RunningService, Start
from tests.support.serving import listening, serving
from tests.unit.scheduling.pair import NOW, Pair

SESSION = "the session of the browser"
MAIL = {"smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": "tandem@example.org"}
GIVEN: dict[str, Any] = {"mongodb_url": "x", "kafka_bootstrap_servers": "x", "secret_key": new_key(), **MAIL}
LATER = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=9)
SOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)


@dataclass
class Desk:
    """The service with both partners, a cloud, and Ines's browser."""

    running: RunningService
    stub: Google | Graph
    pair: Pair
    mail: MailServer

    @property
    def kind(self) -> str:
        return "google" if isinstance(self.stub, Google) else "microsoft"

    @property
    def hers(self) -> Connected:
        return Connected(self.stub, self.running.service.database)

    def ines(self) -> httpx2.AsyncClient:
        return self.running.client(self.pair.protege_id, at=NOW)

    async def goes(self, *, writes: bool = False) -> dict[str, str]:
        """She presses the button and agrees there; what she comes back with."""
        async with self.ines() as client:
            answer = await client.post(f"/calendars/clouds/{self.kind}/consent", json={"writes": writes, "session": SESSION})
        assert answer.status_code == 200, answer.text
        back = urlsplit(self.stub.consent.says(answer.json()["address"]))
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    async def comes_back(self, said: dict[str, str], *, session: str = SESSION, by: str = "ines") -> httpx2.Response:
        client = self.ines() if by == "ines" else self.running.client(self.pair.mentor_id, at=NOW)
        async with client:
            return await client.post(f"/calendars/clouds/{self.kind}/connection", json={**said, "session": session})

    async def connects(self, *, writes: bool = False) -> None:
        answer = await self.comes_back(await self.goes(writes=writes))
        assert answer.status_code == 201, answer.text

    async def mine(self) -> list[dict[str, Any]]:
        async with self.ines() as client:
            return list((await client.get("/calendars/mine")).json())

    async def calendar(self) -> dict[str, Any]:
        return dict(await self.running.service.database.calendars.find_one({"person_id": self.pair.protege_id}))

    async def busy(self) -> list[datetime]:
        rows = self.running.service.database.busy_blocks.find({"start": {"$exists": True}}).sort("start", 1)
        return [datetime.fromtimestamp(row["start"], UTC) async for row in rows]

    async def tended(self) -> None:
        while await self.running.app.state.watcher.tend_next():
            pass

    async def read_what_is_due(self) -> int:
        count, turns = 0, Turns(self.running.service.database)
        while (turn := await turns.next()) is not None:
            await self.running.app.state.refresher._take(self.running.service, turn)
            count += 1
        return count


@pytest.fixture(params=KINDS)
async def desk(request: pytest.FixtureRequest, running_service: Start, mail_server: MailServer) -> AsyncIterator[Desk]:
    async with cloud_of(request.param) as stub, listening() as (listener, address):
        google = {"google_client_id": stub.consent.client_id, "google_client_secret": stub.consent.client_secret}
        google |= dict.fromkeys(("google_accounts_url", "google_token_url", "google_api_url"), stub.address)
        microsoft = {"microsoft_client_id": stub.consent.client_id, "microsoft_client_secret": stub.consent.client_secret}
        microsoft |= {"microsoft_tenant": "tenant-1", "microsoft_login_url": stub.address, "microsoft_graph_url": stub.address}
        given = google if request.param is CalendarKind.GOOGLE else microsoft
        hooks = f"{address}/calendars/hints"
        running = await running_service(
            create_app, Settings, secret_key=new_key(), calendar_hooks_url=hooks, **given, **{**MAIL, "smtp_port": mail_server.port}
        )
        pair = Pair()
        await running.hear(*pair.everything())
        async with serving(running.app, listener):
            yield Desk(running, stub, pair, mail_server)


async def test_only_what_is_registered_is_offered(desk: Desk) -> None:
    async with desk.ines() as client:
        assert (await client.get("/calendars/clouds")).json() == {"kinds": [desk.kind]}
        other = "google" if desk.kind == "microsoft" else "microsoft"
        answer = await client.post(f"/calendars/clouds/{other}/consent", json={"session": SESSION})
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("not-offered")


async def test_a_calendar_is_connected_by_consent_and_read_at_once(desk: Desk) -> None:
    desk.hers.meets(SOON)
    await desk.connects()
    (found,) = await desk.mine()
    assert (found["kind"], found["username"], found["problem"]) == (desk.kind, desk.stub.consent.account, None)
    assert await desk.busy() == [SOON]


async def test_busy_only_is_asked_for_and_writing_only_when_wanted(desk: Desk) -> None:
    await desk.connects()
    (asked,) = desk.stub.consent.asked
    scopes = [scope.rpartition("/")[2] for scope in asked["scope"].split()]
    cloud = desk.hers.cloud
    assert cloud.reads[0].rpartition("/")[2] in scopes
    assert cloud.writes.rpartition("/")[2] not in scopes
    assert (await desk.calendar())["target_url"] is None
    await desk.connects(writes=True)
    assert cloud.writes in desk.stub.consent.asked[1]["scope"]
    assert (await desk.calendar())["target_url"] is not None
    assert await desk.running.service.database.grants.count_documents({}) == 1, "the same account goes on"


async def test_neither_code_nor_tokens_can_be_read_anywhere(desk: Desk) -> None:
    await desk.connects(writes=True)
    grant = desk.stub.consent.grants[-1]
    database = desk.running.service.database
    stored = str([await database[name].find().to_list(None) for name in ("grants", "calendars", "channels", "consents")])
    assert grant.refresh_token is not None
    assert grant.refresh_token not in stored + str(await desk.mine())


async def test_the_answer_counts_once_for_the_same_person_in_the_same_session(desk: Desk) -> None:
    for session, by in (("another session of hers", "ines"), (SESSION, "deborah")):
        said = await desk.goes()
        refused = await desk.comes_back(said, session=session, by=by)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "consent-expired")
        assert (await desk.comes_back(said)).status_code == 409, "and is used up"
    said = await desk.goes()
    assert (await desk.comes_back(said)).status_code == 201
    assert (await desk.comes_back(said)).status_code == 409


async def test_an_answer_that_comes_too_late_or_was_never_asked_for_is_refused(desk: Desk) -> None:
    said = await desk.goes()
    await desk.running.service.database.consents.update_many({}, {"$set": {"until": datetime(2026, 1, 1, tzinfo=UTC)}})
    assert (await desk.comes_back(said)).status_code == 409
    assert (await desk.comes_back({"code": "made-up", "state": "made-up"})).status_code == 409
    forged = await desk.goes()
    assert (await desk.comes_back({**forged, "code": "somebody else's"})).status_code == 409
    assert await desk.running.service.database.grants.count_documents({}) == 0


async def test_an_account_of_another_company_is_refused_and_nothing_of_it_kept(desk: Desk) -> None:
    if isinstance(desk.stub, Google):
        cloud = desk.running.app.state.clouds.offered[CalendarKind.GOOGLE]
        desk.running.app.state.clouds.offered[CalendarKind.GOOGLE] = type(cloud)(**{**vars(cloud), "tenant": "tenant-1"})
    desk.stub.consent.tenant = "tenant-2"
    answer = await desk.comes_back(await desk.goes())
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "consent-refused")
    assert "another company" in answer.text
    assert await desk.running.service.database.grants.count_documents({}) == 0
    assert len(desk.stub.consent.revoked) == isinstance(desk.stub, Google)


async def test_who_allows_nothing_is_told_so(desk: Desk) -> None:
    desk.stub.consent.withholds = frozenset({desk.hers.cloud.reads[0]})
    answer = await desk.comes_back(await desk.goes())
    assert answer.status_code == 409
    assert "did not allow" in answer.text
    assert await desk.mine() == []


async def test_withdrawn_consent_asks_to_reconnect_and_what_was_known_stays_busy(desk: Desk) -> None:
    desk.hers.meets(SOON)
    await desk.connects()
    desk.stub.consent.withdraw()
    async with desk.ines() as client:
        assert (await client.post(f"/calendars/{(await desk.calendar())['_id']}/refresh")).status_code == 422
    found = await desk.calendar()
    assert found["reconnect"] is True
    assert "Connect it again" in found["problem"]
    assert await desk.busy() == [SOON], "never counted as free"
    async with desk.ines() as client:
        await client.post(f"/calendars/{found['_id']}/refresh")
    await desk.running.send_deliveries()
    (mail,) = desk.mail.received
    text = mail.get_body(("plain",))
    assert text is not None
    assert "/me/calendars" in text.get_content(), "and she is told once"
    await desk.connects()
    found = await desk.calendar()
    assert (found["reconnect"], found["problem"]) == (False, None)


async def test_disconnecting_gives_the_consent_back_and_forgets_the_tokens(desk: Desk) -> None:
    await desk.connects()
    await desk.tended()
    async with desk.ines() as client:
        assert (await client.delete(f"/calendars/{(await desk.calendar())['_id']}")).status_code == 204
    desk.stub.next_answers.clear()
    refresh_token = desk.stub.consent.grants[-1].refresh_token
    await desk.tended()
    database = desk.running.service.database
    assert await database.grants.count_documents({}) == await database.channels.count_documents({}) == 0
    assert desk.stub.consent.revoked == ([refresh_token] if isinstance(desk.stub, Google) else [])


# ---------------------------------------------------------------- being called


async def test_a_change_is_told_by_the_cloud_and_read_once_however_often_it_is_told(desk: Desk) -> None:
    await desk.connects(writes=True)
    await desk.tended()
    await desk.read_what_is_due()
    await desk.stub.deliver()
    await desk.read_what_is_due()
    assert await desk.read_what_is_due() == 0
    desk.hers.meets(SOON)
    assert set(await desk.stub.deliver(times=5)) == {202}
    assert await desk.read_what_is_due() == 1
    assert await desk.busy() == [SOON]


async def test_a_call_without_the_channels_secret_changes_nothing(desk: Desk) -> None:
    await desk.connects(writes=True)
    await desk.tended()
    await desk.read_what_is_due()
    await desk.stub.deliver()
    await desk.read_what_is_due()
    desk.hers.meets(SOON)
    for call in desk.stub.calls:
        call.headers.update({"X-Goog-Channel-Token": "guessed"} if call.headers else {})
        for note in (call.body or {}).get("value", ()):
            note["clientState"] = "guessed"
    assert set(await desk.stub.deliver()) == {403}
    assert await desk.read_what_is_due() == 0
    async with desk.running.anonymous() as client:
        for body in (b"", b"[]", b"{", b'{"value": [1]}', b'{"value": [{"subscriptionId": "x"}]}'):
            answer = await client.post(f"/calendars/hints/{desk.kind}", content=body)
            assert answer.status_code in {400, 403}
        assert (await client.post("/calendars/hints/microsoft", content=b"x" * 300_000)).status_code == 413


async def test_a_channel_is_renewed_at_half_of_its_life_and_the_old_one_dropped_once_the_new_one_has_spoken(desk: Desk) -> None:
    await desk.connects(writes=True)
    await desk.tended()
    database = desk.running.service.database
    first = await database.channels.find_one({})
    life = first["expires_at"] - first["opened_at"]
    assert timedelta(days=2) < first["due_at"] - datetime.now(UTC) <= life / 2
    past = {
        "opened_at": first["opened_at"] - life * 0.6,
        "expires_at": first["expires_at"] - life * 0.6,
        "due_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    await database.channels.update_one({}, {"$set": past})
    desk.stub.calls.clear()
    await desk.tended()
    second = await database.channels.find_one({})
    assert second["expires_at"] > past["expires_at"]
    if isinstance(desk.stub, Google):
        assert set(desk.stub.channels) == {first["channel_id"], second["channel_id"]}, "both are open: nothing is missed"
        assert set(await desk.stub.deliver()) == {202}
        await desk.tended()
        assert set(desk.stub.channels) == {second["channel_id"]}
        assert "former" not in await database.channels.find_one({})
    else:
        assert set(desk.stub.subscriptions) == {first["channel_id"]} == {second["channel_id"]}


@pytest.mark.parametrize("desk", [CalendarKind.MICROSOFT], indirect=True)
@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
async def test_what_graph_says_of_its_subscriptions_is_acted_upon(desk: Desk, event: str) -> None:
    assert isinstance(desk.stub, Graph)
    await desk.connects(writes=True)
    await desk.tended()
    await desk.read_what_is_due()
    before = set(desk.stub.subscriptions)
    desk.stub.calls.clear()
    desk.hers.meets(SOON)
    desk.stub.calls.clear()  # it was not told of the change
    desk.stub.watchers.lifecycle(event)
    assert await desk.stub.deliver() == [202]
    renewals = desk.stub.count("PATCH")
    await desk.tended()
    assert len(desk.stub.subscriptions) == 1
    assert (set(desk.stub.subscriptions) != before) == (event == "subscriptionRemoved")
    assert (desk.stub.count("PATCH") > renewals) == (event != "missed")
    await desk.read_what_is_due()
    assert await desk.busy() == [SOON]


async def test_a_meeting_moved_there_is_told_by_the_cloud_and_comes_back_as_a_question(desk: Desk) -> None:
    await desk.connects(writes=True)
    await desk.tended()
    world = World(desk.running, desk.pair, desk.mail)
    await world.let_partners(book=True)
    meeting_id = await world.book(LATER)
    await desk.running.send_deliveries()
    await desk.stub.deliver(times=2)
    await desk.read_what_is_due()
    assert (await world.meeting(meeting_id))["moving"] is None, "our own echo is no news"
    (event_id,) = desk.stub.events
    desk.hers.meets(LATER + timedelta(hours=2), event_id=event_id)
    await desk.stub.deliver()
    assert await desk.read_what_is_due() == 1
    found = await world.meeting(meeting_id)
    assert [datetime.fromisoformat(start) for start in found["moving"]["starts"]] == [LATER + timedelta(hours=2)]
    desk.stub.remove_event(event_id)
    await desk.stub.deliver()
    await desk.read_what_is_due()
    assert (await world.meeting(meeting_id))["state"] == "cancelled"


@pytest.mark.parametrize("desk", [CalendarKind.MICROSOFT], indirect=True)
async def test_graph_is_not_asked_to_call_where_only_busy_times_were_allowed(desk: Desk) -> None:
    await desk.connects()
    await desk.tended()
    assert desk.stub.count("POST", "/subscriptions") == 0
    assert await desk.running.service.database.channels.count_documents({}) == 0


async def test_where_nobody_outside_can_call_calendars_are_looked_at_only(desk: Desk) -> None:
    await desk.connects(writes=True)
    desk.running.app.state.watcher._hooks = None
    await desk.tended()
    assert await desk.running.service.database.channels.count_documents({}) == 0
    assert Settings(**GIVEN, portal_url="http://localhost").hooks is None
    assert Settings(**GIVEN, portal_url="https://tandem.example/").hooks == "https://tandem.example/hooks/calendars"


def test_an_id_without_its_secret_is_no_registration() -> None:
    with pytest.raises(ValueError, match="belong together"):
        Settings(**GIVEN, portal_url="https://x", google_client_id="only half")
