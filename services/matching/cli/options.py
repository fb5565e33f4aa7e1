"""What one can ask of `tandem match`."""

import argparse
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_SECONDS = 86_400
EXAMPLE = """example:
  tandem match --scores scores.csv --mentors mentors.csv --out pairs.csv --report report.json

where scores.csv is     and mentors.csv is     and pairs.csv becomes
  protege,mentor,points   mentor,capacity        protege,mentor,points
  linh,rui,8.5            rui,1                  amara,rui,7
  amara,rui,7             jonas,2                linh,jonas,6.25
  linh,jonas,6.25

Wrong input ends with exit code 2 and says file, line (the heading is line 1), column and reason; no file is written then.
With --check: exit code 0 if the result is the best there is (or stable), 1 if it is not.
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The words on the command line. Of `scores` and `people` there is one."""

    scores: Path
    people: Path | None
    rules: Path | None
    mentors: Path | None
    wishes: Path | None
    mode: str
    coverage: str
    seed: int
    seconds: float
    out: Path
    report: Path | None
    explain: Path | None
    check: Path | None
    format: str

    @property
    def inputs(self) -> list[Path]:
        """Every file to read."""
        files = (self.people or self.scores, self.rules, self.mentors, self.wishes, self.check)
        return [file for file in files if file is not None]

    @property
    def results(self) -> list[Path]:
        """Every file to write."""
        return [file for file in (None if self.check else self.out, self.explain, self.report) if file is not None]


def read_options(argv: Sequence[str]) -> Options:
    """What was asked. Ends the process with exit code 2 for what makes no sense."""
    parser = argparse.ArgumentParser(
        "tandem match",
        description="Find the best match of protégés and mentors from a spreadsheet, and prove that it is the best. No server is needed.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_arguments(parser)
    given: dict[str, Any] = vars(parser.parse_args(argv))
    if bool(given["scores"]) == bool(given["people"]):
        parser.error("give either --scores or --people")
    if given["rules"] and not given["people"]:
        parser.error("--rules goes with --people")
    if given["people"] and not given["rules"]:
        parser.error("--people needs --rules")
    if given["people"] and (given["mentors"] or given["wishes"]):
        parser.error("--mentors and --wishes go with --scores")
    if given["coverage"] == "free" and given["mode"] != "optimal":
        parser.error("--coverage free goes with --mode optimal; the other modes begin with people")
    if not given["check"] and not given["out"]:
        parser.error("say with --out where the pairs go")
    if given["check"] and (given["out"] or given["explain"]):
        parser.error("--check makes no match; what it finds is printed, and goes to --report if that is given")
    return Options(**{**given, "scores": given["scores"] or Path(), "out": given["out"] or Path()})


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scores", type=Path, metavar="FILE", help="protege,mentor,points: the pairs that may be formed")
    parser.add_argument("--mentors", type=Path, metavar="FILE", help="mentor,capacity: how many protégés each can have; 1 where not listed")
    parser.add_argument("--wishes", type=Path, metavar="FILE", help="person,rank,other: whom both sides accept, 1 being best")
    parser.add_argument("--people", type=Path, metavar="FILE", help="instead of scores: profiles, scored by the rules")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="with --people: weights and hard rules (TOML)")
    parser.add_argument(
        "--mode",
        choices=("optimal", "stable", "worst-first"),
        default="optimal",
        help="most people, then most points; no two who would rather have each other; most people, then the worst pair as good as can be",
    )
    parser.add_argument("--coverage", choices=("first", "free"), default="first", help="free: most points, then most people")
    parser.add_argument("--seed", type=_whole, default=0, metavar="N", help="another number chooses another match among equals (0)")
    parser.add_argument("--seconds", type=_seconds, default=10.0, metavar="S", help="how long stable mode may look for more people (10)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the pairs go: protege,mentor,points")
    parser.add_argument("--report", type=Path, metavar="FILE", help="where figures and proof go (JSON)")
    parser.add_argument("--explain", type=Path, metavar="FILE", help="where the reasons go, for every pair and everybody left out (JSON)")
    parser.add_argument("--check", type=Path, metavar="PAIRS", help="check this result instead of making one, whoever made it")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how --check says what it finds")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to {MOST_SECONDS:,}")
    return value


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,30}", text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number")
    return int(text)
