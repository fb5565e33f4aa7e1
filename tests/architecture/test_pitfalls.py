"""The table of what goes wrong names a test, or a reason why there is none, for every row; and the tests it names exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "pitfalls.md"
IDS = [f"{letter}{number}" for letter, count in (("P", 37), ("K", 25), ("S", 29)) for number in range(1, count + 1)]
NAMED = re.compile(r"`(?P<path>(?:tests|bench)/[^`:]+\.py)::(?P<name>\w+)`")
FEWEST_WORDS_OF_A_REASON = 4


def rows() -> dict[str, str]:
    """Id to what holds it."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return {row[0]: row[2] for row in cells if re.fullmatch(r"[PKS]\d+", row[0])}


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_pitfall_has_a_row_in_order() -> None:
    assert list(rows()) == IDS


def test_every_pitfall_is_held_by_a_test_or_says_why_not() -> None:
    open_ones = {name: held for name, held in rows().items() if not NAMED.search(held) and len(held.split()) < FEWEST_WORDS_OF_A_REASON}
    assert not open_ones


def test_the_tests_that_are_named_exist() -> None:
    named = [(name, match["path"], match["name"]) for name, held in rows().items() for match in NAMED.finditer(held)]
    missing = [row for row in named if not (ROOT / row[1]).exists() or row[2] not in functions(ROOT / row[1])]
    assert not missing
