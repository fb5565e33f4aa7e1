"""Arithmetic on sorted lists of half-open spans of time: 10:00-11:00 and 11:00-12:00 do not clash."""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]
_END = (2**62, 2**62)
"""After every span there is."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as a sorted list without overlaps, touching spans joined, empty and backward ones dropped."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The time that is in both; each must be sorted and without overlaps."""
    found: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start = max(first[i][0], second[j][0])
        end = min(first[i][1], second[j][1])
        if start < end:
            found.append((start, end))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return found


def without(spans: Iterable[Span], removed: Iterable[Span], *, shortest: int = 1) -> list[Span]:
    """The time of `spans` that is not in `removed`, in pieces of at least so many seconds; each must be sorted and without overlaps."""
    left: list[Span] = []
    rest = iter(removed)
    begin, until = next(rest, _END)
    for span_start, end in spans:
        start = span_start
        while until <= start:
            begin, until = next(rest, _END)
        while begin < end:
            if begin - start >= shortest:
                left.append((start, begin))
            start = until
            if until > end:  # it reaches into the next span too
                break
            begin, until = next(rest, _END)
        if end - start >= shortest:
            left.append((start, end))
    return left


def padded(spans: Iterable[Span], seconds: int) -> list[Span]:
    """Each span with so much more before and after it. Two paddings may overlap: they do not add up and do not chain."""
    return merged((start - seconds, end + seconds) for start, end in spans)


def clipped(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """What of the spans lies between the two instants."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


def overlaps(spans: Iterable[Span], start: int, end: int) -> bool:
    """Whether any of the spans shares a second with the one from `start` to `end`."""
    return any(a < end and b > start for a, b in spans)
