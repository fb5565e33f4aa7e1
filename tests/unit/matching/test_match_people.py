"""`tandem match --people`: all that a person can say and a programme can decide, from two files."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.matching.domain import CriterionWeights, HardRules, Wished
from tests.unit.matching.desk import PEOPLE, Desk

COLUMNS = (
    "person,role,capacity,needs,strengths,goals,level,department,location,zone,languages,hours,earlier_partners,days_waited,site,years"
)
EVERYTHING = f"""{COLUMNS}
linh,protege,,public speaking,,,3,Sales,Hanoi,Asia/Ho_Chi_Minh,en,mon-fri 16-18,jonas,100,Lisbon,3
rui,mentor,1,,presentation skills,,5,IT,Lisbon,Europe/Lisbon,en,mon-fri 9-11,,,Lisbon,4
jonas,mentor,1,,finance,,5,IT,Lisbon,Europe/Lisbon,en,mon-fri 9-11,,,Osaka,9
"""
ALL_RULES = """name = "Leaders 2027"
starts_on = 2027-01-01
ends_on = 2027-12-31
default_capacity = 2
aliases = [["public speaking", "toasts"]]
no_aliases = ["promotion"]
[weights]
needs = 10
department = 10
hours = 10
earlier_partners = 10
waiting = 10
[wished]
levels_above = 2
shared_hours = 5
[rules]
never_again = false
most_hours_apart = 8
least_levels_above = 1
department = "other"
least_shared_hours = 5
[[questions]]
id = "site"
label = "Where?"
kind = "choice"
options = ["Lisbon", "Osaka"]
counts = "same"
weight = 10
[[questions]]
id = "years"
label = "How long?"
kind = "number"
counts = "close"
within = 4
hard = true
"""


def match(desk: Desk, people: str = EVERYTHING, rules: str = ALL_RULES) -> int:
    files = (str(desk.put("people.csv", people)), str(desk.put("rules.toml", rules)))
    why = ("--explain", str(desk.folder / "why.json"))
    return desk.run("--people", files[0], "--rules", files[1], *why, scores=None)


def explained(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((desk.folder / "why.json").read_text())
    return found


def test_everything_a_person_can_say_and_a_programme_can_decide_counts(desk: Desk) -> None:
    assert match(desk) == 0
    (pair,) = explained(desk)["pairs"]
    assert (pair["protege"], pair["mentor"]) == ("linh", "rui")
    assert sum(pair["shares"].values()) == pair["points"]
    assert pair["shares"]["question.site"] == pair["shares"]["waiting"] == pair["shares"]["hours"] > 0
    # Nine in Lisbon is four in the afternoon in Hanoi in winter, three in summer.
    assert pair["reasons"]["hours"] == ["mon 16:00-18:00", "tue 16:00-18:00", "wed 16:00-18:00"]
    assert (pair["reasons"]["question.site"], pair["reasons"]["waiting"]) == (["Lisbon"], ["100 d"])
    assert "name, ends_on" in desk.said, "what is not about matching is not looked at, and that is said"


def test_a_hard_answer_a_rule_and_a_partner_of_before_exclude(desk: Desk) -> None:
    assert match(desk, rules=ALL_RULES.replace("never_again = false", "never_again = true").replace("capacity = 2", "capacity = 0")) == 0
    (pair,) = explained(desk)["pairs"]
    assert pair["mentor"] == "rui"
    people = EVERYTHING.replace("rui,mentor,1", "rui,mentor,0")
    assert match(desk, people, ALL_RULES.replace("never_again = false", "never_again = true")) == 0
    (left,) = explained(desk)["left_out"]
    assert left["rules"] == {"already_partnered": 1, "question.years": 1, "capacity_0": 1}


def test_a_rule_that_excludes_everybody_is_said_before_the_match(desk: Desk) -> None:
    assert match(desk, rules=ALL_RULES.replace("least_levels_above = 1", "least_levels_above = 4")) == 0
    assert "the rule levels_above excludes all 2 pairs" in desk.said
    lower = EVERYTHING.replace("rui,mentor,1,,presentation skills,,5", "rui,mentor,1,,presentation skills,,3")
    assert match(desk, lower) == 0
    assert "the rules together exclude all 2 pairs: levels_above 1, question.years 1" in desk.said


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("people", "mon-fri 16-18", "mondays", "people.csv: line 2, column hours: 'mondays' is not understood"),
        ("people", "Asia/Ho_Chi_Minh", "", "people.csv: line 2, column hours: hours are of no use without"),
        ("people", ",100,", ",long,", "people.csv: line 2, column days_waited: "),
        ("people", "Lisbon,3", "Paris,3", "people.csv: line 2, column site: 'Paris' is not an answer"),
        ("people", "Lisbon,3", "Lisbon,three", "people.csv: line 2, column years: "),
        ("rules", "hours = 10", "hours = 101", "rules.toml: line 10, column hours: "),
        ("rules", "hours = 10", "hours = true", "rules.toml: line 10, column hours: "),
        ("rules", "shared_hours = 5", "shared_hours = 0", "rules.toml: line 15, column shared_hours: "),
        (
            "rules",
            'department = "other"',
            'department = "mine"',
            "rules.toml: line 20, column department: ",
        ),
        ("rules", 'counts = "same"', 'counts = "alike"', "rules.toml: line 27, column counts: "),
        ("rules", 'kind = "choice"', 'sort = "choice"', "rules.toml: line 25, column sort: there is no such word below [questions]"),
        ("rules", 'id = "site"', 'id = "level"', "column level: people have a column of this name already"),
        ("rules", "within = 4", "", "column within: "),
        ("rules", '[["public speaking", "toasts"]]', '"public speaking"', "rules.toml: line 5, column aliases: "),
        ("rules", "default_capacity = 2", "default_capacity = -2", "column capacity: "),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, file: str, old: str, new: str, place: str) -> None:
    texts = {"people": EVERYTHING, "rules": ALL_RULES}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    assert match(desk, texts["people"], texts["rules"]) == 2
    assert place in desk.said
    assert not (desk.folder / "pairs.csv").exists()


def test_the_rules_in_the_manual_are_the_usual_ones_and_can_be_read(desk: Desk) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "match-command.md").read_text()
    rules = manual.split("```toml\n")[1].split("```")[0]
    written = tomllib.loads(rules)
    assert written["weights"] == CriterionWeights().model_dump()
    assert written["wished"] == Wished().model_dump()
    assert written["rules"] == {name: value for name, value in HardRules().model_dump().items() if value is not None}
    assert match(desk, PEOPLE, rules) == 0


def test_rules_of_before_there_were_so_many_still_work(desk: Desk) -> None:
    old = "[weights]\nneeds = 40\ngoals = 20\nlevel = 15\nlocation = 15\nlanguages = 10\n[rules]\nshared_language = false\n"
    assert match(desk, PEOPLE, old) == 0
    assert desk.report["matched"] == 2
