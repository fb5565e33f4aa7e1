"""`tandem dead-letters`: look at what a service could not take in, run it again, or give it up, over the service's HTTP API."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from shared.http import Client, HTTPError, open_client

WRONG_INPUT, DOES_NOT_ANSWER = 2, 1
PAGE = 200
FILTERS = ("state", "topic", "type", "aggregate", "reason", "since")
EXAMPLES = """examples:
  tandem dead-letters list --address http://127.0.0.1:8003 --state parked --since 2026-11-20
  tandem dead-letters show LETTER --address http://127.0.0.1:8003 --format json
  tandem dead-letters replay matching.partnership/ID --address http://127.0.0.1:8003          (says what would happen)
  tandem dead-letters replay matching.partnership/ID --address http://127.0.0.1:8003 --yes    (does it)
  tandem dead-letters replay --type matching.partnership.started.v1 --address http://127.0.0.1:8003 --yes
  tandem dead-letters discard LETTER --reason "sent twice by a test" --address http://127.0.0.1:8003

TANDEM_TOKEN holds an administrator's token for the service."""

Row = dict[str, Any]


class Refused(Exception):  # noqa: N818 - what the service said
    """The service said no: to what was asked for, or to the one who asks."""


def dead_letters(argv: Sequence[str]) -> int:
    """List, show, replay or discard dead letters of a service."""
    parser = _parser()
    given = parser.parse_args(argv)
    token = os.environ.get("TANDEM_TOKEN")
    if not token:
        parser.error("set TANDEM_TOKEN to an administrator's token for this service")
    try:
        return asyncio.run(_run(given, token))
    except Refused as refusal:
        print(f"tandem dead-letters: {refusal}", file=sys.stderr)
        return WRONG_INPUT
    except HTTPError as error:
        print(f"tandem dead-letters: {given.address} gave no answer ({type(error).__name__})", file=sys.stderr)
        return DOES_NOT_ANSWER


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "tandem dead-letters",
        description="What a service could not take in: look at it, run it again, give it up.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--address", required=True, type=_address, help="the service's address")
    common.add_argument("--format", choices=("text", "json"), default="text", help="json for programs")
    filters = argparse.ArgumentParser(add_help=False)
    filters.add_argument("--state", choices=("parked", "waiting", "gap"))
    filters.add_argument("--topic")
    filters.add_argument("--type", help="the event's type")
    filters.add_argument("--aggregate", help="topic/key")
    filters.add_argument("--reason-has", dest="reason", metavar="TEXT", help="part of the reason")
    filters.add_argument("--since", type=_moment, metavar="TIME", help="parked then or later, like 2026-11-20 or 2026-11-20T09:30+01:00")
    actions = parser.add_subparsers(dest="action", required=True, metavar="{list,show,replay,discard}")
    listing = actions.add_parser("list", parents=[common, filters], help="what lies, oldest first")
    listing.add_argument("--limit", type=_whole, default=50, help="how many at most; 50 unless set")
    showing = actions.add_parser("show", parents=[common], help="one letter, without what it says")
    showing.add_argument("letter")
    replaying = actions.add_parser(
        "replay", parents=[common, filters], help="run a queue in order; only says what would happen without --yes"
    )
    replaying.add_argument("queue", nargs="?", help="topic/key; all that the filters find when it is left out")
    replaying.add_argument("--yes", action="store_true", help="do it")
    replaying.add_argument("--without-missing", action="store_true", help="wait no longer for events that have never come")
    replaying.add_argument("--why", default="", help="what was mended; kept with your name")
    giving_up = actions.add_parser("discard", parents=[common], help="give one letter up; what waits behind it goes on")
    giving_up.add_argument("letter")
    giving_up.add_argument("--reason", required=True, type=_reason, help="why; kept with your name")
    return parser


