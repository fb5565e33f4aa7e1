"""The lives of what the services keep, as a page with a picture of each."""

from services.matching.domain.lives import LIVES
from services.matching.domain.states import Life, State

HEAD = """# States

Everything that waits has somebody who must act, a day by which, and something that happens when nobody does. This page is drawn from the
tables in `services/matching/domain/lives.py` by `make docs`; a test walks every state and everything that can be done in it.
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *(_section(life) for life in LIVES)])


def _section(life: Life) -> str:
    rows = "\n".join(_row(row) for row in life.states)
    return f"""## {life.name.capitalize()}

```mermaid
{_picture(life)}
```

| state | who must act | by when | what happens otherwise | seen to by |
|---|---|---|---|---|
{rows}
"""


def _picture(life: Life) -> str:
    first, *_ = life.states
    arrows = [f"{row.state} --> {step.to}: {step.does} ({step.who})" for row in life.states for step in row.steps]
    ends = [f"{row.state} --> [*]" for row in life.states if row.is_end]
    return "\n    ".join(["stateDiagram-v2", f"[*] --> {first.state}", *arrows, *ends])


def _row(row: State) -> str:
    if row.is_end:
        return f"| {row.state} | nobody: it is an end | | | |"
    return f"| {row.state} | {row.owner} | {row.deadline} | {row.overdue} | `{row.timer}` |"
