"""What managers decide about a programme: every setting has its place, and what is wrong is said beside the field."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from services.matching.domain import Terms
from services.portal.api import programme_settings, programmes, settings_file
from services.portal.api.programme_settings import PARTS
from services.portal.api.terms import MAY_BE_EMPTY, ROWS, SETTINGS, filled, taken, terms_of
from services.portal.pages.form import Form
from services.portal.pages.texts import texts
from services.portal.pages.words_settings import name_of, row_names, setting_names
from tests.unit.portal.pages.answers import PROGRAMME, a_comparison, a_programme
from tests.unit.portal.pages.settings_pages import HERE, MISTAKES
from tests.unit.portal.pages.world import Company, a_full_company, refused

GERMAN = texts("de")
NEW = {"name": "Leaders 2027", "kind": "cohort", "form": "circle", "starts_on": "2027-01-10", "ends_on": "2027-09-01"}


def html_of(answer: Any) -> str:
    return bytes(answer.body).decode()


def paths_of(model: type[BaseModel], before: str = "") -> set[str]:
    """Every setting that is no group of others."""
    found = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= paths_of(inner, f"{before}{name}.")
        else:
            found.add(before + name)
    return found


def test_every_setting_has_a_place_on_some_page() -> None:
    assert set(SETTINGS) == set(Terms.model_fields)
    on_pages = {path for part in PARTS.values() for path in (*part.fields, *part.groups)}
    assert on_pages == paths_of(Terms)
    assert set(setting_names(GERMAN)) >= on_pages


def test_every_field_of_a_question_and_of_a_rule_is_on_the_page() -> None:
    question, rule = Terms.model_fields["questions"].annotation, Terms.model_fields["enrolment"].annotation
    assert set(ROWS["questions"][0]) == set(question.__args__[0].model_fields)  # type: ignore[union-attr]
    assert set(ROWS["enrolment.only"][0]) == set(rule.model_fields["only"].annotation.__args__[0].model_fields)  # type: ignore[union-attr]
    assert {name for fields, _key in ROWS.values() for name in fields} == set(row_names(GERMAN))


def test_only_what_matching_lets_be_nothing_may_be_left_empty() -> None:
    nothing = {path for path in paths_of(Terms) if _default(path) is None}
    assert nothing - {"name", "starts_on"} == MAY_BE_EMPTY


def _default(path: str) -> Any:
    found: Any = Terms(name="x", starts_on="2027-01-01", ends_on=None)
    for part in path.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", PARTS)
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(name: str) -> None:
    programme = a_programme()
    part = PARTS[name]
    shown = filled(programme, part.fields, part.groups)
    sent = Form({field: value for field, value in shown.values.items() if value not in ("", None)} | _left_empty(shown))
    found = taken(sent, part.fields, terms_of(programme), GERMAN, part.groups)
    assert found.wrong == {}
    assert Terms.model_validate(found.terms) == Terms.model_validate(terms_of(programme))


def _left_empty(shown: Form) -> dict[str, str]:
    return {field: "" for field, value in shown.values.items() if value is None}


async def test_a_new_programme_needs_five_answers_and_is_as_usual_in_the_rest() -> None:
    company = a_full_company()
    company.matching.by_path["POST /programmes"] = {"programme_id": "new"}
    page = company.page("/manage/programmes/new", NEW)
    await programmes.create(page)
    assert page.answered is not None
    assert page.answered[0] == "/manage/programmes/new"
    assert company.matching.asked[-1] == ("POST", "/programmes", NEW)
    Terms.model_validate(NEW).check()


async def test_what_is_no_day_is_said_without_asking_a_service() -> None:
    company = a_full_company()
    html = html_of(await programmes.create(company.page("/manage/programmes/new", {**NEW, "starts_on": "", "ends_on": "soon"})))
    assert html.count("Choose a day.") == 2
    assert 'value="Leaders 2027"' in html
    assert company.matching.asked == []


async def test_a_refused_programme_keeps_what_was_typed_with_the_reason_beside_its_field() -> None:
    company = a_full_company(locale="de")
    company.matching.by_path["POST /programmes"] = refused(422, ends_on="A cohort needs a last day.")
    html = html_of(await programmes.create(company.page("/manage/programmes/new", {**NEW, "ends_on": ""})))
    assert 'value="Leaders 2027"' in html
    assert "Ein Jahrgang braucht einen letzten Tag." in html[html.index('id="ends_on-error"') :][:400]


async def change(company: Company, part: Any, form: dict[str, str], **wrong: str) -> str:
    if wrong:
        company.matching.by_path[f"PUT /programmes/{PROGRAMME}"] = refused(422, **wrong)
    act = programme_settings.change_part(PROGRAMME, part, page := company.page(f"{HERE}/{part}", form))
    answer = await act
    return page.answered[0] if page.answered else html_of(answer)


async def test_a_part_that_is_saved_leaves_the_others_as_they_are() -> None:
    company = a_full_company()
    before = a_programme()
    where = await change(company, "words", {"aliases": "talks, speeches\n\nbudget, money", "no_aliases": "Rust"})
    assert where == f"{HERE}/words"
    method, path, sent = company.matching.asked[-1]
    assert (method, path) == ("PUT", f"/programmes/{PROGRAMME}")
    assert sent == terms_of(before) | {
        "aliases": [["talks", "speeches"], ["budget", "money"]],
        "no_aliases": ["Rust"],
        "compare_meanings": False,
    }


async def test_a_programme_that_becomes_always_open_loses_the_days_of_a_cohort() -> None:
    company = a_full_company()
    form = {**NEW, "kind": "always_open", "matching_on": "2027-02-01", "default_capacity": "2", "largest_capacity": "5"}
    form |= {"circle.smallest": "3", "circle.largest": "6", "free_places": "offered"}
    await programme_settings.change_basics(PROGRAMME, company.page(HERE, form))
    sent = company.matching.asked[-1][2]
    assert (sent["ends_on"], sent["matching_on"], sent["enrolment"]["closes_on"]) == (None, None, None)
    Terms.model_validate(sent).check()


async def test_an_always_open_programme_is_shown_without_an_end() -> None:
    company = a_full_company()
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(kind="always_open", ends_on=None)
    assert "2 June</time> on" in html_of(await programmes.programme(PROGRAMME, company.page(f"/manage/programmes/{PROGRAMME}")))


async def test_rules_on_people_are_sent_as_the_service_knows_them() -> None:
    company = a_full_company()
    form = {"enrolment.approval": "by_rule", "self_service.days_to_answer": "3", "self_service.days_for_managers": "5"}
    form |= {"enrolment.only.0.field": "", "enrolment.only.1.field": "level", "enrolment.only.1.at_least": "3"}
    form |= {"enrolment.only.1.for_role": "mentor", "enrolment.approve_if.0.field": "department"}
    form |= {"enrolment.approve_if.0.one_of": "Research, Development\nFinance", "enrolment.approve_if.0.for_role": "both"}
    await change(company, "enrolment", form)
    terms = Terms.model_validate(company.matching.asked[-1][2])
    terms.check()
    assert [(rule.field, rule.at_least) for rule in terms.enrolment.only] == [("level", 3)]
    assert terms.enrolment.approve_if[0].one_of == ["Research, Development", "Finance"]
    assert not terms.self_service.offered


async def test_a_refused_rule_says_so_in_the_row_it_was_written_in() -> None:
    company = a_full_company(locale="de")
    form = {"enrolment.only.0.field": "", "enrolment.only.1.field": "level", "enrolment.only.1.at_least": "0"}
    form |= {"self_service.days_to_answer": "3", "self_service.days_for_managers": "5"}
    html = await change(company, "enrolment", form, enrolment__only__0__at_least="A level is a whole number, 1 or more.")
    assert 'id="enrolment.only.1.at_least-error"' in html
    assert "Eine Stufe ist eine ganze Zahl ab 1." in html


async def test_a_new_question_gets_a_name_that_no_other_has_and_an_empty_one_is_dropped() -> None:
    company = a_full_company()
    form = {"questions.0.id": "q2", "questions.0.label": "Which site?", "questions.0.kind": "choice", "questions.0.weight": "0"}
    form |= {"questions.0.options": "Lisbon, Portugal\nOsaka", "questions.0.counts": "not", "questions.0.for_role": "both"}
    form |= {"questions.1.id": "q7", "questions.1.label": " ", "questions.2.id": "", "questions.2.label": "How many?"}
    form |= {"questions.2.kind": "number", "questions.2.counts": "close", "questions.2.weight": "10", "questions.2.within": "2,5"}
    form |= {"questions.2.for_role": "both", "questions.2.options": "left over"}
    await change(company, "questions", form)
    terms = Terms.model_validate(company.matching.asked[-1][2])
    terms.check()
    assert [(one.id, one.options, one.within) for one in terms.questions] == [("q2", ["Lisbon, Portugal", "Osaka"], None), ("q1", [], 2.5)]


async def test_a_weight_that_is_no_number_is_said_beside_its_question() -> None:
    company = a_full_company()
    html = await change(company, "questions", {"questions.3.id": "", "questions.3.label": "Why?", "questions.3.weight": "much"})
    assert "Write a number." in html[html.index('id="questions.3.weight-error"') :][:300]
    assert all(method == "GET" for method, _path, _sent in company.matching.asked)


async def test_one_more_row_is_added_without_saving_anything() -> None:
    company = a_full_company()
    html = await change(company, "questions", {"questions.0.label": "Why?", "more": "questions"})
    assert 'name="questions.1.label"' in html
    assert all(method == "GET" for method, _path, _sent in company.matching.asked)


async def test_the_outlook_says_how_many_would_have_nobody() -> None:
    html = html_of(await programme_settings.part(PROGRAMME, "matching", a_full_company().page()))
    assert "3 protégés would have nobody." in html
    assert html.index("no language in common") < html.index("Which site do you like best?") < html.index("in one line of management")


async def test_a_file_is_looked_at_first_and_taken_over_only_when_asked() -> None:
    company = a_full_company()
    html = html_of(await settings_file.take_over(PROGRAMME, company.page(f"{HERE}/file", {"text": 'name = "x"'})))
    assert "<del>2027-03-31</del>" in html
    assert company.matching.asked[-1][2] == {"content": b'name = "x"', "content_type": "application/toml", "commit": False}
    company.matching.by_path[f"PUT /programmes/{PROGRAMME}/settings"] = a_comparison(committed=True)
    page = company.page(f"{HERE}/file", {"text": 'name = "x"', "commit": "yes"})
    await settings_file.take_over(PROGRAMME, page)
    assert company.matching.asked[-1][2]["commit"] is True
    assert page.answered is not None


async def test_a_file_with_a_mistake_names_line_setting_and_reason_and_cannot_be_taken_over() -> None:
    company = a_full_company(locale="de")
    company.matching.by_path[f"PUT /programmes/{PROGRAMME}/settings"] = a_comparison(wrong=MISTAKES)
    answer = await settings_file.take_over(PROGRAMME, company.page(f"{HERE}/file", {"text": "name ="}))
    html = html_of(answer)
    assert answer.status_code == 422
    assert "Eine Auswahl braucht mindestens zwei verschiedene Antworten." in html
    assert 'name="commit"' not in html


async def test_two_programmes_are_compared() -> None:
    company = a_full_company()
    html = html_of(await settings_file.file(PROGRAMME, company.page(f"{HERE}/file"), other="old"))
    assert ("GET", "/programmes/old/settings", None) in company.matching.asked
    assert "3 settings differ" in html


async def test_a_programme_is_set_up_from_a_file() -> None:
    company = a_full_company()
    company.matching.by_path["POST /programmes/from-settings"] = a_comparison(programme_id="new", committed=True, changes=[])
    page = company.page("/manage/programmes/from-file", {"text": 'name = "x"', "commit": "yes"})
    await settings_file.set_up(page)
    assert page.answered is not None
    assert page.answered[0] == "/manage/programmes/new"


def test_a_setting_in_a_comparison_is_called_as_on_the_page() -> None:
    assert name_of("circle.largest", GERMAN) == "Größter Kreis"
    assert name_of("questions.1.label", texts("en")) == "Questions of your own, 2: What do you ask?"
    assert name_of("enrolment.only.0.one_of", texts("en")) == "Who may enrol, 1: One of these"
    assert name_of("something.new", GERMAN) == "something.new"


def test_the_calendar_of_a_programme_is_in_order_and_says_what_comes_next() -> None:
    programme = a_programme(matching_on="2026-11-02", enrolment={"opens_on": "2026-06-10", "closes_on": "2026-10-30"})
    found = programmes.calendar(programme, date(2026, 10, 20), texts("en"))
    assert [(name, coming) for name, _day, coming in found] == [
        ("First day", False),
        ("People can enrol from", False),
        ("Last day to enrol", True),
        ("Day of the match", False),
        ("Last day", False),
    ]


async def test_a_manager_can_be_taken_off_and_the_last_one_cannot() -> None:
    company = a_full_company()
    page = company.page("/x", {"person_id": "p1"})
    await programmes.remove_manager(PROGRAMME, page)
    assert company.matching.asked[-1] == ("DELETE", f"/programmes/{PROGRAMME}/managers/p1", None)
    assert page.answered is not None
    assert page.answered[0] == f"/manage/programmes/{PROGRAMME}"
    no = "A programme needs somebody who manages it: name another manager first."
    company.matching.by_path[f"DELETE /programmes/{PROGRAMME}/managers/p1"] = refused(409, no)
    page = company.page("/x", {"person_id": "p1"})
    await programmes.remove_manager(PROGRAMME, page)
    assert page.answered is not None
    assert page.answered[1] == no


async def test_a_file_that_was_just_chosen_is_looked_at_before_anything_is_taken_over() -> None:
    company = a_full_company()
    upload = UploadFile(BytesIO(b'name = "y"'), filename="settings.toml")
    form: dict[str, Any] = {"file": upload, "text": 'name = "x"', "commit": "yes"}
    await settings_file.take_over(PROGRAMME, company.page(f"{HERE}/file", form))
    assert company.matching.asked[-1][2] == {"content": b'name = "y"', "content_type": "application/toml", "commit": False}
