"""Who is told by Graph that something has changed: subscriptions with their handshake, their end, and what is said of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from tests.support.clouds.cloud import Asked, Call, Cloud, Refusal
from tests.support.clouds.described import microsoft_faults

LONGEST_SUBSCRIPTION, SHORTEST_SUBSCRIPTION = timedelta(minutes=10_080), timedelta(minutes=45)


def problem(status: int, code: str, **headers: str) -> Refusal:
    """A refusal as Graph writes one."""
    return Refusal(status, {"error": {"code": code, "message": code}}, **headers)


class GraphServer(Cloud):
    """Checks resources on their way in and out."""

    def sent(self, resource: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is answered."""
        self.faults += [f"{resource} as answered: {fault}" for fault in microsoft_faults(resource, body)]
        return body

    def taken(self, resource: str, body: Any) -> dict[str, Any]:
        """What was asked with. Raises Refusal."""
        if faults := microsoft_faults(resource, body):
            self.faults += [f"{resource} as sent: {fault}" for fault in faults]
            raise problem(400, "RequestBodyRead")
        return dict(body)


class Watchers:
    """The subscriptions of one mailbox."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server
        self._count = 0
        self.rows: dict[str, dict[str, Any]] = {}

    def lifecycle(self, event: str) -> None:
        """Graph has something to say about its subscriptions: reauthorizationRequired, subscriptionRemoved or missed."""
        for subscription in list(self.rows.values()):
            if event == "subscriptionRemoved":
                del self.rows[subscription["id"]]
            self._call(subscription, subscription["lifecycleNotificationUrl"], lifecycleEvent=event)

    def tell(self, change: str, event_id: str) -> None:
        """Something has been created, updated or deleted."""
        for subscription in self.rows.values():
            resource = f"Users/{self._server.consent.account}/Events/{event_id}"
            there = {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource, "id": event_id}
            self._call(subscription, subscription["notificationUrl"], changeType=change, resource=resource, resourceData=there)

    def _call(self, subscription: dict[str, Any], url: str, **what: Any) -> None:
        note = {
            "subscriptionId": subscription["id"],
            "subscriptionExpirationDateTime": subscription["expirationDateTime"],
            "clientState": subscription["clientState"],
            "tenantId": self._server.consent.tenant,
            **what,
        }
        self._server.faults += microsoft_faults("ChangeNotification", note)
        self._server.calls.append(Call(url, body={"value": [note]}))

    async def subscribe(self, asked: Asked) -> tuple[int, Any]:
        body = self._server.taken("Subscription", asked.body)
        if body["resource"] != "me/events" or set(body["changeType"].split(",")) != {"created", "updated", "deleted"}:
            raise problem(400, "ExtensionError")
        if len(body.get("clientState", "")) > 128:
            raise problem(400, "InvalidRequest")
        for url in (body["notificationUrl"], body["lifecycleNotificationUrl"]):
            await self._handshake(url)
        self._count += 1
        key = f"subscription-{self._count}"
        self.rows[key] = {**body, "id": key, "expirationDateTime": self._expiry(body["expirationDateTime"])}
        return 201, self._server.sent("Subscription", {name: value for name, value in self.rows[key].items() if name != "clientState"})

    async def _handshake(self, url: str) -> None:
        token = "Validation: Testing client application reachability & more"
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(url, params={"validationToken": token})
        if answer.status_code != 200 or answer.text != token or not answer.headers["content-type"].startswith("text/plain"):
            raise problem(400, "ValidationError")

    def _expiry(self, wanted: str) -> str:
        at, now = datetime.fromisoformat(wanted), self._server.now()
        if at - now > LONGEST_SUBSCRIPTION:
            raise problem(400, "ExtensionError")
        return max(at, now + SHORTEST_SUBSCRIPTION).astimezone(UTC).isoformat().replace("+00:00", "Z")

    def prolong(self, asked: Asked, key: str) -> tuple[int, Any]:
        if key not in self.rows:
            raise problem(404, "ResourceNotFound")
        body = self._server.taken("Subscription", asked.body)
        self.rows[key]["expirationDateTime"] = self._expiry(body["expirationDateTime"])
        return 200, self._server.sent("Subscription", {name: value for name, value in self.rows[key].items() if name != "clientState"})

    def unsubscribe(self, _asked: Asked, key: str) -> tuple[int, Any]:
        if self.rows.pop(key, None) is None:
            raise problem(404, "ResourceNotFound")
        return 204, None

    def reauthorize(self, _asked: Asked, key: str) -> tuple[int, Any]:
        if key not in self.rows:
            raise problem(404, "ResourceNotFound")
        return 204, None
