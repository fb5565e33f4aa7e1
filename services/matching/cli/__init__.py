"""`tandem match`: the engine alone, on files, with no server."""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from services.matching.cli.checking import check_result
from services.matching.cli.explaining import explanation
from services.matching.cli.options import Options, read_options
from services.matching.cli.people import read_cohort
from services.matching.cli.problems import WrongInput
from services.matching.cli.results import Solved, pairs_csv, report_json, solve
from services.matching.cli.scores import read_pairs
from services.matching.cli.task import Task, make_task
from services.matching.cli.writing import as_json, must_be_writable, write_together

WRONG_INPUT = 2
FAILED = 1


def match(argv: Sequence[str]) -> int:
    """Match, or check a match somebody else has made."""
    began = perf_counter()
    given = read_options(argv)
    try:
        must_be_writable(given.results, given.inputs)
        task = _read(given)
        if given.check:
            return check_result(task, given)
        solved = solve(task, given)
        _write(task, given, solved, began)
    except WrongInput as wrong:
        print(wrong if "\n" in str(wrong) or ": line " in str(wrong) else f"tandem match: {wrong}", file=sys.stderr)
        return WRONG_INPUT
    except OSError as error:
        print(f"tandem match: {error.filename}: {error.strerror}; nothing was changed", file=sys.stderr)
        return FAILED
    return 0


def _read(given: Options) -> Task:
    if given.people:
        return read_cohort(given.people, given.rules)
    pairs, wishes = read_pairs(given.scores, given.mentors, given.wishes)
    return make_task(pairs, wishes, unit_is_millionth=True)


def _write(task: Task, given: Options, solved: Solved, began: float) -> None:
    texts: dict[Path, str] = {given.out: pairs_csv(task, solved)}
    if given.explain:
        texts[given.explain] = as_json(explanation(task, solved)) + "\n"
    if given.report:
        texts[given.report] = report_json(task, given, solved, perf_counter() - began)
    write_together(texts)
