"""A coordinator's desk: a folder with tables, and `tandem match` run on them."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.matching.cli import match

SCORES = "protege,mentor,points\nlinh,rui,8.5\namara,rui,7\nlinh,jonas,6.25\nsam,rui,1\n"
MENTORS = "mentor,capacity\nrui,1\njonas,2\n"
PEOPLE = """person,role,capacity,needs,strengths,goals,level,location,zone,languages,manager
linh,protege,,public speaking; delegation,,leadership,3,Hanoi,Asia/Ho_Chi_Minh,en; vi,rui
amara,protege,,finance,,,2,Lisbon,Europe/Lisbon,en,
sam,protege,,finance,,,2,Lisbon,Europe/Lisbon,fr,
rui,mentor,1,,presentation skills,,6,Lisbon,Europe/Lisbon,en; pt,
jonas,mentor,,,finance,,7,Berlin,Europe/Berlin,en; de,
"""
RULES = """capacity = 1
[weights]
needs = 50
[rules]
never_own_line = true
[[forbidden]]
protege = "amara"
mentor = "rui"
"""


class Desk:
    """A folder with files, and the command run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.said = self.told = ""

    def put(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def run(self, *words: str, scores: str | bytes | None = SCORES, mentors: str | bytes | None = None, wishes: str | None = None) -> int:
        for name, text in (("scores", scores), ("mentors", mentors), ("wishes", wishes)):
            if text is not None:
                words = (f"--{name}", str(self.put(f"{name}.csv", text)), *words)
        if "--check" not in words:
            words = (*words, "--out", str(self.folder / "pairs.csv"), "--report", str(self.folder / "report.json"))
        code = match(words)
        self.told, self.said = self._capsys.readouterr()
        return code

    @property
    def pairs(self) -> str:
        return (self.folder / "pairs.csv").read_bytes().decode()

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text(), parse_float=Decimal)
        return found
