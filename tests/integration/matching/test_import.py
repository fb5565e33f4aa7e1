"""Enrolments come in as a table: first seen, then written."""

from typing import Any

import pytest

from tests.integration.matching.conftest import MANAGER, Matching

TABLE = """Personalnummer;E-Mail;Rolle;Plätze;Bedarf;Stärken
E-linh;;Mentee;;"Auftreten; Finanzen";
;RUI@example.org;Mentor;3;;Budgets|Strategie
E-nobody;;mentor;;;
E-left;;mentor;;;
E-amara;;boss;;;
E-bao;;mentor;many;;
E-linh;;mentee;;;
E-mei;;mentor;0;;
E-ada;;=mentor;;;
"""


@pytest.fixture
async def programme_id(matching: Matching) -> str:
    await matching.know("linh", "rui", "amara", "bao", "mei", "ada")
    await matching.know("left", active=False)
    return await matching.programme()


async def report(matching: Matching, programme_id: str, table: str | bytes, **query: str) -> dict[str, Any]:
    content = table.encode("cp1252") if isinstance(table, str) else table
    url = f"/programmes/{programme_id}/enrolments/import"
    return dict(await matching.ask(MANAGER, "POST", url, content=content, params=query, headers={"content-type": "text/csv"}))


async def test_a_table_is_previewed_then_written_then_unchanged(matching: Matching, programme_id: str) -> None:
    preview = await report(matching, programme_id, TABLE)
    assert (preview["new"], preview["changed"], preview["unchanged"], preview["committed"]) == (2, 0, 0, False)
    assert [(wrong["line"], wrong["column"]) for wrong in preview["wrong"]] == [
        (4, "employee_id"),
        (5, "employee_id"),
        (6, "role"),
        (7, "capacity"),
        (8, ""),
        (9, "capacity"),
        (10, "role"),
    ]
    assert all(wrong["reason"].endswith(".") for wrong in preview["wrong"])
    assert preview["mapping"]["needs"] == "Bedarf"
    assert await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/enrolments") == []

    written = await report(matching, programme_id, TABLE, commit="true")
    assert (written["new"], written["committed"]) == (2, True)
    enrolled = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/enrolments")
    assert [(one["person_id"], one["capacity"], one["needs"], one["strengths"]) for one in enrolled] == [
        ("linh", 1, ["Auftreten", "Finanzen"], []),
        ("rui", 3, [], ["Budgets", "Strategie"]),
    ]
    again = await report(matching, programme_id, TABLE)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    other = await report(matching, programme_id, TABLE.replace("Budgets", "Vertrieb"), commit="true")
    assert (other["changed"], other["unchanged"]) == (1, 1)


async def test_a_given_mapping_is_used(matching: Matching, programme_id: str) -> None:
    seen = await report(
        matching, programme_id, "who,as,x\nE-linh,protege,chess\n", mapping='{"employee_id": "who", "role": "as", "needs": "x"}'
    )
    assert [row["needs"] for row in seen["rows"]] == [["chess"]]
    wrong = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/enrolments/import?mapping=[1]", content=b"a,b\n")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "mapping")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", b"a\x00b", b"employee_id,role\n" + b"1,mentor\n" * 20_001])
async def test_what_is_no_table_or_too_long_is_refused(matching: Matching, programme_id: str, content: bytes) -> None:
    answer = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/enrolments/import?commit=true", content=content)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unreadable-table")


async def test_a_table_without_ids_or_roles_says_which_column_is_missing(matching: Matching, programme_id: str) -> None:
    assert [wrong["column"] for wrong in (await report(matching, programme_id, "name,role\nx,mentor\n"))["wrong"]] == ["employee_id"]
    assert [wrong["column"] for wrong in (await report(matching, programme_id, "email,name\nx,y\n"))["wrong"]] == ["role"]
