"""`tandem match`: the engine alone, on files, with no server."""

import importlib
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from services.matching.cli.checking import check_result
from services.matching.cli.explaining import explanation
from services.matching.cli.options import Options, read_options
from services.matching.cli.problems import WrongInput
from services.matching.cli.results import Solved, pairs_csv, report_json, solve
from services.matching.cli.scores import read_pairs
from services.matching.cli.task import Task, make_task
from services.matching.cli.writing import as_json, must_be_writable, write_together
from shared.command import FAILED, WRONG_INPUT, answer


def match(argv: Sequence[str]) -> int:
    """Match, or check a match somebody else has made."""
    began = perf_counter()
    given = read_options(argv)
    said, code = "", 0
    try:
        must_be_writable(given.results, given.inputs)
        task = _read(given)
        with _stopped_at_once():
            if given.check:
                said, code, texts = check_result(task, given)
            else:
                texts = _texts(task, given, solve(task, given), began)
        write_together(texts)
    except WrongInput as wrong:
        print(wrong, file=sys.stderr)
        return WRONG_INPUT
    except OSError as error:
        print(f"tandem match: {error.filename}: {error.strerror}; nothing was changed", file=sys.stderr)
        return FAILED
    return answer(said, code)


def _read(given: Options) -> Task:
    if given.people:
        # Only where it is asked for: it needs all that a programme can decide.
        task: Task = importlib.import_module("services.matching.cli.people").read_cohort(given.people, given.rules)
        return task
    pairs, wishes = read_pairs(given.scores, given.mentors, given.wishes)
    return make_task(pairs, wishes, unit_is_millionth=True)


def _texts(task: Task, given: Options, solved: Solved, began: float) -> dict[Path, str]:
    texts: dict[Path, str] = {given.out: pairs_csv(task, solved)}
    if given.explain:
        texts[given.explain] = as_json(explanation(task, solved)) + "\n"
    if given.report:
        texts[given.report] = report_json(task, given, solved, perf_counter() - began)
    return texts


@contextmanager
def _stopped_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process, as long as nothing is being written: Python would wait until the solver is done."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
