"""A slider is moved at 10,000 protégés and 2,500 mentors: how long until one sees what would change, against a run that finds it anew.

Both as the service does it: a run in a process of its own, from the people to the last line of the draft; the preview in the process that
is kept at hand, from the question to the answer. What only the database and HTTP add is in neither.
"""

import asyncio
import base64
import statistics
import time
from dataclasses import replace
from typing import Any

import orjson

from bench.cohorts import WEIGHTS, programme
from bench.report import report
from services.matching.consumers.engine_process import EngineProcess
from services.matching.engine.runs import Order

PROTEGES, MENTORS, PLACES = 10_000, 2_500, (1, 5)
MEGABYTES = 4_000
ROUNDS = 3
MOVED = ({"needs": 60}, {"learning": 0}, {"goals": 45}, {"level": 40}, {"hours": 30})
"""One slider each time, the others as they were."""

NOTHING: dict[str, list[str]] = {"formed": [], "apart": [], "locked": [], "forbidden": []}


def run() -> bool:
    """The median of some moves against the median of some runs."""
    return asyncio.run(_measure())


async def _measure() -> bool:
    order = Order(cohort=programme(PROTEGES, MENTORS, PLACES))
    runs = [await _full(order) for _ in range(ROUNDS)]
    first, answers = await _previews(runs[0][1])
    took, changed = [seconds for seconds, _ in answers], [len(answer["changes"]) for _, answer in answers]
    shown = answers[0][1]
    _, _, found = await _full(replace(order, cohort=order.cohort.weighted_by(shown["weights"])))
    fewer = 1 - shown["then"]["total_points"] / found["total_points"]
    return report(
        "preview",
        statistics.median(took),
        statistics.median(seconds for seconds, _, _ in runs),
        unit="s",
        goal="<= 0.2",
        notes=(
            f"{PROTEGES:,} protégés, {MENTORS:,} mentors; from {min(took):.2f} to {max(took):.2f} s for {len(MOVED)} sliders moved, "
            f"which would change {min(changed):,} to {max(changed):,} people; {first:.1f} s with the process still to be started; "
            f"a run with the first weights pairs {found['paired']:,}, the preview {shown['then']['paired']:,} with {fewer:.3%} fewer points"
        ),
    )


async def _full(order: Order) -> tuple[float, bytes, dict[str, Any]]:
    """Seconds of a run, the candidates it leaves for previews, and its figures."""
    began = time.perf_counter()
    process = await EngineProcess.start(MEGABYTES)
    lines = [line async for line in process.ask(order)]
    await process.end()
    seconds = time.perf_counter() - began
    packed = b"".join(base64.b64decode(part["packed"]) for line in lines for part in line.get("candidates", ()))
    return seconds, packed, lines[-1]["found"]


async def _previews(packed: bytes) -> tuple[float, list[tuple[float, dict[str, Any]]]]:
    """Seconds to the first answer, the process not yet there; then of each move, with its answer."""
    began = time.perf_counter()
    process = await EngineProcess.start(MEGABYTES, "what-if")
    await process.tell(f"{len(packed)}\n".encode() + packed)
    await _ask(process, {})
    first = time.perf_counter() - began
    answers = [await _ask(process, moved) for moved in MOVED]
    await process.end()
    return first, answers


async def _ask(process: EngineProcess, moved: dict[str, int]) -> tuple[float, dict[str, Any]]:
    began = time.perf_counter()
    await process.tell(orjson.dumps({"ask": "preview", "weights": {**vars(WEIGHTS), **moved}, "by_hand": NOTHING}) + b"\n")
    answer = await process.answer()
    return time.perf_counter() - began, answer
