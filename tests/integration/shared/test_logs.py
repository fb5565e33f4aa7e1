"""No log line holds what a person wrote, whichever way something fails."""

import asyncio
import contextlib
import gc
import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict
from pymongo.errors import DuplicateKeyError

from shared.contracts.portal import PersonChanged
from shared.deliveries import Delivery, Undeliverable
from shared.errors import Operational, OwnWords, Rejected, problem_of
from shared.kafka import TopicMissing
from shared.logs import KEPT_BACK, configure_logs
from shared.reactions import Reactions
from shared.service import Running, Service, ServiceSettings, build
from shared.timers import Timer
from shared.unit import Unit
from tests.support.people import person_changed
from tests.support.probe import eventually
from tests.support.service import RunningService, Start
from tests.support.serving import listening, serving

# One with blanks, one that looks like a name.
WORDS, WORD = "nobody here takes me seriously", "worthless"
log = structlog.get_logger()


class Settings(ServiceSettings):
    """The tests' own service."""

    model_config = SettingsConfigDict(env_prefix="DIARYTEST_", frozen=True)


class Refused(Rejected):
    """An entry that is refused."""


class Entry(BaseModel):
    """What somebody confides."""

    number: int


router = APIRouter()


@router.post("/entries")
async def write(entry: Entry) -> int:
    raise ZeroDivisionError(f"{WORDS} {entry.number}")


@router.get("/entries")
async def read() -> StreamingResponse:
    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise ZeroDivisionError(WORDS)

    return StreamingResponse(half())


@router.post("/commands")
async def command(service: Running) -> None:
    async def write_twice(_command: object, unit: Unit) -> None:
        unit.put("people", {"_id": "x", "name": WORDS})
        unit.put("people", {"_id": "y", "name": WORDS})

    await service.run(write_twice, object())


class Channel:
    """Fails with the words of what it sends."""

    def __init__(self) -> None:
        self.faults: list[Exception] = [
            ConnectionError(WORDS),
            Undeliverable("no such mailbox"),
            DuplicateKeyError(WORDS, 11000, {"x": WORDS}),
        ]

    async def send(self, _delivery: Delivery) -> None:
        raise self.faults.pop(0)


def create_app(settings: Settings) -> FastAPI:
    reactions = Reactions(service="diary")

    @reactions.to(PersonChanged)
    async def note(event: PersonChanged, unit: Unit) -> None:
        if event.name == "refuse":
            raise Refused(WORDS)
        if event.name == "same":
            unit.put("people", {"_id": event.person_id, "name": WORDS})
            return
        raise ZeroDivisionError(WORDS)

    @reactions.when("ring")
    async def ring(timer: Timer, unit: Unit) -> None:
        raise ZeroDivisionError(WORDS)

    def senders(_service: Service) -> dict[str, Any]:
        return {"post": Channel()}

    return build(settings=settings, reactions=reactions, title="Diary", description="For tests.", routers=[router], senders=senders)


