"""Common times of all pairs of a programme over ninety days, from busy time that is known: a bit for each quarter of an hour."""

import random
import time

import numpy as np

from bench.pairs import WINDOW, people
from bench.report import report
from services.scheduling.slots import free_starts
from services.scheduling.slots.bitmaps import common_starts, counts, free_bits, instants

PROTEGES, MENTORS, ROUNDS, LOOKED_AT = 10_000, 2_500, 3, 100


def run() -> bool:
    """CPU for everybody's bits, all pairs and the number of starts of each; those looked at must be what the sweep says."""
    diaries = people(PROTEGES + MENTORS)
    chance = random.Random(2026)  # noqa: S311 - pairs to measure with, no secret
    pairs = np.array([(number, PROTEGES + chance.randrange(MENTORS)) for number in range(PROTEGES)])
    measured = []
    for _ in range(ROUNDS):
        began = time.process_time()
        starts = common_starts(free_bits(diaries, WINDOW), pairs, WINDOW)
        found = counts(starts)
        measured.append(time.process_time() - began)
    for number in chance.sample(range(len(pairs)), LOOKED_AT):
        assert instants(starts[number], WINDOW) == free_starts([diaries[row] for row in pairs[number]], WINDOW)
    notes = (
        f"CPU, the median of {ROUNDS}; {len(pairs)} pairs of {len(diaries)} people, {found.sum()} starts, {LOOKED_AT} pairs as by the sweep"
    )
    return report("slots-programme", sorted(measured)[ROUNDS // 2], None, unit="s", goal="<= 1", notes=notes)
