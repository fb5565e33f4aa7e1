"""What no meetings can exceed, from prices alone: knows nothing of how they were found, trusts nothing but the points.

A proof gives each protégé's and each mentor's meeting a price. A meeting counts `point` times its points and `pair` more; what that is
beyond the two prices is its own. Each price is paid at most as often as the person may meet, and what is beyond at most once for each pair:
so no meetings count more than all of that together (linear programming duality).
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.blocks import Blocks, spans
from services.matching.engine.pairs import Longs


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Prices of both sides, and what a meeting counts."""

    proteges: Longs
    mentors: Longs
    point: int
    pair: int

    def beyond(self, blocks: Blocks, start: int, stop: int) -> Longs:
        """What meetings of these protégés count beyond the two prices, where that is something, and they may be."""
        points = blocks.points(start, stop)
        beyond = points.astype(np.int64) * self.point + self.pair - self.proteges[start:stop, None] - self.mentors
        return np.where(points >= 0, np.maximum(beyond, 0), 0)

    def bound(self, blocks: Blocks, wanted: Longs, places: Longs) -> int:
        """No meetings count more, of which nobody has more than these. Raises ValueError where a price is less than nothing."""
        if min(self.proteges.min(initial=0), self.mentors.min(initial=0)) < 0:
            raise ValueError("A price is less than nothing, so it proves nothing.")
        paid: int = sum(np.concatenate((self.proteges * wanted, self.mentors * places)).tolist())
        return paid + sum(int(self.beyond(blocks, start, stop).sum()) for start, stop in spans(len(blocks.proteges)))
