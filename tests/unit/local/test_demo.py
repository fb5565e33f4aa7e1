from zoneinfo import ZoneInfo

from deploy.local import demo


def test_the_demo_company_has_three_hundred_people_in_five_time_zones() -> None:
    people = demo.people()
    assert len(people) == len({person.employee_id for person in people}) == len(demo.by_email()) == 300
    assert len({ZoneInfo(person.zone) for person in people}) == 5
    assert {person.level for person in people} == set(range(1, 10))
    assert all(person.email.endswith(".example") for person in people)


def test_everyone_reports_to_somebody_of_a_higher_level_up_to_one_head() -> None:
    people = {person.employee_id: person for person in demo.people()}
    assert len([person for person in people.values() if not person.manager_employee_id]) == 1
    for person in people.values():
        if person.manager_employee_id:
            assert people[person.manager_employee_id].level > person.level


def test_those_one_can_sign_in_as_are_employees() -> None:
    assert [sign_in.employee.name for sign_in in demo.SIGN_INS] == ["Sofie Lindqvist", "Inês Carvalho", "Deborah Okafor", "Ravi Menon"]


def test_somebody_is_found_by_address_and_by_name() -> None:
    assert demo.find(" Ines.Carvalho@alder.example") is demo.find("inês carvalho") is demo.PROTEGE.employee
    assert demo.find("nobody") is None
