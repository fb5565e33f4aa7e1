"""How the pages of a programme's settings are asked for: as they are, with one more row, and refused."""

from typing import Any

from fastapi.responses import Response

from services.portal.api import programme_settings, programmes, settings_file
from tests.unit.portal.pages.answers import PROGRAMME, a_comparison, a_programme, an_outlook
from tests.unit.portal.pages.world import Company, refused

HERE = f"/manage/programmes/{PROGRAMME}/settings"
QUESTIONS = {
    "questions.0.id": "q1",
    "questions.0.label": "Which site?",
    "questions.0.kind": "choice",
    "questions.0.options": "Lisbon\nOsaka",
}
QUESTIONS |= {"questions.0.counts": "same", "questions.0.weight": "5", "questions.1.id": "", "questions.1.label": "How old is your team?"}
QUESTIONS |= {"questions.1.kind": "number", "questions.1.counts": "close", "questions.1.weight": "10", "questions.1.within": "2,5"}
RULES = {"enrolment.only.0.field": "level", "enrolment.only.0.at_least": "3", "enrolment.only.0.for_role": "mentor"}
WRONG = "A programme must end after it begins."


async def part(company: Company, name: Any, form: dict[str, str] | None = None, **wrong: str) -> Response:
    if wrong:
        company.matching.by_path[f"PUT /programmes/{PROGRAMME}"] = refused(422, **wrong)
    if form is None:
        return await programme_settings.part(PROGRAMME, name, company.page(f"{HERE}/{name}"))
    return await programme_settings.change_part(PROGRAMME, name, company.page(f"{HERE}/{name}", form))


async def outlook(company: Company, **changes: Any) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}/outlook"] = an_outlook(**changes)
    return await part(company, "matching")


async def always_open(company: Company) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(kind="always_open", form="circle", ends_on=None)
    return await programme_settings.basics(PROGRAMME, company.page(HERE))


async def closed(company: Company) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(state="closed")
    return await programme_settings.basics(PROGRAMME, company.page(HERE))


async def refused_creation(company: Company) -> Response:
    company.matching.by_path["POST /programmes"] = refused(422, ends_on=WRONG)
    form = {"name": "Leaders", "kind": "cohort", "form": "circle", "starts_on": "2027-02-01", "ends_on": "2027-01-01"}
    return await programmes.create(company.page("/manage/programmes/new", form))


async def brought_in(company: Company, **changes: Any) -> Response:
    company.matching.by_path[f"PUT /programmes/{PROGRAMME}/settings"] = a_comparison(**changes)
    return await settings_file.take_over(PROGRAMME, company.page(f"{HERE}/file", {"text": 'name = "x"'}))


MISTAKES = [
    {"line": 3, "field": "ends_on", "reason": WRONG},
    {"line": 12, "field": "questions.1.options", "reason": "A choice needs at least two different options."},
    {"line": 1, "field": "", "reason": "This is not UTF-8 text."},
]

SETTINGS_PAGES: dict[str, Any] = {
    "settings-new": lambda company: programmes.new(company.page()),
    "settings-new-refused": refused_creation,
    "settings": lambda company: programme_settings.basics(PROGRAMME, company.page(HERE)),
    "settings-always-open": always_open,
    "settings-closed": closed,
    "settings-enrolment": lambda company: part(company, "enrolment"),
    "settings-enrolment-more": lambda company: part(company, "enrolment", {**RULES, "more": "enrolment.approve_if"}),
    "settings-enrolment-refused": lambda company: part(
        company,
        "enrolment",
        {**RULES, "self_service.days_to_answer": "40", "self_service.days_for_managers": "x"},
    ),
    "settings-questions": lambda company: part(company, "questions"),
    "settings-questions-more": lambda company: part(company, "questions", {**QUESTIONS, "more": "questions"}),
    "settings-questions-refused": lambda company: part(
        company, "questions", QUESTIONS, questions__1__weight="A weight is a whole number from 0 to 100."
    ),
    "settings-matching": lambda company: part(company, "matching"),
    "settings-words": lambda company: part(company, "words"),
    "settings-file": lambda company: settings_file.file(PROGRAMME, company.page(f"{HERE}/file")),
    "settings-file-nothing": lambda company: settings_file.take_over(PROGRAMME, company.page(f"{HERE}/file", {"text": ""})),
    "settings-file-brought-in": brought_in,
    "settings-file-wrong": lambda company: brought_in(company, wrong=MISTAKES),
    "settings-from-file": lambda company: settings_file.from_file(company.page()),
    "settings-from-file-read": lambda company: settings_file.set_up(company.page("/x", {"text": 'name = "x"'})),
}
SETTINGS_FULL_ONLY: dict[str, Any] = {
    "settings-matching-well": lambda company: outlook(company, without_anybody=0),
    "settings-matching-nobody": lambda company: outlook(company, excludes_everybody=["shared_language"]),
    "settings-words-tried": lambda company: programme_settings.part(PROGRAMME, "words", company.page(f"{HERE}/words?typed=speeking")),
    "settings-file-compared": lambda company: settings_file.file(PROGRAMME, company.page(f"{HERE}/file"), other="old"),
}
