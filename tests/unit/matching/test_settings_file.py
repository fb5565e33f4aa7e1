"""A programme's settings as a file: what is written is read again, and every mistake is found in its line."""

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from services.matching.domain import Terms
from services.matching.domain.settings import LARGEST_FILE, Roles, Settings, differences, read_settings, write_settings
from services.matching.handlers.settings import (
    DraftFromSettings,
    ExportSettings,
    ImportSettings,
    SettingsReport,
    draft_from_settings,
    export_settings,
    import_settings,
)
from shared.contracts.matching import ProgrammeRevised
from tests.unit.matching.builders import MANAGER, NOON
from tests.unit.matching.test_handlers import Story

LEAST = 'name = "Leaders"\nstarts_on = 2027-01-01\nends_on = 2027-12-31\n'

words = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() == text)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
rules = st.one_of(
    st.fixed_dictionaries({"field": st.sampled_from(["department", "location", "language"]), "none_of": st.lists(words, min_size=1)}),
    st.fixed_dictionaries({"field": st.just("level"), "at_least": st.integers(1, 9)}),
)


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """Any that make sense."""
    starts_on = draw(days)
    always_open = draw(st.booleans())
    return Settings(
        name=draw(words),
        kind="always_open" if always_open else "cohort",
        form=draw(st.sampled_from(["one_to_one", "circle", "flash", "peer", "reverse"])),
        starts_on=starts_on,
        ends_on=None if always_open else starts_on + timedelta(days=draw(st.integers(1, 900))),
        flash={"meetings": 1, "rounds": draw(st.integers(1, 20))},
        partnership_weeks=draw(st.none() | st.integers(1, 520)),
        called={"protege": draw(words), "proteges": draw(words)},
        enrolment={"only": draw(st.lists(rules, max_size=3))},
        questions=[
            {"id": f"q{place}", "label": label, "kind": "choice", "options": ["yes", label + "!"]}
            for place, label in enumerate(draw(st.lists(words, max_size=3)))
        ],
        aliases=draw(st.lists(st.lists(words, min_size=2, max_size=3, unique=True), max_size=2)),
        roles=draw(st.none() | st.builds(Roles, managers=st.lists(words, min_size=1, max_size=2))),
    )


