"""Where Google and Microsoft call when a calendar has changed: handed on to scheduling, which knows whom to believe."""

from http import HTTPStatus
from typing import Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.portal.api.front_door import front_door
from shared.http import HTTPError
from shared.problems import TooLarge

router = APIRouter(prefix="/hooks/calendars")

LONGEST_CALL: Final = 262_144
# They want an answer within ten seconds, and call again when there is none.
ANSWER_SECONDS: Final = 8.0
_HEADERS: Final = ("content-type", "x-goog-channel-id", "x-goog-channel-token", "x-goog-resource-state")


@router.post("/{kind}")
async def hand_on(request: Request, kind: Literal["google", "microsoft"]) -> Response:
    """The call as it came, without anything else that the caller has said of itself."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_CALL:
            raise TooLarge("A call is not this long.")
    door = front_door(request)
    token = request.query_params.get("validationToken")
    try:
        answer = await door.client.post(
            f"{door.settings.scheduling_url}/calendars/hints/{kind}",
            params={"validationToken": token} if token is not None else None,
            headers={name: request.headers[name] for name in _HEADERS if name in request.headers},
            content=bytes(body),
            timeout=ANSWER_SECONDS,
        )
    except HTTPError:
        return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    if answer.status_code == HTTPStatus.OK:
        return Response(answer.content, media_type="text/plain")
    return Response(status_code=answer.status_code)
