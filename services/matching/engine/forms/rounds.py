"""Puts meetings into rounds: nobody twice in one, and no more rounds than the busiest person has meetings."""

from collections.abc import Sequence

FREE = -1


def in_rounds(pairs: Sequence[tuple[int, int]], rounds: int) -> list[int]:
    """The round of each pair of row and column, from 0 up. Raises ValueError where somebody has more meetings than there are rounds.

    In a bipartite graph as many colours as anybody has edges are enough (Kőnig 1916): where the first round free for the one is not free
    for the other, two rounds are exchanged along the path of those who meet in the one and then the other, which never leads back.
    """
    rows: dict[int, list[int]] = {}
    columns: dict[int, list[int]] = {}
    for row, column in pairs:
        rows.setdefault(row, [FREE] * rounds)
        columns.setdefault(column, [FREE] * rounds)
    for row, column in pairs:
        mine, theirs = rows[row], columns[column]
        if FREE not in mine or FREE not in theirs:
            raise ValueError("Somebody has more meetings than there are rounds.")
        first, second = mine.index(FREE), theirs.index(FREE)
        if theirs[first] != FREE:
            _exchange(rows, columns, column, first, second)
        mine[first], theirs[first] = column, row
    return [rows[row].index(column) for row, column in pairs]


def _exchange(rows: dict[int, list[int]], columns: dict[int, list[int]], column: int, first: int, second: int) -> None:
    """Free a round for this one: who meets in it meets in the other, and who met in that one in this, and so on."""
    path = []
    side, other, at, by, then = columns, rows, column, first, second
    while (met := side[at][by]) != FREE:
        path.append((side, at, other, met, by, then))
        side, other, at, by, then = other, side, met, then, by
    for side, at, other, met, by, _ in path:
        side[at][by], other[met][by] = FREE, FREE
    for side, at, other, met, _, then in path:
        side[at][then], other[met][then] = met, at
