"""`python -m tests.faults.document`: writes the tables of docs/faults.md from the scenarios and protections there are."""

import re
from pathlib import Path

from tests.faults import scenarios
from tests.faults.changes import PROTECTIONS
from tests.faults.scenario import SCENARIOS

assert scenarios.__all__

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"


def written() -> str:
    """The document as it should be."""
    played = ["| no. | what happens | quick | protection |", "|---|---|---|---|"]
    played += [f"| {one.number} | {one.says} | {'yes' if one.quick else ''} | `{one.without}` |" for one in SCENARIOS]
    wanted = sorted({one.without for one in SCENARIOS})
    taken_out = ["| protection | without it |", "|---|---|", *(f"| `{name}` | {PROTECTIONS[name]} |" for name in wanted)]
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, rows in (("scenarios", played), ("protections", taken_out)):
        table = f"<!-- {name} -->\n" + "\n".join(rows) + "\n"
        text = re.sub(rf"<!-- {name} -->\n(\|.*\n)*", lambda _, table=table: table, text)  # type: ignore[misc] # a default keeps this round's table
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(written(), encoding="utf-8")
