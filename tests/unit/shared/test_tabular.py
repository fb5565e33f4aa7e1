"""Tables people export elsewhere are read whatever their encoding, separator and headings, and every mistake has a place."""

import codecs
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.tabular import Column, RowProblem, UnreadableTable, read_table

COLUMNS = [
    Column(name="employee_id", synonyms=("Personnel number", "Personalnummer"), required=True),
    Column(name="name", synonyms=("Full name",)),
    Column(name="note", longest=20),
]
TEXT = "employee_id,name\n7,Zoë Müller\n8,Ada\n"


def values(raw: bytes) -> list[list[str]]:
    return [[row.values["employee_id"], row.values["name"]] for row in read_table(raw, COLUMNS).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_any_usual_encoding_is_read(encoding: str) -> None:
    assert values(TEXT.encode(encoding)) == [["7", "Zoë Müller"], ["8", "Ada"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_separator_and_line_end_is_read(separator: str, end: str) -> None:
    assert values(TEXT.replace(",", separator).replace("\n", end).encode()) == [["7", "Zoë Müller"], ["8", "Ada"]]


def test_a_separator_inside_quotes_does_not_mislead() -> None:
    assert values(b'employee_id,name\n7,"a;b;c;d"\n') == [["7", "a;b;c;d"]]


@pytest.mark.parametrize("heading", ["Personnel number", "PERSONNEL_NUMBER", "personnel-number ", "Personalnummer", "Employee ID"])
def test_headings_are_guessed_by_their_synonyms(heading: str) -> None:
    table = read_table(f"{heading},name\n7,Ada\n".encode(), COLUMNS)
    assert table.mapping == {"employee_id": heading.strip(), "name": "name"}
    assert table.rows[0].values["employee_id"] == "7"


def test_a_given_mapping_goes_before_the_guess() -> None:
    table = read_table(b"employee_id,code,name\nx,7,Ada\n", COLUMNS, mapping={"employee_id": "code", "name": ""})
    assert table.mapping == {"employee_id": "code"}
    assert table.rows[0].values == {"employee_id": "7", "name": "", "note": ""}


def test_a_missing_column_is_named_and_nothing_is_read() -> None:
    table = read_table(b"who,name\n7,Ada\n", COLUMNS)
    assert table.rows == []
    assert table.headers == ["who", "name"]
    assert table.problems == [RowProblem(line=1, column="employee_id", reason="This column is missing.")]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (",Ada", "employee_id"),
        ("=1+1,Ada", "employee_id"),
        ("@SUM(A1),Ada", "employee_id"),
        ('7,"=HYPERLINK(""http://x"")"', "name"),
        ("7,+cmd|' /C calc'!A0", "name"),
        ("7,-2+3+cmd", "name"),
        ("7,Ada,this is far too long for a note", "note"),
        ("7,Ada,,more", ""),
    ],
)
def test_a_wrong_row_is_reported_with_line_and_column_and_left_out(cells: str, column: str) -> None:
    table = read_table(f"employee_id,name,note\n1,First\n\n{cells}\n2,Last\n".encode(), COLUMNS)
    assert [(problem.line, problem.column) for problem in table.problems] == [(4, column)]
    assert [row.values["name"] for row in table.rows] == ["First", "Last"]


@pytest.mark.parametrize("harmless", ["+49 30 1234-5", "-5", "-", "a=b", "me@example.org"])
def test_phone_numbers_dashes_and_addresses_are_no_formulas(harmless: str) -> None:
    assert values(f"employee_id,name\n7,{harmless}\n".encode()) == [["7", harmless]]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    table = read_table(b'employee_id,name\n1,"two\nlines"\n,x\n', COLUMNS)
    assert table.problems[0].line == 4


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0", b"%PDF-1.7"])
def test_what_is_not_text_is_refused_by_its_kind(magic: bytes) -> None:
    with pytest.raises(UnreadableTable):
        read_table(magic + b"\x00" * 100, COLUMNS)


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", codecs.BOM_UTF8, b"a\x00b", b'employee_id\n"open\n', b"name,name\n", b"Name,name\nx,y\n", b"x" * 200_000]
)
def test_what_is_no_table_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableTable):
        read_table(raw, COLUMNS)


def test_too_many_bytes_or_rows_are_refused_with_the_limit() -> None:
    with pytest.raises(UnreadableTable, match=r"larger than 0\.01 MB"):
        read_table(b"x" * 10_001, COLUMNS, max_bytes=10_000)
    with pytest.raises(UnreadableTable, match="more than 1 rows"):
        read_table(TEXT.encode(), COLUMNS, max_rows=1)


@given(st.lists(st.text(string.ascii_letters + "äöü;,\t\"' ", min_size=1).filter(lambda text: text == text.strip()), min_size=1))
def test_what_was_written_is_read_again(names: list[str]) -> None:
    lines = "".join('{},"{}"\n'.format(number, name.replace('"', '""')) for number, name in enumerate(names))
    assert values(f"employee_id,name\n{lines}".encode()) == [[str(number), name] for number, name in enumerate(names)]


@given(st.binary(max_size=2_000))
def test_no_file_whatever_breaks_the_reader(raw: bytes) -> None:
    try:
        read_table(raw, COLUMNS)
    except UnreadableTable:
        return
