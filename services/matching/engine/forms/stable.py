"""One-to-one and one-to-many, so that no two would rather have each other."""

import numpy as np

from services.matching.engine.blocks import Blocks
from services.matching.engine.deferred import find_stable_everywhere
from services.matching.engine.forms.formed import Formed, idle, paired
from services.matching.engine.tastes import Tastes


def form_stable(blocks: Blocks, tastes: Tastes | None = None, seed: int = 0) -> Formed:
    """A stable match of all pairs; both sides go by points unless `tastes` say more. Points are those of `blocks`."""
    chosen, judged = find_stable_everywhere(tastes or Tastes.by_points(blocks), seed)
    rows = np.flatnonzero(chosen >= 0)
    pairs = paired(blocks, rows, chosen[rows])
    return Formed(
        pairs=pairs,
        left_out=[blocks.proteges[row] for row in np.flatnonzero(chosen < 0)],
        idle_mentor_ids=idle(blocks, pairs),
        matched_upper_bound=judged.most_people,
        upper_bound=None,
        pairs_checked=judged.pairs_checked,
    )
