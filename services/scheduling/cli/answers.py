"""How `tandem busy` and `tandem slots` say what they found, and why they found nothing."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from services.scheduling.cli.files import CalendarFile, say
from services.scheduling.slots import Diary, Span, Window, free_starts, wall_time, why_none

FINER_GRIDS = (30, 15, 10, 5)
_BINDING = {
    "no_hours": "has no hours in these days",
    "hours": "the hours stand in the way",
    "busy": "the calendar stands in the way",
}


def explain(files: Sequence[CalendarFile], diaries: Sequence[Diary], window: Window) -> None:
    """Say what stands in the way of whom, and the least that would help."""
    minutes = window.length // 60
    say(f"there is no common time of {minutes} minutes")
    for grid in FINER_GRIDS:
        if grid * 60 < window.grid and free_starts(diaries, replace(window, grid=grid * 60)):
            say(f"what binds: their clocks are never both on a multiple of {window.grid // 60} minutes when they are free")
            say(f"what would help: --grid {grid}")
            return
    none = why_none(diaries, window)
    for bind in none.binding:
        say(f"what binds: {files[int(bind.person_id)].path}: {_BINDING[bind.constraint]}")
    if not none.binding:
        say(f"what binds: in these days no meeting of {minutes} minutes begins on a multiple of {window.grid // 60} by all clocks")
    word, _, figure = none.attempt.partition(":")
    helps = {
        "shorter": f"--minutes {figure}",
        "later": f"a later day: the first common time is on {figure}",
        "wider": f"hours that begin {figure} minutes earlier and end {figure} minutes later",
    }
    say(f"what would help: {helps.get(word, 'neither a shorter meeting, nor later days, nor longer hours')}")


Coming = Mapping[int, Container[str]] | None
"""By start, the numbers of those who can meet then; None: all can."""


def as_json(spans: Sequence[Span], people: Sequence[tuple[str, str]], coming: Coming = None) -> str:
    """For programs: one array, each with the own time of everybody who can."""
    rows = [
        {
            "start": universal(start),
            "end": universal(end),
            "local": [
                {
                    "calendar": path,
                    "zone": zone,
                    "start": wall_time(zone, start).isoformat(timespec="seconds"),
                    "end": wall_time(zone, end).isoformat(timespec="seconds"),
                }
                for number, (path, zone) in enumerate(people)
                if coming is None or str(number) in coming[start]
            ],
        }
        for start, end in spans
    ]
    return "[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n"


def as_table(spans: Sequence[Span], people: Sequence[tuple[str, str]], coming: Coming = None) -> str:
    """For people: a column each, by their own clock; empty for who cannot."""
    rows = [[f"{path} ({zone})" for path, zone in people]]
    rows += [
        [_local(zone, start, end) if coming is None or str(number) in coming[start] else "" for number, (_, zone) in enumerate(people)]
        for start, end in spans
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(people))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)


def _local(zone: str, start: int, end: int) -> str:
    begins, ends = wall_time(zone, start), wall_time(zone, end)
    day = "" if begins.date() == ends.date() else f"{ends:%a %Y-%m-%d }"
    return f"{begins:%a %Y-%m-%d %H:%M} - {day}{ends:%H:%M}"


def universal(instant: int) -> str:
    """An instant as it is printed."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
