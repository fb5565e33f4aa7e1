"""Files of rows, read strictly: UTF-8, a heading, commas; every mistake with its line and column."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.matching.cli.problems import Problems, WrongInput

LONGEST_ROW = 1_000
"""Lines of one row: a quoted field may have several. What goes on for longer is a quotation mark that was forgotten."""

_FIELD = re.compile(r'(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|\Z)')
_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_OPENED = re.compile(r'\s*"(?:[^"]|"")*\Z')


class Table:
    """The rows of a file, as far as its wanted columns go. What cannot be read as a row is a problem and not a row."""

    def __init__(self, file: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.problems = Problems(file=file)
        self._lines = _text(file, self.problems).removesuffix("\n").split("\n")
        self._next = 1
        known = (*wanted, *optional)
        self._headings = self._heading(known, wanted) if not self.problems.count else []
        if self.problems.count:  # without a heading no row means anything
            self._lines = []
        self._places = [self._headings.index(name) if name in self._headings else len(self._headings) for name in known]
        if self._lines and (others := [name for name in self._headings if name and name not in known]):
            print(f"tandem match: {file}: not looked at: {', '.join(others)}", file=sys.stderr)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and the cells of the wanted columns, then of the optional ones, without the spaces around them."""
        width, places, lines = len(self._headings), self._places, self._lines
        while self._next < len(lines):
            text = lines[self._next]
            self._next += 1
            line = self._next
            if not text.strip():
                continue
            cells = text.split(",") if '"' not in text else self._quoted(text, line)
            if len(cells) > width:
                self.problems.add(line, self._headings[-1] or str(width), _surplus(cells, width))
            elif cells:
                cells += [""] * (width - len(cells) + 1)  # the last one is what an optional column holds that is not there
                yield line, [cells[place].strip() for place in places]

    def _heading(self, known: Sequence[str], wanted: Sequence[str]) -> list[str]:
        cells, rest = _cells(self._lines[0])
        headings = [cell.strip() for cell in cells]
        if rest is not None:
            self.problems.add(1, str(len(cells) + 1), f"this heading cannot be read: {rest.strip()[:40]}")
        if len(headings) == 1 and (separators := [name for mark, name in _SEPARATORS.items() if mark in headings[0]]):
            self.problems.add(1, wanted[0], f"the fields are separated by {separators[0]}; save the table as CSV with commas between them")
            return headings
        if not any(headings):
            self.problems.add(1, wanted[0], f"there is no heading; the first line names the columns: {','.join(wanted)}")
        for name in wanted if any(headings) else ():
            if name not in headings:
                self.problems.add(1, name, f"this column is missing; the heading is {','.join(headings)[:80]}")
        for name in known:
            if headings.count(name) > 1:
                self.problems.add(1, name, "two columns have this heading")
        return headings

    def _quoted(self, text: str, line: int) -> list[str]:
        """The cells of a row with quotation marks, which may go on in the next lines; none where there is a problem."""
        cells, rest = _cells(text)
        if rest is not None and _OPENED.match(rest):
            parts, after = [text], self._next
            while after < len(self._lines) and after - self._next < LONGEST_ROW:
                parts.append(self._lines[after])
                after += 1
                if parts[-1].count('"') % 2:
                    cells, rest = _cells("\n".join(parts))
                    break
            if rest is None:
                self._next = after
        if rest is None:
            return cells
        column = self._headings[min(len(cells), len(self._headings) - 1)]
        reason = "a quotation mark is opened and not closed" if _OPENED.match(rest) else "a quotation mark in the middle of a field"
        self.problems.add(line, column, f"{reason}: {rest.strip()[:40]}")
        return []


def _cells(text: str) -> tuple[list[str], str | None]:
    """The fields of a row, and what of it cannot be read."""
    cells, place = [], 0
    while field := _FIELD.match(text, place):
        quoted, plain, comma = field.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if not comma:
            return cells, None
        place = field.end()
    return cells, text[place:]


def _surplus(cells: Sequence[str], width: int) -> str:
    last = ",".join(cells[width - 1 :]).strip()
    if re.fullmatch(r"-?[0-9]+,[0-9]+", last):
        return f"{last!r} is not a number: decimals come after a point"
    return f"this row has {len(cells)} fields, and the heading {width}"


def _text(file: Path, problems: Problems) -> str:
    """What is in the file, with lines that end in LF; nothing where that is a problem."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise WrongInput(f"{file}: {error.strerror}") from error
    if not raw.strip():
        problems.add(1, "1", "this file is empty")
        return ""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        problems.add(*_line_and_column(raw[: error.start]), "this is not UTF-8 text; save the table as CSV in UTF-8")
        return ""
    if "\0" in text:
        problems.add(*_line_and_column(raw[: raw.index(b"\0")]), "this is not UTF-8 text (but UTF-16?); save the table as CSV in UTF-8")
        return ""
    if "\r" in text:
        before = text[: text.index("\r")].encode()
        problems.add(*_line_and_column(before), "a line that ends in CR alone; save the table with lines that end in LF or CRLF")
        return ""
    return text


def _line_and_column(before: bytes) -> tuple[int, str]:
    return before.count(b"\n") + 1, str(before[before.rfind(b"\n") + 1 :].count(b",") + 1)
