"""Common time of all pairs of a programme at once: of each person a bit for each step of the grid, packed in machine words.

A meeting that begins on the grid and is so many steps long takes whole steps. So to round busy time outward and hours inward to steps
loses nothing, and the answer is that of `free_starts`, as long as every clock is on the grid of universal time.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.scheduling.slots.diary import Diary
from services.scheduling.slots.search import Window, bounds
from services.scheduling.slots.spans import Span, clipped

Bits = NDArray[np.uint64]
"""A row for each person or pair; bit `k` of word `w` is step `64 w + k` of the window."""
Flags = NDArray[np.bool_]

WORD = 64
BLOCK = 256
"""People at a time: few enough that their steps, a byte each, stay in the cache of a processor."""


class OffGrid(ValueError):  # noqa: N818 - says what it is
    """The window, the meeting or somebody's clock is not on the grid of universal time: only `free_starts` can tell."""


def free_bits(diaries: Sequence[Diary], window: Window) -> Bits:
    """The steps of the window in which each is at work, free and asked early enough. Raises OffGrid."""
    _must_be_on_grid(diaries, window)
    words = -(-_steps(window) // WORD)
    bits = np.empty((len(diaries), words), dtype=np.uint64)
    hours = _Rows(window, words * WORD)
    for start in range(0, len(diaries), BLOCK):
        some = diaries[start : start + BLOCK]
        free = np.stack([hours.of(diary) for diary in some])
        free.reshape(-1)[_taken(some, window, words * WORD)] = False
        bits[start : start + BLOCK] = np.packbits(free, axis=1, bitorder="little").view("<u8")
    return bits


def common_starts(bits: Bits, pairs: NDArray[np.integer[Any]], window: Window) -> Bits:
    """Of each pair, given as two rows, the steps at which the whole meeting can begin."""
    starts: Bits = bits[pairs[:, 0]] & bits[pairs[:, 1]]
    known, wanted = 1, window.length // window.grid
    while known < wanted:  # what is free for `known` steps from here and from `step` steps on is free for both together
        step = min(known, wanted - known)
        starts &= _earlier(starts, step)
        known += step
    return starts


def counts(bits: Bits) -> NDArray[np.int64]:
    """How many steps there are in each row."""
    found: NDArray[np.int64] = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    return found


def instants(row: Bits, window: Window) -> list[int]:
    """The steps of one row, as instants."""
    steps = np.flatnonzero(np.unpackbits(row.astype("<u8").view(np.uint8), bitorder="little"))
    found: list[int] = (window.start + window.grid * steps).tolist()
    return found


class _Rows:
    """The steps somebody is at work, by their hours, clock, notice and horizon: a programme has many people and few of these."""

    def __init__(self, window: Window, width: int) -> None:
        self._window = window
        self._width = width
        self._rows: dict[tuple[object, ...], Flags] = {}

    def of(self, diary: Diary) -> Flags:
        """The row; not to be changed."""
        key = diary.hours, diary.zone, diary.notice, diary.horizon, diary.spells
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = np.zeros(self._width, dtype=np.bool_)
            window = self._window
            for begin, end in clipped(diary.working(window.start, window.end), *bounds([diary], window)):
                row[-(-(begin - window.start) // window.grid) : (end - window.start) // window.grid] = True
        return row


def _taken(diaries: Sequence[Diary], window: Window, width: int) -> NDArray[np.int64]:
    """The places of all steps that busy time touches, when the rows lie one behind the other."""
    spans: list[Sequence[Span]] = [diary.taken for diary in diaries]
    moments = np.fromiter(chain.from_iterable(chain.from_iterable(spans)), dtype=np.int64).reshape(-1, 2) - window.start
    first = np.clip(moments[:, 0] // window.grid, 0, _steps(window))
    last = np.clip(-(-moments[:, 1] // window.grid), first, _steps(window))
    rows = np.repeat(np.arange(len(diaries)) * width, [len(one) for one in spans])
    lengths = last - first
    offsets = np.repeat(rows + first - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) if len(lengths) else lengths
    found: NDArray[np.int64] = offsets + np.arange(len(offsets))
    return found


def _earlier(bits: Bits, steps: int) -> Bits:
    """Every bit so many steps earlier; nothing comes in at the end."""
    words, shift = divmod(steps, WORD)
    moved = np.zeros_like(bits)
    left = bits[:, words:]
    moved[:, : left.shape[1]] = left >> np.uint64(shift)
    if shift and left.shape[1]:
        moved[:, : left.shape[1] - 1] |= left[:, 1:] << np.uint64(WORD - shift)
    return moved


def _steps(window: Window) -> int:
    return max((window.end - window.start) // window.grid, 0)


def _must_be_on_grid(diaries: Sequence[Diary], window: Window) -> None:
    clocks = {diary.walls(window.start, window.end) for diary in diaries}
    offsets = (stretch.offset for clock in clocks for stretch in clock)
    if any(figure % window.grid for figure in (window.start, window.length, *offsets)):
        raise OffGrid
