"""`tandem match`: exact files in, exact files out, the same bytes every time, and nothing written where something is wrong."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.matching.cli import match
from services.matching.cli.writing import Millionths, write_together
from tests.unit.matching.desk import MENTORS, PEOPLE, RULES, SCORES, Desk

# ---------------------------------------------------------------- modes


def test_as_many_people_as_possible_then_most_points(desk: Desk) -> None:
    assert desk.run(mentors=MENTORS) == 0
    assert desk.pairs == "protege,mentor,points\namara,rui,7\nlinh,jonas,6.25\n"
    report = desk.report
    assert report.pop("seconds") >= 0
    assert {name: report[name] for name in ("matched", "total_points", "upper_bound", "optimal", "smallest_points")} == {
        "matched": 2,
        "total_points": Decimal("13.25"),
        "upper_bound": Decimal("13.25"),
        "optimal": True,
        "smallest_points": Decimal("6.25"),
    }


def test_most_points_may_leave_people_out_and_then_pairs_as_many_as_it_can(desk: Desk) -> None:
    scores = "protege,mentor,points\na,x,10\na,y,3\nb,x,3\nc,z,0\nd,w,-1\n"
    assert desk.run("--coverage", "free", scores=scores) == 0
    assert desk.pairs == "protege,mentor,points\na,x,10\nc,z,0\n"
    assert desk.report["optimal"] is True
    assert desk.report["upper_bound"] == 10


def test_the_worst_pair_is_made_as_good_as_it_can_be(desk: Desk) -> None:
    scores = "protege,mentor,points\na,x,10\na,y,4\nb,x,5\nb,y,1\n"
    assert desk.run(scores=scores) == 0
    assert desk.report["smallest_points"] == 1
    assert desk.run("--mode", "worst-first", scores=scores) == 0
    assert desk.pairs == "protege,mentor,points\na,y,4\nb,x,5\n"
    assert (desk.report["smallest_points"], desk.report["total_points"], desk.report["optimal"]) == (4, 9, True)


def test_stable_goes_by_wishes_of_both_sides(desk: Desk) -> None:
    scores = "protege,mentor,points\n" + "".join(f"{one},{other},5\n" for one in "abc" for other in "xy")
    wishes = "person,rank,other\na,1,x\nb,1,x\nb,2,y\nc,1,y\nx,1,b\nx,2,a\ny,1,b\n"
    assert desk.run("--mode", "stable", scores=scores, wishes=wishes) == 0
    assert desk.pairs == "protege,mentor,points\nb,x,5\n"
    assert desk.report["matched_upper_bound"] == 1
    assert desk.report["upper_bound"] is None
    assert desk.run("--mode", "stable", scores=scores, wishes=wishes.replace("y,1,b", "y,1,c")) == 0
    assert desk.pairs == "protege,mentor,points\nb,x,5\nc,y,5\n"


def test_stable_finds_the_tie_break_with_more_people(desk: Desk) -> None:
    scores = "protege,mentor,points\na,x,1\na,y,1\nb,x,1\n"
    wishes = "person,rank,other\na,1,x\na,1,y\nb,1,x\nx,1,a\nx,1,b\ny,1,a\n"
    assert desk.run("--mode", "stable", "--seconds", "1", scores=scores, wishes=wishes) == 0
    assert (desk.report["matched"], desk.report["matched_upper_bound"], desk.report["optimal"]) == (2, 2, True)


@pytest.mark.parametrize("words", [(), ("--coverage", "free"), ("--mode", "worst-first"), ("--mode", "stable")])
@pytest.mark.parametrize("mentors", [None, "mentor,capacity\nrui,0\njonas,0\n"])
def test_nobody_to_be_paired_is_no_mistake(desk: Desk, words: Sequence[str], mentors: str | None) -> None:
    assert desk.run(*words, scores="protege,mentor,points\n" if mentors is None else SCORES, mentors=mentors) == 0
    assert desk.pairs == "protege,mentor,points\n"
    assert desk.report["matched"] == desk.report["total_points"] == 0
    assert desk.report["smallest_points"] is None
    assert desk.report["optimal"] is True


def test_points_are_exact_whatever_their_size(desk: Desk) -> None:
    large = "9007199254740993000000000000000000000"
    scores = f"protege,mentor,points\na,x,{large}.000001\na,y,{large}\nb,x,{large}.000002\nb,y,{large}.000002\nc,z,-0.10\n"
    assert desk.run(scores=scores) == 0
    assert desk.pairs == f"protege,mentor,points\na,x,{large}.000001\nb,y,{large}.000002\nc,z,-0.1\n"
    assert Fraction(desk.report["total_points"]) == 2 * int(large) + Fraction("-0.099997")
    assert desk.report["optimal"] is True


@given(st.integers())
def test_a_decimal_number_is_written_as_it_is_meant(value: int) -> None:
    assert Fraction(str(Millionths(value))) * 10**6 == value


# ---------------------------------------------------------------- the same bytes

WAYS: dict[str, Callable[[str], bytes]] = {
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "spaces": lambda text: text.replace(",", " , ").encode(),
    "quotation marks": lambda text: "\n".join(
        ",".join(f'"{cell}" ' for cell in line.split(",")) for line in text.split("\n")[:-1]
    ).encode(),
    "no end of line": lambda text: text.rstrip().encode(),
    "empty lines": lambda text: text.replace("\n", "\n\n").encode(),
    "other columns": lambda text: "\n".join(f'"a, b", {line},x' for line in text.split("\n")[:-1]).replace("x\n", "y\n", 1).encode(),
    "other order of columns": lambda text: "\n".join(",".join(line.split(",")[::-1]) for line in text.split("\n")).encode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_table_however_it_was_saved_gives_the_same_bytes(desk: Desk, way: str) -> None:
    desk.run(mentors=MENTORS)
    expected = desk.pairs
    assert desk.run(scores=WAYS[way](SCORES), mentors=WAYS[way](MENTORS)) == 0
    assert desk.pairs == expected
    assert ("not looked at" in desk.said) == (way == "other columns")


@pytest.mark.parametrize("words", [(), ("--coverage", "free"), ("--mode", "worst-first"), ("--mode", "stable", "--seconds", "1")])
@given(chance=st.randoms())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_in_any_order_give_the_same_bytes(desk: Desk, words: Sequence[str], chance: random.Random) -> None:
    rows = [f"p{one},m{other},{chance.choice([1, 1, 2])}" for one in range(12) for other in range(6) if chance.random() < 0.5]
    capacities = [f"m{other},{chance.randint(0, 3)}" for other in range(6)]
    found = set()
    for _ in range(3):
        chance.shuffle(rows)
        chance.shuffle(capacities)
        scores, mentors = (
            "\n".join((heading, *lines)) for heading, lines in (("protege,mentor,points", rows), ("mentor,capacity", capacities))
        )
        assert desk.run(*words, scores=scores, mentors=mentors) == 0
        found.add(desk.pairs)
    assert len(found) == 1


def test_another_process_with_other_hashes_gives_the_same_bytes(tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("protege,mentor,points\n" + "".join(f"p{one},m{other},1\n" for one in range(9) for other in range(9)))
    found = set()
    for number in ("0", "1", "77"):
        out = tmp_path / f"pairs{number}.csv"
        code = "import sys; from shared.command import main; sys.exit(main(sys.argv[1:]))"
        words = [sys.executable, "-c", code, "match", "--scores", str(scores), "--out", str(out)]
        subprocess.run(words, check=True, env={**os.environ, "PYTHONHASHSEED": number})  # noqa: S603 - our own command
        found.add(out.read_bytes())
    assert len(found) == 1


# ---------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("sam,jonas,3,5", "points", "after a point"),
        ('sam,jonas,"3,5"', "points", "not a decimal number"),
        ("sam,jonas,1e3", "points", "not a decimal number"),
        ("sam,jonas,NaN", "points", "not a decimal number"),
        ("sam,jonas,inf", "points", "not a decimal number"),
        ("sam,jonas,+1", "points", "not a decimal number"),
        ("sam,jonas,.5", "points", "not a decimal number"),
        ("sam,jonas,5.", "points", "not a decimal number"),
        ("sam,jonas,1_000", "points", "not a decimal number"),
        ("sam,jonas,٣", "points", "not a decimal number"),
        ("sam,jonas,- 1", "points", "not a decimal number"),
        ("sam,jonas,0.1234567", "points", "more than 6 decimals"),
        ("sam,jonas,", "points", "empty"),
        ("sam,jonas", "points", "empty"),
        (",jonas,1", "protege", "empty"),
        ("sam,,1", "mentor", "empty"),
        ("linh,rui,8.5", "mentor", "line 2 already"),
        ("rui,jonas,1", "protege", "both sides"),
        ("sam,amara,1", "mentor", "both sides"),
        ("sam,jonas,1,2,3", "points", "5 fields"),
        ('sam,"jonas,1', "mentor", "not closed"),
        ('sam,jo"nas,1', "mentor", "in the middle"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(desk: Desk, row: str, column: str, reason: str) -> None:
    assert desk.run(scores=f"{SCORES}{row}\n") == 2
    assert f"scores.csv: line 6, column {column}: " in desk.said
    assert reason in desk.said
    assert sorted(file.name for file in desk.folder.iterdir()) == ["scores.csv"]


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("scores", "", "line 1, column 1: "),
        ("scores", "protege,points\na,1\n", "line 1, column mentor: "),
        ("scores", SCORES.replace(",", ";"), "line 1, column protege: the fields are separated by semicolons"),
        ("scores", SCORES.replace(",", "\t"), "line 1, column protege: the fields are separated by tabs"),
        ("scores", "protege,mentor,points,points\n", "line 1, column points: "),
        ("scores", SCORES.encode() + b"sam,jon\xffas,1\n", "line 6, column 2: "),
        ("scores", SCORES.encode("utf-16"), "line 1, column 1: "),
        ("mentors", "mentor,capacity\nrui,-1\n", "line 2, column capacity: "),
        ("mentors", "mentor,capacity\nrui,1.5\n", "line 2, column capacity: "),
        ("mentors", "mentor,capacity\nrui,1\nrui,1\n", "line 3, column mentor: "),
        ("mentors", "mentor,capacity\nlinh,1\n", "line 2, column mentor: "),
        ("mentors", "mentor,capacity\n,1\n", "line 2, column mentor: "),
        ("wishes", "person,rank,other\nlinh,0,rui\n", "line 2, column rank: "),
        ("wishes", "person,rank,other\nlinh,first,rui\n", "line 2, column rank: "),
        ("wishes", "person,rank,other\nlinh,1,rui\nlinh,2,rui\n", "line 3, column other: "),
        ("wishes", "person,rank,other\nlinh,1,amara\n", "line 2, column other: "),
        ("wishes", "person,rank,other\nlinh,1,\n", "line 2, column other: "),
    ],
)
def test_a_wrong_file_is_named_with_line_and_column(desk: Desk, file: str, text: Any, place: str) -> None:
    given: dict[str, Any] = {file: text}
    assert desk.run(**given) == 2
    assert f"{file}.csv: {place}" in desk.said
    assert not (desk.folder / "pairs.csv").exists()


def test_twenty_problems_are_shown_and_the_rest_counted(desk: Desk) -> None:
    assert desk.run(scores="protege,mentor,points\n" + "".join(f"p{n},m,x\n" for n in range(50))) == 2
    lines = desk.said.splitlines()
    assert len(lines) == 21
    assert "line 2," in lines[0]
    assert lines[-1] == "and 30 more"


def test_one_bad_row_among_very_many_is_found(desk: Desk) -> None:
    rows = [f"p{n // 20},m{n % 20},{n}.5" for n in range(2_000_000)]
    rows[1_700_000] = "p1,m1,1.5"
    assert desk.run(scores="protege,mentor,points\n" + "\n".join(rows)) == 2
    assert desk.said == f"{desk.folder / 'scores.csv'}: line 1700002, column mentor: the same pair, p1 with m1, is in line 23 already\n"


def test_what_was_there_before_stays_as_it_was_when_something_is_wrong(desk: Desk) -> None:
    before = {name: desk.put(name, "mine").stat() for name in ("pairs.csv", "report.json")}
    assert desk.run(scores="protege,mentor,points\na,b,x\n") == 2
    for name, was in before.items():
        assert (desk.folder / name).read_text() == "mine"
        assert (desk.folder / name).stat().st_mtime_ns == was.st_mtime_ns


def test_results_are_put_in_place_all_together_or_not_at_all(tmp_path: Path) -> None:
    one, other, third = tmp_path / "a", tmp_path / "b", tmp_path / "folder"
    one.write_text("old")
    third.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_together({one: "new", other: "new", third: "new"})
    assert one.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "folder"]


@pytest.mark.parametrize(
    "words",
    [
        ("--out", "{folder}/scores.csv"),
        ("--explain", "{folder}/pairs.csv"),
        ("--explain", "{folder}/nowhere/why.json"),
        ("--explain", "{folder}"),
        ("--mentors", "{folder}/missing.csv"),
    ],
)
def test_a_place_that_cannot_be_written_or_read_is_refused_before_any_work(desk: Desk, words: Sequence[str]) -> None:
    desk.put("scores.csv", SCORES)
    given = [
        "--scores",
        f"{desk.folder}/scores.csv",
        "--out",
        f"{desk.folder}/pairs.csv",
        *(word.format(folder=desk.folder) for word in words),
    ]
    assert match(given) == 2
    assert (desk.folder / "scores.csv").read_text() == SCORES
    assert sorted(file.name for file in desk.folder.iterdir()) == ["scores.csv"]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--out", "o"),
        ("--scores", "s"),
        ("--scores", "s", "--people", "p", "--rules", "r", "--out", "o"),
        ("--people", "p", "--out", "o"),
        ("--scores", "s", "--rules", "r", "--out", "o"),
        ("--scores", "s", "--mode", "stable", "--coverage", "free", "--out", "o"),
        ("--scores", "s", "--seconds", "nan", "--out", "o"),
        ("--scores", "s", "--check", "c", "--out", "o"),
        ("--scores", "s", "--mode", "best", "--out", "o"),
    ],
)
def test_words_that_make_no_sense_end_with_two(words: Sequence[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        match(words)
    assert ended.value.code == 2


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        match(["--help"])
    assert ended.value.code == 0
    assert "example:\n  tandem match --scores scores.csv" in capsys.readouterr().out


# ---------------------------------------------------------------- checking


@pytest.mark.parametrize(
    ("pairs", "code", "says"),
    [
        ("amara,rui,7\nlinh,jonas,6.25\n", 0, "optimal: yes"),
        ("amara,rui,7.00\nlinh,jonas,6.250000\n", 0, "optimal: yes"),
        ("linh,jonas,6.25\nsam,rui,1\n", 1, "optimal: no"),
        ("linh,rui,8.5\n", 1, "optimal: no"),
        ("", 1, "optimal: no"),
        ("amara,rui,8\nlinh,jonas,6.25\n", 1, "is worth 7 points, not 8"),
        ("amara,jonas,7\n", 1, "may not be formed"),
        ("nobody,rui,7\n", 1, "may not be formed"),
        ("amara,rui,7\nsam,rui,1\n", 1, "rui has 2 protégés and 1 places"),
        ("linh,rui,8.5\nlinh,jonas,6.25\n", 1, "linh has 2 mentors"),
        ("amara,rui,x\n", 2, "line 2, column points"),
    ],
)
def test_anybodys_result_can_be_checked(desk: Desk, pairs: str, code: int, says: str) -> None:
    result = desk.put("result.csv", f"protege,mentor,points\n{pairs}")
    assert desk.run("--check", str(result), mentors=MENTORS) == code
    assert says in desk.told + desk.said
    assert desk.run("--check", str(result), "--format", "json", mentors=MENTORS) == code
    assert code == 2 or json.loads(desk.told)["feasible"] == (code == 0 or "optimal" in says)
    report = desk.folder / "verdict.json"
    assert desk.run("--check", str(result), "--report", str(report), "--format", "json", mentors=MENTORS) == code
    assert (report.read_text() if report.exists() else "") == desk.told


def test_a_blocking_pair_is_named(desk: Desk) -> None:
    result = desk.put("result.csv", "protege,mentor\namara,rui\nlinh,jonas\n")
    assert desk.run("--check", str(result), "--mode", "stable", mentors=MENTORS) == 1
    assert "would rather have each other: linh with rui" in desk.told


# ---------------------------------------------------------------- people


def test_people_are_scored_by_the_rules_and_every_pair_and_everybody_left_out_is_explained(desk: Desk) -> None:
    people, rules, why = desk.put("people.csv", PEOPLE), desk.put("rules.toml", RULES), desk.folder / "why.json"
    assert desk.run("--people", str(people), "--rules", str(rules), "--explain", str(why), scores=None) == 0
    explained = json.loads(why.read_text())
    (pair,) = explained["pairs"]
    assert (pair["protege"], pair["mentor"]) == ("amara", "jonas")
    assert sum(pair["shares"].values()) == pair["points"] == desk.report["total_points"]
    assert pair["reasons"]["needs"] == ["finance"]
    linh, sam = explained["left_out"]
    assert linh["reason"] == "too_few_places"
    assert linh["rules"] == {"never_own_line": 1}
    assert linh["group"] == {"proteges": ["amara", "linh"], "mentors": ["jonas"], "places": 1}
    assert sam == {"protege": "sam", "eligible_mentors": 0, "rules": {"shared_language": 2}, "reason": "no_eligible_mentor"}


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("people", "sam,protege", "sam,boss", "people.csv: line 4, column role: "),
        ("people", "sam,protege", "linh,protege", "people.csv: line 4, column person: "),
        ("people", "rui,mentor,1", "rui,mentor,-1", "people.csv: line 5, column capacity: "),
        ("people", "jonas,mentor,,,finance,,7", "jonas,mentor,,,finance,,high", "people.csv: line 6, column level: "),
        ("rules", "needs = 50", "needs = 5.5", "rules.toml: line 3, column needs: "),
        ("rules", "needs = 50", "neds = 50", "rules.toml: line 3, column neds: "),
        ("rules", "needs = 50", "needs = ", "rules.toml: line 3, column "),
        ("rules", "= true", '= "yes"', "rules.toml: line 5, column never_own_line: "),
        ("rules", 'mentor = "rui"', "", "rules.toml: line 6, column forbidden: "),
        ("rules", "capacity = 1", "places = 1", "rules.toml: line 1, column places: "),
    ],
)
def test_what_is_wrong_with_people_or_rules_is_named(desk: Desk, file: str, old: str, new: str, place: str) -> None:
    texts = {"people": PEOPLE, "rules": RULES}
    texts[file] = texts[file].replace(old, new)
    people, rules = desk.put("people.csv", texts["people"]), desk.put("rules.toml", texts["rules"])
    assert desk.run("--people", str(people), "--rules", str(rules), scores=None) == 2
    assert place in desk.said
    assert not (desk.folder / "pairs.csv").exists()


@pytest.mark.parametrize(
    ("words", "scores", "reason"),
    [
        ((), SCORES, "too_few_places"),
        (("--coverage", "free"), "protege,mentor,points\nlinh,rui,8\nlinh,jonas,1\nsam,jonas,-1\n", "more_points_without"),
        (("--mode", "stable"), "protege,mentor,points\nlinh,rui,8\nsam,rui,1\nlinh,jonas,1\n", "others_were_liked_as_much_or_more"),
    ],
)
def test_whoever_is_left_out_by_scores_is_told_why(desk: Desk, words: Sequence[str], scores: str, reason: str) -> None:
    why = desk.folder / "why.json"
    assert desk.run(*words, "--explain", str(why), scores=scores, mentors=MENTORS) == 0
    assert {one["protege"]: one["reason"] for one in json.loads(why.read_text())["left_out"]} == {"sam": reason}