def _address(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address like http://127.0.0.1:8003")
    return text.rstrip("/")


def _moment(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-11-20 or 2026-11-20T09:30+01:00") from error
    return (at if at.tzinfo else at.astimezone(UTC)).isoformat()


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _reason(text: str) -> str:
    shortest = 3
    if len(text.strip()) < shortest:
        raise argparse.ArgumentTypeError("say why in a few words")
    return text


async def _run(given: argparse.Namespace, token: str) -> int:
    async with open_client(base_url=given.address, headers={"authorization": f"Bearer {token}"}) as client:
        match given.action:
            case "list":
                found = [letter async for letter in _letters(client, given, given.limit)]
                _print(given, found, _line)
            case "show":
                _print(given, await _ask(client, "GET", f"/dead-letters/{quote(given.letter)}"), _whole_letter)
            case "discard":
                await _ask(client, "POST", f"/dead-letters/{quote(given.letter)}/discard", json={"reason": given.reason})
                _print(given, {"letter_id": given.letter, "discarded": True}, lambda _: "Given up. What waited behind it goes on.")
            case _:
                await _replay(client, given)
    return 0


async def _replay(client: Client, given: argparse.Namespace) -> None:
    queues = [given.queue] if given.queue else [queue async for queue in _queues(client, given)]
    if not given.queue and not any(getattr(given, name) for name in FILTERS):
        raise Refused("say which queue (topic/key), or choose some by --type, --topic, --reason-has or --since")
    outcomes = []
    for queue in queues:
        order = {"aggregate": queue, "reason": given.why, "without_missing": given.without_missing, "dry_run": not given.yes}
        outcomes.append({"aggregate": queue, "dry_run": not given.yes, **await _ask(client, "POST", "/dead-letters/replay", json=order)})
    _print(given, outcomes, _outcome)
    if given.format == "text" and not given.yes:
        print("Nothing was changed. Add --yes to do it.")


async def _queues(client: Client, given: argparse.Namespace) -> AsyncIterator[str]:
    """The queues of the letters that the filters find, each once. All are read before the first is run: running them moves the list."""
    found = {letter["aggregate"]: None async for letter in _letters(client, given, None) if letter["aggregate"]}
    for queue in found:
        yield queue


async def _letters(client: Client, given: argparse.Namespace, limit: int | None) -> AsyncIterator[Row]:
    asked = {name: getattr(given, name) for name in FILTERS if getattr(given, name)}
    left, after = limit, None
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = await _ask(client, "GET", "/dead-letters", params={**asked, "limit": size, **({"after": after} if after else {})})
        for letter in page["letters"]:
            yield letter
        after = page["next"]
        if after is None:
            return
        left = None if left is None else left - size


async def _ask(client: Client, method: str, path: str, **content: Any) -> Any:
    response = await client.request(method, path, **content)
    if response.is_success:
        return response.json() if response.content else None
    try:
        problem = response.json()
        told = [
            problem.get("detail") or problem["title"],
            *(f"{error['field']}: {error['message']}" for error in problem.get("errors", ())),
        ]
    except (ValueError, KeyError, AttributeError, TypeError):
        told = [f"the service answered {response.status_code}"]
    if response.is_server_error:
        raise HTTPError(" ".join(told))
    raise Refused(" ".join(told))


def _print(given: argparse.Namespace, found: Any, told: Callable[[Row], str]) -> None:
    if given.format == "json":
        print(json.dumps(found, indent=2))
    elif isinstance(found, list):
        print("\n".join(map(told, found)) or "Nothing is stuck.")
    else:
        print(told(found))


def _line(letter: Row) -> str:
    tries = "1 try" if letter["attempts"] == 1 else f"{letter['attempts']} tries"
    return (
        f"{letter['parked_at']}  {letter['state']:8}{letter['type'] or 'no type'}  {letter['letter_id']}\n    {letter['reason']} ({tries})"
    )


def _whole_letter(letter: Row) -> str:
    return "\n".join(f"{name.replace('_', ' '):10} {value if value is not None else '-'}" for name, value in letter.items())


def _outcome(outcome: Row) -> str:
    verb = "would go through" if outcome["dry_run"] else "went through"
    stopped = f"; stopped by {outcome['problem']}" if outcome["problem"] else ""
    missing = f"; event {outcome['missing']} is missing" if outcome["missing"] else ""
    return f"{outcome['aggregate']}: {outcome['done']} {verb}, {outcome['left']} left{stopped}{missing}"
