"""A problem is seen a block at a time, and all of it is seen."""

import numpy as np

from services.matching.engine.blocks import MUST_NOT_BE, Blocks, DenseBlocks, spans


def test_the_blocks_of_a_matrix_are_its_rows() -> None:
    matrix = np.arange(10 * 3, dtype=np.int16).reshape(10, 3)
    matrix[4, 1] = MUST_NOT_BE
    blocks: Blocks = DenseBlocks(
        proteges=tuple(f"p{row}" for row in range(10)), mentors=("a", "b", "c"), places=np.ones(3, dtype=np.int64), matrix=matrix
    )
    seen = [blocks.points(start, stop) for start, stop in spans(len(blocks.proteges), 4)]
    assert [len(block) for block in seen] == [4, 4, 2]
    assert np.array_equal(np.concatenate(seen), matrix)
    assert list(spans(0)) == []