@trials(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(settings())
def test_what_is_written_is_read_again(written: Settings) -> None:
    text = write_settings(written)
    read = read_settings(text.encode())
    assert read.problems == []
    assert read.settings == written
    assert write_settings(read.settings) == text, "and written in the same order"
    assert differences(written, read.settings) == []


def test_every_setting_of_a_programme_is_in_the_file_with_its_name() -> None:
    text = write_settings(Settings.model_validate(tomllib.loads(LEAST)))
    for name in Terms.model_fields:
        assert f"\n{name} =" in text or f"\n# {name} =" in text or f"\n[{name}]" in text, name


def test_a_file_with_dos_line_ends_and_a_mark_at_its_beginning_is_read_like_any() -> None:
    read = read_settings(b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode())
    assert read.settings is not None
    assert read.settings.name == "Leaders"


WRONG: list[tuple[str, list[tuple[int, str]]]] = [
    ("", [(1, "name"), (1, "starts_on")]),
    (LEAST + "capacity = 3\n", [(4, "capacity")]),
    (LEAST + "default_capacity = 0\n", [(4, "default_capacity")]),
    (LEAST + "default_capacity = -1\n", [(4, "default_capacity")]),
    (LEAST + "default_capacity = true\n", [(4, "default_capacity")]),
    (LEAST + 'default_capacity = "3"\n', [(4, "default_capacity")]),
    (LEAST.replace("2027-12-31", "2026-12-31"), [(3, "ends_on")]),
    (LEAST.replace("2027-12-31", '"soon"'), [(3, "ends_on")]),
    (LEAST.replace('"Leaders"', '" "'), [(1, "name")]),
    (LEAST + 'kind = "always_open"\n', [(3, "ends_on")]),
    (LEAST + "\n[weights]\nneeds = 101\ncharm = 3\n", [(7, "weights.charm")]),
    (LEAST + "\n[weights]\nneeds = 101\n", [(6, "weights.needs")]),
    (LEAST + 'weights.needs = "much"\n', [(4, "weights.needs")]),
    (LEAST + "[enrolment]\nopens_on = 2027-02-01\ncloses_on = 2027-01-01\n", [(6, "enrolment.closes_on")]),
    (
        LEAST + '[[enrolment.only]]\nfield = "level"\nat_least = 2\n[[enrolment.only]] # second\nfield = "level"\none_of = ["3"]\n',
        [(8, "enrolment.only.1.field")],
    ),
    (
        LEAST + '[[questions]]\nid = "a"\nlabel = "A?"\n\n[[questions]]\nid = "b"\nlabel = "  "\nkind = "number"\n',
        [(10, "questions.1.label")],
    ),
    (LEAST + 'questions = [{ id = "a", label = "A?", kind = "riddle" }]\n', [(4, "questions.0.kind")]),
    (LEAST + "[roles]\nmanagers = []\n", [(5, "roles.managers")]),
    (LEAST + '[called]\nmentor = "coach"\n', [(4, "called.mentors")]),
    ("name = \n", [(1, "")]),
    (LEAST + 'name = "twice"\n', [(4, "")]),
    (LEAST + "[weights]\nneeds = 1" + "0" * 5_000 + "\n", [(1, "")]),
    ("aliases = " + "[" * 5_000, [(1, "")]),
    (LEAST + "#" * LARGEST_FILE, [(1, "")]),
    (LEAST + '[[questions]]\nid = "a"\nlabel = "A?"\nkind = "number"\ncounts = "close"\nwithin = inf\n', [(1, "")]),
]


@pytest.mark.parametrize(("text", "found"), WRONG)
def test_every_mistake_is_found_in_its_line(text: str, found: list[tuple[int, str]]) -> None:
    read = read_settings(text.encode())
    assert read.settings is None
    assert [(problem.line, problem.field) for problem in read.problems] == found
    assert all(problem.reason.endswith(".") for problem in read.problems)


def test_text_that_is_no_text_is_found_in_its_line() -> None:
    (problem,) = read_settings(LEAST.encode() + b'name = "\xff"').problems
    assert (problem.line, problem.reason) == (4, "This is not UTF-8 text.")


def test_the_difference_names_each_setting_that_becomes_another() -> None:
    before = Settings.model_validate(tomllib.loads(LEAST + '[[questions]]\nid = "a"\nlabel = "A?"\n'))
    after = Settings.model_validate(tomllib.loads(LEAST.replace("Leaders", "Heads") + "[weights]\nneeds = 7\n"))
    changes = {change.field: (change.before, change.after) for change in differences(before, after)}
    assert changes.pop("name") == ('"Leaders"', '"Heads"')
    assert changes.pop("weights.needs") == ("30", "7")
    assert changes.pop("questions.0.label") == ('"A?"', None)
    assert all(field.startswith("questions.0.") for field in changes)


# ---------------------------------------------------------------- what is done with it


class Desk(Story):
    """A programme, and files about it."""

    async def exported(self) -> str:
        return str(await self.run(export_settings, ExportSettings(programme_id=self.programme_id, by=MANAGER)))

    async def compare(self, text: str, *, commit: bool = False) -> SettingsReport:
        command = ImportSettings(programme_id=self.programme_id, file=text.encode(), commit=commit, by=MANAGER, at=NOON)
        report: SettingsReport = await self.run(import_settings, command)
        return report

    async def set_up(self, text: str, *, commit: bool) -> SettingsReport:
        roles = frozenset({"administrator"})
        command = DraftFromSettings(file=text.encode(), commit=commit, by="sofie", roles=roles, at=NOON)
        report: SettingsReport = await self.run(draft_from_settings, command)
        return report

    def programme(self) -> dict[str, Any]:
        return self.memory.collections["programmes"][self.programme_id]


@pytest.fixture
async def desk() -> Desk:
    one = Desk()
    await one.begin({})
    for person_id in (MANAGER, "sofie", "ada"):
        await one.know(person_id)
    return one


async def test_a_file_changes_nothing_until_it_is_committed(desk: Desk) -> None:
    text = (await desk.exported()).replace('name = "Leaders"', 'name = "Heads"').replace("needs = 30", "needs = 7")
    before = dict(desk.programme())
    compared = await desk.compare(text)
    assert ([change.field for change in compared.changes], compared.committed) == (["name", "weights.needs"], False)
    assert desk.programme() == before
    assert (await desk.compare(text, commit=True)).committed
    assert desk.programme()["terms"]["weights"]["needs"] == 7
    assert (await desk.compare(text)).changes == []
    assert [event.name for event in desk.told(ProgrammeRevised)] == ["Heads"]


async def test_a_file_with_a_mistake_changes_nothing_at_all(desk: Desk) -> None:
    before = dict(desk.programme())
    for spoil in (
        ("needs = 30", "needs = 101"),
        ('form = "one_to_one"', 'form = "peer"'),
        ('managers = ["manager@example.org"]', 'managers = ["manager@example.org", "nobody@example.org"]'),
    ):
        text = (await desk.exported()).replace('name = "Leaders"', 'name = "Heads"').replace(*spoil)
        report = await desk.compare(text, commit=True)
        (wrong,) = report.wrong
        assert text.split("\n")[wrong.line - 1].startswith(spoil[1].split(" =")[0]), wrong
        assert not report.committed
        assert desk.programme() == before


async def test_roles_are_given_by_the_file_and_stay_when_it_is_silent(desk: Desk) -> None:
    text = await desk.exported()
    named = text.replace('["manager@example.org"]', '["manager@example.org", "E-sofie"]').replace("auditors = []", 'auditors = ["ada"]')
    await desk.compare(named, commit=True)
    assert (desk.programme()["manager_ids"], desk.programme()["auditor_ids"]) == ([MANAGER, "sofie"], ["ada"])
    silent = text[: text.index("[roles]")]
    assert (await desk.compare(silent, commit=True)).committed
    assert desk.programme()["manager_ids"] == [MANAGER, "sofie"]


async def test_a_programme_is_set_up_by_the_file_of_another(desk: Desk) -> None:
    text = await desk.exported()
    rehearsed = await desk.set_up(text, commit=False)
    assert (rehearsed.wrong, rehearsed.programme_id, len(desk.memory.collections["programmes"])) == ([], None, 1)
    made = await desk.set_up(text, commit=True)
    assert made.programme_id is not None
    other = desk.memory.collections["programmes"][made.programme_id]
    assert (other["terms"], other["state"], other["manager_ids"]) == (desk.programme()["terms"], "draft", [MANAGER])
