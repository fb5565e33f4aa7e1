"""What an import of people comes to, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.portal.domain.people_import import Plan, circles, plan
from services.portal.domain.people_rows import Row, WrongRow
from services.portal.domain.person import Person, Record

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_person(employee_id: str, *, manager: Person | None = None, provisional: bool = False, **record: Any) -> Person:
    given = {"name": f"Person {employee_id}", "email": f"{employee_id.lower()}@alder.example", "zone": "Europe/Lisbon", **record}
    return Person.join(Record(employee_id=employee_id, manager_id=manager.id if manager else None, **given), NOW, provisional=provisional)


def a_row(employee_id: str, line: int = 2, **values: str) -> Row:
    given = {
        "employee_id": employee_id,
        "name": f"Person {employee_id}",
        "email": f"{employee_id.lower()}@alder.example",
        "zone": "Europe/Lisbon",
    }
    return Row(line=line, values={**given, **values})


def only_problem(found: Plan) -> WrongRow:
    assert len(found.wrong) == 1, found.wrong
    return found.wrong[0]


def test_somebody_not_here_is_new() -> None:
    found = plan([a_row("E1")], [])
    assert [row.kind for row in found.rows] == ["new"]
    assert found.rows[0].record.email == "e1@alder.example"


def test_somebody_here_as_the_file_says_is_unchanged() -> None:
    found = plan([a_row("E1")], [a_person("E1")])
    assert [row.kind for row in found.rows] == ["unchanged"]
    assert found.to_do == ()


def test_a_change_says_before_and_after() -> None:
    found = plan([a_row("E1", zone="Europe/Warsaw", location="Gdańsk")], [a_person("E1", location="Torino")])
    assert found.rows[0].kind == "changed"
    assert found.rows[0].changes == {"zone": ("Europe/Lisbon", "Europe/Warsaw"), "location": ("Torino", "Gdańsk")}


def test_a_new_manager_is_told_by_employee_id() -> None:
    old, new = a_person("M1"), a_person("M2")
    found = plan([a_row("E1", manager_id="M2")], [old, new, a_person("E1", manager=old)])
    assert found.rows[0].changes == {"manager_id": ("M1", "M2")}
    assert found.rows[0].record.manager_id == new.id


def test_a_manager_may_come_later_in_the_same_file() -> None:
    found = plan([a_row("E1", 2, manager_id="M1"), a_row("M1", 3)], [])
    report, manager = found.rows
    assert report.record.manager_id == manager.person_id


def test_a_column_the_file_lacks_leaves_what_is_known() -> None:
    found = plan([a_row("E1")], [a_person("E1", department="Legal", level=7, languages=("pt",))])
    assert found.rows[0].kind == "unchanged"


def test_an_emptied_department_is_a_change_and_an_empty_level_is_not() -> None:
    found = plan([a_row("E1", department="", level="")], [a_person("E1", department="Legal", level=7)])
    assert found.rows[0].changes == {"department": ("Legal", "")}


def test_what_somebody_has_chosen_for_themselves_is_no_change() -> None:
    person = a_person("E1")
    person.choose(zone="Asia/Singapore", locale="de", at=NOW)
    assert plan([a_row("E1")], [person]).rows[0].kind == "unchanged"


@pytest.mark.parametrize(
    ("values", "column", "code"),
    [
        ({"email": "thordis@"}, "email", "not_an_email"),
        ({"email": "a@b@c.example"}, "email", "not_an_email"),
        ({"email": "no address"}, "email", "not_an_email"),
        ({"zone": "Mars/Olympus"}, "zone", "not_a_zone"),
        ({"level": "senior"}, "level", "not_a_level"),
        ({"level": "-1"}, "level", "not_a_level"),
        ({"level": "99"}, "level", "not_a_level"),
        ({"languages": "en; klingon"}, "languages", "not_a_language"),
        ({"manager_id": "E1"}, "manager_id", "own_manager"),
        ({"manager_id": "nobody"}, "manager_id", "unknown_manager"),
        ({"active": "perhaps"}, "active", "not_yes_or_no"),
    ],
)
def test_a_wrong_cell_keeps_its_row_out_and_says_where_and_why(values: dict[str, str], column: str, code: str) -> None:
    found = plan([a_row("E1", 18, **values)], [])
    problem = only_problem(found)
    assert (problem.line, problem.column, problem.code, problem.value) == (18, column, code, values[column])
    assert found.rows == ()


def test_every_wrong_cell_of_a_row_is_told() -> None:
    found = plan([a_row("E1", email="x", zone="y", level="z")], [])
    assert {problem.column for problem in found.wrong} == {"email", "zone", "level"}
    assert found.wrong_lines == 1


def test_a_city_instead_of_a_zone_is_answered_with_the_zone_that_may_be_meant() -> None:
    problem = only_problem(plan([a_row("E1", zone="Madrid")], []))
    assert problem.details == {"suggestion": "Europe/Madrid"}
    assert "Europe/Madrid" in problem.reason


@pytest.mark.parametrize(("text", "level"), [("7", 7), ("L7", 7), ("Level 12", 12), ("Stufe 3", 3), ("5.0", 5)])
def test_a_level_is_read_however_it_is_written(text: str, level: int) -> None:
    assert plan([a_row("E1", level=text)], []).rows[0].record.level == level


@pytest.mark.parametrize("text", ["en; de", "en,de", "English / German", "EN|de-CH", "Englisch, Deutsch", "en\nde"])
def test_languages_are_read_however_they_are_written(text: str) -> None:
    assert plan([a_row("E1", languages=text)], []).rows[0].record.languages == ("en", "de")


def test_a_zone_is_read_in_any_letters() -> None:
    assert plan([a_row("E1", zone="asia/ho_chi_minh")], []).rows[0].record.zone == "Asia/Ho_Chi_Minh"


def test_the_second_row_with_an_id_stays_out_and_names_the_first() -> None:
    found = plan([a_row("E1", 31), a_row("E1", 97, email="other@alder.example")], [])
    problem = only_problem(found)
    assert (problem.line, problem.code, problem.details) == (97, "same_id", {"line": 31, "name": "Person E1"})
    assert [row.line for row in found.rows] == [31]


def test_the_second_row_with_an_address_stays_out_whatever_its_letters() -> None:
    problem = only_problem(plan([a_row("E1", 31), a_row("E2", 97, email="E1@Alder.Example")], []))
    assert (problem.line, problem.code) == (97, "same_address")


def test_an_address_that_somebody_else_has_is_not_given_away() -> None:
    problem = only_problem(plan([a_row("E2", email="e1@alder.example")], [a_person("E1")]))
    assert problem.code == "address_taken"
    assert problem.details["employee_id"] == "E1"


def test_two_people_can_swap_their_addresses_in_one_file() -> None:
    here = [a_person("E1"), a_person("E2")]
    found = plan([a_row("E1", 2, email="e2@alder.example"), a_row("E2", 3, email="e1@alder.example")], here)
    assert found.wrong == ()
    assert len(found.of("changed")) == 2


def test_an_address_stays_taken_when_the_row_that_would_free_it_stays_out() -> None:
    rows = [a_row("E1", 2, email="new@alder.example", zone="nowhere at all"), a_row("E2", 3, email="e1@alder.example")]
    found = plan(rows, [a_person("E1")])
    assert {(problem.line, problem.code) for problem in found.wrong} == {(2, "not_a_zone"), (3, "address_taken")}


def test_a_report_of_a_new_manager_who_stays_out_stays_out_too() -> None:
    rows = [a_row("M1", 2, email="wrong"), a_row("E1", 3, manager_id="M1"), a_row("E2", 4, manager_id="E1")]
    found = plan(rows, [])
    assert [(problem.line, problem.code) for problem in found.wrong] == [
        (2, "not_an_email"),
        (3, "manager_stays_out"),
        (4, "manager_stays_out"),
    ]
    assert found.wrong[2].details == {"line": 3}


def test_a_report_of_a_manager_who_is_here_goes_in_even_when_the_managers_row_stays_out() -> None:
    found = plan([a_row("M1", 2, email="wrong"), a_row("E1", 3, manager_id="M1")], [a_person("M1")])
    assert [row.line for row in found.rows] == [3]


def test_a_circle_in_the_reporting_tree_keeps_all_its_rows_out() -> None:
    rows = [a_row("A", 2, manager_id="B"), a_row("B", 3, manager_id="C"), a_row("C", 4, manager_id="A"), a_row("D", 5)]
    found = plan(rows, [])
    assert [(problem.line, problem.code) for problem in found.wrong] == [(2, "circle"), (3, "circle"), (4, "circle")]
    assert [row.line for row in found.rows] == [5]


def test_a_circle_that_a_file_would_close_through_people_who_are_here_is_found() -> None:
    boss = a_person("A")
    report = a_person("B", manager=boss)
    problem = only_problem(plan([a_row("A", 2, manager_id="B")], [boss, report]))
    assert problem.code == "circle"
    assert problem.details == {"way": "A → B → A"}


def test_a_very_long_reporting_line_is_no_circle_and_no_effort() -> None:
    rows = [a_row(f"E{number}", number + 2, manager_id=f"E{number + 1}" if number < 2_999 else "") for number in range(3_000)]
    assert plan(rows, []).wrong == ()


def test_circles_are_found_once_each() -> None:
    assert circles({"a": "b", "b": "a", "c": "a", "d": "d", "e": ""}) == [["a", "b"], ["d"]]


def test_somebody_let_in_by_the_settings_is_taken_over_by_their_row() -> None:
    early = a_person("ravi@alder.example", email="ravi@alder.example", provisional=True)
    found = plan([a_row("E9", email="ravi@alder.example")], [early])
    assert found.rows[0].person_id == early.id
    assert found.rows[0].kind == "changed"


def test_the_fingerprint_differs_when_the_import_would_do_anything_else() -> None:
    rows = [a_row("E1"), a_row("E2", 3)]
    before = plan(rows, [])
    assert before.fingerprint == plan(rows, []).fingerprint
    assert before.fingerprint != plan(rows, [a_person("E1")]).fingerprint
