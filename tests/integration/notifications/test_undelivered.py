"""What could not be delivered is shown to administrators with its reason, and sent again when they say so."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from shared.deliveries import Delivery
from shared.timers import Timer
from tests.support.service import RunningService

NOW = datetime.now(UTC)


@pytest.fixture
async def operator(notifications: RunningService) -> AsyncIterator[httpx2.AsyncClient]:
    async with notifications.client("operator", ["administrator"]) as client:
        yield client


async def fail(notifications: RunningService, delivery_id: str = "mail/1") -> None:
    delivery = Delivery(id=delivery_id, channel="mail", payload={"notice_id": "1"}, expires_at=NOW + timedelta(days=1))
    row = {**delivery.to_document(NOW), "state": "failed", "problem": "the mail server said 550", "ended_at": NOW, "attempts": 3}
    await notifications.service.database.deliveries.insert_one(row)


async def shown(operator: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await operator.get("/deliveries", params={"state": "failed"})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return] # a list of objects


async def test_what_has_failed_is_listed_with_its_reason_and_sent_again_when_told(
    notifications: RunningService, operator: httpx2.AsyncClient
) -> None:
    await fail(notifications)
    (row,) = await shown(operator)
    assert (row["delivery_id"], row["problem"], row["attempts"]) == ("mail/1", "the mail server said 550", 3)
    assert (await operator.post("/deliveries/mail/1/retry")).status_code == 204
    assert await shown(operator) == []
    (waiting,) = await notifications.deliveries()
    assert (waiting["state"], waiting["attempts"], waiting["payload"]) == ("waiting", 0, {"notice_id": "1"})
    (audit,) = (await operator.get("/audit")).json()["rows"]
    assert (audit["action"], audit["by"], audit["delivery"], audit["letter"]) == ("retried", "operator", "mail/1", None)


async def test_nothing_is_sent_again_without_a_row_that_says_who_did_it(
    notifications: RunningService, operator: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(notifications)
    monkeypatch.setattr("shared.operations.audit_row", lambda *_, **__: {"_id": 2**80})
    assert (await operator.post("/deliveries/mail/1/retry")).status_code == 500
    assert len(await shown(operator)) == 1


async def test_what_has_not_failed_is_not_sent_again(notifications: RunningService, operator: httpx2.AsyncClient) -> None:
    await fail(notifications)
    await notifications.service.database.deliveries.update_one({}, {"$set": {"state": "sent"}, "$unset": {"payload": ""}})
    assert (await operator.post("/deliveries/mail/1/retry")).status_code == 404
    assert (await operator.post("/deliveries/mail/2/retry")).status_code == 404


async def test_a_timer_that_fails_is_listed_with_its_reason(notifications: RunningService, operator: httpx2.AsyncClient) -> None:
    await notifications.service.database.timers.insert_one(Timer(id="t", kind="of an older version", due_at=NOW, subject="s").to_document())
    await notifications.fire_timers(NOW)
    (row,) = (await operator.get("/timers/failing")).json()
    assert (row["kind"], row["attempts"], row["problem"]) == ("of an older version", 1, "KeyError")


@pytest.mark.parametrize("roles", [(), ("programme_manager",)])
async def test_nobody_else_sees_it(notifications: RunningService, roles: tuple[str, ...]) -> None:
    async with notifications.client("somebody", roles) as client:
        for path in ("/deliveries", "/timers/failing"):
            assert (await client.get(path)).status_code == 403
        assert (await client.post("/deliveries/mail/1/retry")).status_code == 403
