"""`python -m bench.assigning FILE`: scipy's `linear_sum_assignment` on every place of every mentor, and what its solving alone took."""

import json
import resource
import sys
import time

import numpy as np
from scipy.optimize import linear_sum_assignment


def main() -> None:
    """Most people, then most points, from the points of all pairs and the places."""
    saved = np.load(sys.argv[1])
    points, places = saved["points"], saved["places"]
    columns = np.repeat(np.arange(len(places)), places)
    pair = 10_000 * min(len(points), len(columns)) + 1  # a pair is worth more than all points
    worth = np.empty((len(points), len(columns)))
    for start in range(0, len(points), 256):  # little by little: what counts is the memory of the solving
        block = points[start : start + 256].astype(np.float64)
        worth[start : start + 256] = np.where(block < 0, 0, block + pair)[:, columns]
    began, cpu = time.perf_counter(), time.process_time()
    rows, chosen = linear_sum_assignment(worth, maximize=True)
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    took["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    formed = points[rows, columns[chosen]]
    formed = formed[formed >= 0]
    print(json.dumps({**took, "matched": len(formed), "points": int(formed.sum(dtype=np.int64))}))


if __name__ == "__main__":
    main()
