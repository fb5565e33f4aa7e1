"""Tables that people export from other systems: any usual encoding, separator and heading, and every mistake with its line and column.

Nothing here knows what the columns mean, writes anything, or trusts the file: its size, its cells and its structure are all bounded.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.errors import Invalid

_SEPARATORS = ",;\t|"
_LONGEST_HEADING_LINE = 100_000
_NOT_TEXT = {
    b"PK\x03\x04": "This is a zip or Excel file. Save it as CSV and upload that.",
    b"PK\x05\x06": "This is a zip file. Save the table as CSV and upload that.",
    b"\x1f\x8b": "This is a compressed file. Unpack it and upload the CSV file.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel file. Save it as CSV and upload that.",
    b"%PDF": "This is a PDF file. A CSV file is needed.",
}
_NUMBER_OR_PHONE = re.compile(r"[+-][\d\s().,/-]*")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class UnreadableTable(Invalid):
    """This file cannot be read as a table."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column we look for, and the other headings it goes by."""

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    """Must be in the file and filled in every row."""
    longest: int = 2_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row without a mistake. `values` has every column we look for; one the file lacks is empty."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """What is wrong in one cell (or, with an empty column, in one row)."""

    line: int
    column: str
    reason: str
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a file holds: good rows, problems, its own headings, and which heading was taken for which column (column: heading)."""

    rows: list[Row]
    problems: list[RowProblem]
    headers: list[str]
    mapping: dict[str, str] = field(default_factory=dict)


def read_table(
    raw: bytes,
    columns: Sequence[Column],
    mapping: Mapping[str, str] | None = None,
    max_rows: int = 100_000,
    max_bytes: int = 20_000_000,
) -> Table:
    """Read a file. `mapping` (column: heading) goes before what we would guess; an empty heading means "not in this file".

    A row with a mistake is in `problems` and not in `rows`. A required column the file lacks is a problem in line 1, and there are no rows.
    Raises UnreadableTable where there is no table at all, or one beyond the limits.
    """
    text = _decode(raw, max_bytes)
    separator = _guess_separator(text, columns)
    lines = _lines(text, separator)
    first, headers = next(lines, (0, []))
    if not any(headers):
        raise UnreadableTable("This file is empty.", field="file")
    found = _map_headers(headers, columns, mapping or {})
    missing = [
        RowProblem(line=first, column=column.name, reason="This column is missing.")
        for column in columns
        if column.required and column.name not in found
    ]
    if missing:
        return Table(rows=[], problems=missing, headers=headers, mapping=found)
    positions = {column.name: headers.index(found[column.name]) for column in columns if column.name in found}
    table = Table(rows=[], problems=[], headers=headers, mapping=found)
    for count, (line, cells) in enumerate(lines, start=1):
        if count > max_rows:
            raise UnreadableTable(f"This file has more than {max_rows:,} rows. Split it and upload the parts.", field="file")
        values = {column.name: cells[positions[column.name]] if _has(cells, positions, column) else "" for column in columns}
        problems = list(_problems(line, cells, values, headers, columns))
        table.problems.extend(problems)
        if not problems:
            table.rows.append(Row(line=line, values=values))
    return table


def plain(text: str) -> str:
    """A heading or word without case, accents and punctuation, to compare it by."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def _decode(raw: bytes, max_bytes: int) -> str:
    if len(raw) > max_bytes:
        raise UnreadableTable(f"This file is larger than {max_bytes / 1_000_000:g} MB.", field="file")
    for magic, message in _NOT_TEXT.items():
        if raw.startswith(magic):
            raise UnreadableTable(message, field="file")
    text = _first_that_decodes(raw)
    if "\x00" in text:
        raise UnreadableTable("This is not a text file. A CSV file is needed.", field="file")
    return text


def _first_that_decodes(raw: bytes) -> str:
    encodings = ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")  # knows every byte, so this is the last resort


def _guess_separator(text: str, columns: Sequence[Column]) -> str:
    """The one with which the first line has most headings we know, then most cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    known = {plain(name) for column in columns for name in (column.name, *column.synonyms)}

    def worth(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first[:_LONGEST_HEADING_LINE]], delimiter=separator), [])
        return sum(plain(cell) in known for cell in cells), len(cells)

    return max(_SEPARATORS, key=worth)


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Line number in the file (a quoted cell may span several) and its cells; empty lines are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            tidied = [_tidy(cell) for cell in cells]
            if any(tidied):
                yield line, tidied
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableTable(f"Line {line}: a quotation mark is not closed, or a cell is far too long.", field="file") from error


def _tidy(cell: str) -> str:
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub("", cell)).strip()


def _map_headers(headers: Sequence[str], columns: Sequence[Column], asked: Mapping[str, str]) -> dict[str, str]:
    by_plain: dict[str, str] = {}
    for header in headers:
        twice = by_plain.setdefault(plain(header), header) != header or headers.count(header) > 1
        if twice and plain(header):
            raise UnreadableTable(f"Two columns are called “{header}”.", field="file")
    found: dict[str, str] = {}
    for column in columns:
        if column.name in asked:
            guess = by_plain.get(plain(asked[column.name])) if asked[column.name] else None
        else:
            guess = next((by_plain[plain(name)] for name in (column.name, *column.synonyms) if plain(name) in by_plain), None)
        if guess and guess not in found.values():
            found[column.name] = guess
    return found


def _has(cells: Sequence[str], positions: Mapping[str, int], column: Column) -> bool:
    return column.name in positions and positions[column.name] < len(cells)


def _problems(
    line: int, cells: Sequence[str], values: Mapping[str, str], headers: Sequence[str], columns: Sequence[Column]
) -> Iterator[RowProblem]:
    if any(cells[len(headers) :]):
        yield RowProblem(line=line, column="", reason="This row has more cells than there are headings.", value=cells[len(headers)][:80])
    for column in columns:
        value = values[column.name]
        if column.required and not value:
            yield RowProblem(line=line, column=column.name, reason="This cell is empty.")
        elif len(value) > column.longest:
            yield RowProblem(line=line, column=column.name, reason=f"This is longer than {column.longest:,} characters.", value=value[:80])
        elif _is_formula(value):
            yield RowProblem(line=line, column=column.name, reason="A cell must not hold a formula.", value=value[:80])


def _is_formula(value: str) -> bool:
    """What a spreadsheet would run when it opens our export of it; a phone number or a dash is none."""
    return value.startswith(("=", "@")) or (value.startswith(("+", "-")) and not _NUMBER_OR_PHONE.fullmatch(value))