@pytest.fixture(params=[False, True], ids=["as JSON", "on a terminal"])
def lines(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What a service's process would have written to its log so far, with nothing private in it."""
    handlers, hooks = logging.root.handlers[:], (sys.excepthook, threading.excepthook, sys.unraisablehook)
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        configure_logs("diary", terminal=request.param)

    def look() -> str:
        stream.write("".join(capsys.readouterr()))  # what went round the log
        whole = stream.getvalue()
        assert not [word for word in (WORDS, WORD) if word in whole], whole
        return whole

    yield look
    logging.root.handlers, logging.raiseExceptions = handlers, True
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.getLogger("aiokafka").filters.clear()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
async def diary(running_service: Start) -> RunningService:
    service: RunningService = await running_service(create_app, Settings)
    await service.service.database.people.create_index("name", unique=True)
    return service


async def test_events_that_fail_are_parked_without_their_words(diary: RunningService, lines: Callable[[], str]) -> None:
    unreadable = diary.record(person_changed("d"))
    unreadable.value = json.dumps({"person_id": "d", "name": {WORD: WORDS}, "at": WORDS}).encode()
    strange = diary.record(person_changed("e"))
    strange.headers = [*strange.headers, (WORD, b"\xff")]
    await diary.hear(
        person_changed("a", name="fail"),
        person_changed("b", name="refuse"),
        person_changed("c", name="same"),
        person_changed("c2", name="same"),
    )
    await diary.service.consumer.take([unreadable])
    await diary.service.consumer.take([strange])
    reasons = [letter["reason"] for letter in await diary.letters()]
    assert len(reasons) == 5
    assert WORD not in str(reasons)
    assert WORDS not in str(reasons)
    assert "ZeroDivisionError at " in str(reasons)
    assert "Refused: An entry that is refused." in reasons
    assert "events were parked" in lines()


async def test_timers_and_deliveries_that_fail_keep_their_words(diary: RunningService, lines: Callable[[], str]) -> None:
    now = datetime.now(UTC)
    await diary.service.database.timers.insert_one(Timer(id="t", kind="ring", due_at=now, subject="s").to_document())
    await diary.fire_timers(now)
    for number in range(3):
        delivery = Delivery(id=f"d{number}", channel="post", payload={"text": WORDS}, expires_at=now + timedelta(days=1))
        await diary.service.database.deliveries.insert_one(delivery.to_document(now - timedelta(seconds=1)))
    loop = asyncio.create_task(diary.service.delivery_loop.run())

    async def waits() -> bool:
        return "deliveries wait" in lines()

    await eventually(waits, "the loop that met a fault of the database")
    loop.cancel()
    rows = [await diary.service.database.timers.find_one(), *await diary.deliveries()]
    assert not [row for row in rows if WORDS in str(row.get("problem"))]
    assert "DuplicateKeyError 11000 at " in lines()
    assert "no such mailbox" in lines()
    assert "ZeroDivisionError at " in lines()


async def test_requests_that_fail_keep_their_words(diary: RunningService, lines: Callable[[], str]) -> None:
    async with listening() as (listener, address), serving(diary.app, listener), httpx2.AsyncClient(base_url=address) as client:
        assert (await client.post("/entries", json={"number": 1})).status_code == 500
        assert (await client.post("/entries", json={"number": WORDS})).status_code == 422
        assert (await client.post("/commands", headers={"x-correlation-id": WORDS})).status_code in {409, 503}
        assert (await client.get(f"/{WORDS}", params={"q": WORDS})).status_code == 404
        with pytest.raises(httpx2.HTTPError):
            await client.get("/entries")
    assert "a request failed" in lines()
    assert "an answer broke off" in lines()
    assert "/entries" in lines()


@pytest.mark.parametrize(
    "value",
    [WORDS, [WORD], {"text": WORD}, WORDS.encode(), ValueError(WORDS), DuplicateKeyError(WORDS, 11000, {"keyValue": {"name": WORDS}})],
    ids=lambda value: type(value).__name__,
)
def test_no_value_of_an_unknown_kind_is_written(value: object, lines: Callable[[], str]) -> None:
    log.warning("something happened", problem=value, timer=value, anything=value)
    try:
        _fail(value)
    except ZeroDivisionError:
        log.warning("something failed", exc_info=True)
    assert "something happened" in lines()
    assert "ZeroDivisionError at " in lines()


def test_a_word_is_kept_back_under_any_name_that_holds_none(lines: Callable[[], str]) -> None:
    log.info("something happened", problem=WORD, reason=WORD, name=WORD, detail=WORD)
    assert lines().count(KEPT_BACK) == 4


def test_what_helps_whoever_operates_is_written(lines: Callable[[], str]) -> None:
    log.info("something happened", timer="expiry:0198", number=3, problem=TopicMissing("goals.goal: run `tandem topics apply`"))
    for shown in ("something happened", "expiry:0198", "3", "TopicMissing: goals.goal: run `tandem topics apply`"):
        assert shown in lines()


async def test_libraries_say_only_what_stands_in_their_source(lines: Callable[[], str], caplog: pytest.LogCaptureFixture) -> None:
    kafka = logging.getLogger("aiokafka.consumer")
    caplog.set_level(logging.INFO, kafka.name)  # a command that ran in this process may have silenced the library
    kafka.error("Unable to read %s of %d: %s", WORDS, 7, ValueError(WORDS))
    kafka.error(f"Unable to read {WORDS}")
    asyncio.get_running_loop().call_soon(_fail, WORDS)
    task = asyncio.create_task(_fails())
    await asyncio.wait([task])
    del task
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(WORDS, stacklevel=1)
    thread = threading.Thread(target=_fail, args=(WORDS,))
    thread.start()
    thread.join()
    try:
        _fail(WORDS)
    except ZeroDivisionError as error:
        sys.excepthook(ZeroDivisionError, error, error.__traceback__)
    written = lines()
    assert "Unable to read <str> of 7: ValueError at an unknown place" in written
    for logger in ("asyncio", "py.warnings", "aiokafka.consumer"):
        assert logger in written
    assert written.count("a fault nobody foresaw") == 2


def _fail(words: object) -> None:
    raise ZeroDivisionError(words)


async def _fails() -> None:
    _fail(WORDS)


def test_a_problem_names_its_kind_its_number_and_its_place() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _fail(WORDS)
    assert re.fullmatch(r"ZeroDivisionError at \S*test_logs\._fail:\d+", problem_of(caught.value))
    assert problem_of(DuplicateKeyError(WORDS, 11000)) == "DuplicateKeyError 11000 at an unknown place"
    assert problem_of(ExceptionGroup(WORDS, [ValueError(WORDS)])) == "ExceptionGroup of ValueError at an unknown place"
    assert problem_of(Operational("the disk is full")) == "Operational: the disk is full"
    assert isinstance(problem_of(ValueError()), OwnWords)
