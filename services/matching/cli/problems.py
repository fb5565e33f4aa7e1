"""What is wrong with the files somebody gave us, said all at once, each with its file, line, column and reason."""

from dataclasses import dataclass, field
from pathlib import Path

SHOWN = 20


class WrongInput(Exception):  # noqa: N818 - it is what was given that is wrong
    """Something was given that cannot be worked with. Its text is for the person who gave it."""


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """`line` as an editor counts them, the heading being line 1; `column` by its heading."""

    line: int
    column: str
    reason: str


@dataclass(kw_only=True)
class Problems:
    """All problems of one file."""

    file: Path
    found: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, reason: str) -> None:
        """Keep as many as may be shown; the rest are only counted."""
        self.count += 1
        if len(self.found) < 2 * SHOWN:
            self.found.append(Problem(line=line, column=column, reason=reason))


def must_be_none(*files: Problems) -> None:
    """Raise WrongInput if there is any problem in any file."""
    count = sum(one.count for one in files)
    if not count:
        return
    lines = [
        _on_one_line(f"{one.file}: line {problem.line}, column {problem.column}: {problem.reason}")
        for one in files
        for problem in sorted(one.found)
    ][:SHOWN]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more")
    raise WrongInput("\n".join(lines))


def _on_one_line(text: str) -> str:
    """Whatever stands in a name that somebody gave us."""
    return "".join(character if character.isprintable() else "?" for character in text)
