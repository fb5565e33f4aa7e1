"""`tandem match` where somebody does what nobody expected: odd files, odd places, closed pipes, Ctrl-C."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.matching.cli import match
from services.matching.cli.results import solve
from services.matching.cli.tables import Table
from services.matching.cli.writing import write_together
from tests.unit.matching.desk import MENTORS, PEOPLE, RULES, SCORES, Desk

COMMAND = [sys.executable, "-c", "import sys; from shared.command import main; sys.exit(main(sys.argv[1:]))", "match"]


# ---------------------------------------------------------------- files to read


@pytest.mark.parametrize(
    ("scores", "place", "reason"),
    [
        (SCORES.encode("utf-16-le"), "line 1, column 1", "UTF-16"),
        (SCORES.encode() + b"sam,jo\0nas,1\n", "line 6, column 2", "not UTF-8 text"),
        (SCORES.replace("\n", "\r").encode(), "line 1, column 3", "CR alone"),
        (b"protege,mentor,points\n" + b" " * 200_000 + b'x"y,a,1\n', "line 2, column protege", "in the middle of a field"),
    ],
)
def test_what_is_no_table_of_text_is_told_at_once(desk: Desk, scores: bytes, place: str, reason: str) -> None:
    assert desk.run(scores=scores) == 2
    assert f"scores.csv: {place}: " in desk.said
    assert reason in desk.said
    assert desk.said.count("\n") == 1


def test_an_id_is_what_stands_in_the_field_whatever_it_is(desk: Desk) -> None:
    scores = 'protege,mentor,points\n007,"Sá, Rui",1\n7,"the ""old"" one",1\n"two\nlines",名前,1\n'
    assert desk.run(scores=scores) == 0
    assert desk.pairs == 'protege,mentor,points\n007,"Sá, Rui",1\n7,"the ""old"" one",1\n"two\nlines",名前,1\n'
    expected = desk.pairs
    assert desk.run(scores=scores.replace("\n", "\r\n")) == 0
    assert desk.pairs == expected


def test_columns_that_are_not_looked_at_may_have_the_same_heading(desk: Desk) -> None:
    assert desk.run(scores="note,protege,mentor,points,note\nx,linh,rui,1,y\n") == 0
    assert desk.pairs == "protege,mentor,points\nlinh,rui,1\n"


def test_all_files_are_looked_at_before_anything_is_said(desk: Desk) -> None:
    assert desk.run(scores="protege,mentor,points\nlinh,rui,x\n", mentors="mentor,places\n", wishes="person,rank,other\nlinh,0,rui\n") == 2
    for place in ("scores.csv: line 2, column points", "mentors.csv: line 1, column capacity", "wishes.csv: line 2, column rank"):
        assert place in desk.said


def test_a_problem_takes_one_line_whatever_stands_in_a_name(desk: Desk) -> None:
    assert desk.run(scores='protege,mentor,points\n"li\nnh\x1b[2J",rui,1\n"li\nnh\x1b[2J",rui,1\n') == 2
    assert desk.said.count("\n") == 1
    assert "\x1b" not in desk.said


def test_a_row_with_thousands_of_fields_is_read_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("a," + ",".join(f"x{n}" for n in range(20_000)) + "\n" + '"' + '""' * 200_000 + '",1\n')
    assert [(line, len(cells[0])) for line, cells in Table(file, ("a",)).rows()] == [(2, 200_000)]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("people", "Asia/Ho_Chi_Minh", "Europe/Nowhere", "people.csv: line 2, column zone: "),
        ("people", "Asia/Ho_Chi_Minh", "../etc/passwd", "people.csv: line 2, column zone: "),
        ("rules", "capacity = 1", f"capacity = {'9' * 5_000}", "rules.toml: line 1"),
        ("rules", "capacity = 1", f"capacity = {'[' * 50_000}", "rules.toml: line 1"),
    ],
)
def test_wrong_people_and_rules_are_told(desk: Desk, file: str, old: str, new: str, says: str) -> None:
    texts = {"people": PEOPLE, "rules": RULES}
    texts[file] = texts[file].replace(old, new)
    words = ("--people", str(desk.put("people.csv", texts["people"])), "--rules", str(desk.put("rules.toml", texts["rules"])))
    assert desk.run(*words, scores=None) == 2
    assert says in desk.said


def test_a_forbidden_pair_that_nobody_is_in_is_told(desk: Desk) -> None:
    rules = RULES.replace("amara", "amarra")
    words = ("--people", str(desk.put("people.csv", PEOPLE)), "--rules", str(desk.put("rules.toml", rules)))
    assert desk.run(*words, scores=None) == 0
    assert "there is no protégé amarra with a mentor rui here" in desk.said


@pytest.mark.parametrize("words", [("--seconds", "1e308"), ("--seconds", "soon"), ("--seed", "1_0"), ("--seed", "x"), ("--seed", "1.5")])
def test_a_number_nobody_means_is_refused_in_plain_words(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        match(["--scores", "s", "--out", "o", *words])
    assert ended.value.code == 2
    assert f"{words[1]!r} is not a" in capsys.readouterr().err


# ---------------------------------------------------------------- files to write


def test_a_link_that_leads_back_to_itself_is_no_place(desk: Desk) -> None:
    (desk.folder / "loop").symlink_to("loop")
    for words in (
        ("--explain", f"{desk.folder}/loop"),
        ("--explain", f"{desk.folder}/loop/why.json"),
        ("--mentors", f"{desk.folder}/loop"),
    ):
        assert desk.run(*words) == 2
        assert "back to itself" in desk.said
    assert desk.run("--explain", f"{desk.folder}/{'a' * 300}") == 2
    assert not (desk.folder / "pairs.csv").exists()


def test_two_results_are_never_the_same_file_however_it_is_called(desk: Desk) -> None:
    (desk.folder / "other.csv").symlink_to("pairs.csv")
    assert desk.run("--explain", f"{desk.folder}/other.csv") == 2
    assert "the same file" in desk.said
    assert not (desk.folder / "pairs.csv").exists()


def test_a_protected_file_stays_as_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = desk.put("pairs.csv", "mine")
    monkeypatch.setattr(os, "access", lambda place, _: place != pairs)
    assert desk.run() == 2
    assert "protected" in desk.said
    assert pairs.read_text() == "mine"


def test_a_new_result_can_be_read_by_those_who_could_read_the_old_one(desk: Desk) -> None:
    desk.put("pairs.csv", "old").chmod(0o600)
    assert desk.run() == 0
    assert desk.pairs != "old"
    assert stat.S_IMODE((desk.folder / "pairs.csv").stat().st_mode) == 0o600


def test_a_long_file_name_is_no_reason_to_fail(desk: Desk) -> None:
    assert desk.run("--explain", f"{desk.folder}/{'w' * 250}") == 0


def test_ctrl_c_while_files_are_put_in_place_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_text("old")
    replace = Path.replace

    def interrupted(source: Path, target: Path) -> Path:
        if target == other and source.suffix == ".new":
            raise KeyboardInterrupt
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_together({one: "new", other: "new"})
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a", "old")]


# ---------------------------------------------------------------- the process


def test_ctrl_c_ends_the_command_without_a_traceback(tmp_path: Path) -> None:
    scores = tmp_path / "scores"
    os.mkfifo(scores)
    words = [*COMMAND, "--scores", str(scores), "--out", str(tmp_path / "pairs.csv")]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as running:  # noqa: S603 - our own command
        with scores.open("w"):  # it has begun to read
            running.send_signal(signal.SIGINT)
            said = running.communicate()[1]
        assert (running.returncode, said) == (130, b"")


def test_ctrl_c_does_not_wait_for_the_solver(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []

    def watched(*given: Any) -> Any:
        found.append(signal.getsignal(signal.SIGINT))
        return solve(*given)

    monkeypatch.setattr("services.matching.cli.solve", watched)
    before = signal.getsignal(signal.SIGINT)
    assert desk.run() == 0
    assert found == [signal.SIG_DFL]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_reader_who_has_gone_and_a_full_disk_make_no_traceback(desk: Desk) -> None:
    desk.run(mentors=MENTORS)
    words = [
        *COMMAND,
        "--scores",
        f"{desk.folder}/scores.csv",
        "--mentors",
        f"{desk.folder}/mentors.csv",
        "--check",
        f"{desk.folder}/pairs.csv",
    ]
    reading, writing = os.pipe()
    os.close(reading)
    gone = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own command
    os.close(writing)
    assert (gone.returncode, gone.stderr) == (0, b"")
    with Path("/dev/full").open("wb") as full:
        lost = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own command
    assert (lost.returncode, lost.stderr) == (1, b"tandem: the answer cannot be written: No space left on device\n")


def test_help_is_shown_on_a_terminal_that_has_no_accents() -> None:
    words = [*COMMAND, "--help"]
    shown = subprocess.run(words, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})  # noqa: S603 - our own
    assert b"prot\\xe9g\\xe9s" in shown.stdout


# ---------------------------------------------------------------- what is said


def test_most_points_bounds_the_points_of_every_match_not_only_of_those_with_as_few_people(desk: Desk) -> None:
    result = desk.put("result.csv", "protege,mentor\namara,rui\n")
    assert desk.run("--coverage", "free", "--check", str(result), "--format", "json", mentors=MENTORS) == 1
    verdict = json.loads(desk.told)
    assert (verdict["total_points"], verdict["upper_bound"]) == (7, 13.25)


def test_a_group_that_many_share_is_told_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.matching.engine.shortage.THOROUGH", 0)
    why = desk.folder / "why.json"
    scores = "protege,mentor,points\n" + "".join(f"p{one},{mentor},1\n" for one in range(5) for mentor in ("rui", "jonas"))
    assert desk.run("--explain", str(why), scores=scores, mentors="mentor,capacity\nrui,1\njonas,1\n") == 0
    first, *others = json.loads(why.read_text())["left_out"]
    assert first["group"] == {"proteges": [f"p{one}" for one in range(5)], "mentors": ["jonas", "rui"], "places": 2}
    assert [one["same_group_as"] for one in others] == [first["protege"]] * 2
    assert not any("group" in one for one in others)
