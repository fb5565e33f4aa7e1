"""One request to a server whose address a person gave us: within limits, and whatever goes wrong in plain words."""

import email.utils
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from services.scheduling.store.provider import CalendarServerError, ChangedMeanwhile
from shared.http import AddressRefused, AnswerTooLarge, Client, HTTPError, Response

MOST_REDIRECTS = 3
LONGEST_PAUSE_SECONDS = 24 * 3600.0
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NOT_ALLOWED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT})


async def ask(
    client: Client,
    method: str,
    address: str,
    *,
    body: str = "",
    headers: dict[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> Response:
    """One request, following a few redirects; with a password only within the server it is for. Raises CalendarServerError."""
    origin = urlsplit(address)[:2]
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = await client.request(method, address, content=body.encode(), headers=headers or {}, auth=auth)
        except (AddressRefused, AnswerTooLarge) as problem:
            raise CalendarServerError(str(problem), lasting=isinstance(problem, AddressRefused)) from problem
        except (HTTPError, ValueError, TypeError) as problem:
            raise CalendarServerError("The calendar server does not answer. Is the address right?") from problem
        if answer.status_code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise CalendarServerError("The calendar server asks us to come back later.", retry_after=retry_after_of(answer))
        if not answer.has_redirect_location:
            return answer
        address = urljoin(address, answer.headers["location"])
        if auth is not None and urlsplit(address)[:2] != origin:
            raise CalendarServerError("The server sends us on to another one. Give that one's address.", lasting=True)
    raise CalendarServerError("The server sends us round in circles.", lasting=True)


def retry_after_of(answer: Response) -> float | None:
    """How many seconds the server wants to be left alone, told as such or as a date; a day at most."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_PAUSE_SECONDS)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)


def must_be(answer: Response, status: int) -> None:
    """Raises CalendarServerError when the answer has another status."""
    if answer.status_code != status:
        raise refusal_of(answer)


def refusal_of(answer: Response) -> CalendarServerError:
    """A refusal in plain words; the server's own are left out, for they may repeat what is private."""
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        return ChangedMeanwhile("The event was changed by somebody else again and again.")
    if answer.status_code in _NOT_ALLOWED:
        return CalendarServerError("The calendar server does not allow this.", lasting=True)
    if answer.status_code in GONE:
        return CalendarServerError("The calendar is not there any more.", lasting=True)
    return CalendarServerError(f"The calendar server answered with {answer.status_code}.")
