"""A pool shows a programme's mentors as they are, whatever has changed since it was prepared."""

from collections.abc import Mapping
from typing import Any

from services.matching.domain import Enrolment, Person, Programme, Role, Wishes
from services.matching.engine import Wanted
from services.matching.handlers.cohort import Field
from services.matching.handlers.engine_words import participant_of
from services.matching.handlers.pool import Pool
from tests.unit.matching.builders import LATER, MANAGER, a_person, a_programme, an_enrolment


class House:
    """A programme with Linh, who looks, and three mentors, and a pool that hears of changes."""

    def __init__(self, **terms: Any) -> None:
        self.programme: Programme = a_programme(**terms)
        roles: Mapping[str, Role] = {"linh": Role.PROTEGE, "amara": Role.MENTOR, "deborah": Role.MENTOR, "rui": Role.MENTOR}
        self.enrolments: dict[str, Enrolment] = {name: an_enrolment(self.programme, name, role) for name, role in roles.items()}
        self.people: dict[str, Person] = {name: a_person(name) for name in roles}
        self.pool = self.prepared()

    def prepared(self) -> Pool:
        return Pool(
            Field(
                programme=self.programme,
                enrolments=dict(self.enrolments),
                people=dict(self.people),
                places=dict.fromkeys(self.enrolments, 1),
                managers={"linh": "boss"},
                partnered={},
                declined=frozenset(),
            )
        )

    def change(self, person_id: str) -> Enrolment:
        """A copy of somebody's enrolment to be changed, a version further on."""
        enrolment = self.enrolments[person_id].model_copy(deep=True)
        enrolment.version += 1
        self.enrolments[person_id] = enrolment
        return enrolment

    def shown(self, **wanted: Any) -> list[str]:
        linh = participant_of(self.enrolments["linh"], self.people["linh"], None)
        finder = self.pool.finder_for(linh) or self.pool.prepare_for(linh)
        seen = self.pool.find(finder, "linh", Wanted(**wanted), most=50, after=0)
        return [pair.mentor_id for pair in seen.pairs]


EVERYBODY = ["amara", "deborah", "rui"]


def test_a_mentor_whose_last_place_is_taken_is_full_at_once_and_free_again_afterwards() -> None:
    house = House()
    taken = house.change("rui")
    taken.take_place("p")
    house.pool.enrolment_changed(taken)
    assert house.shown() == ["amara", "deborah"]
    assert house.shown(full_too=True) == EVERYBODY
    assert not house.pool.has_place("rui")
    freed = house.change("rui")
    freed.free_place(LATER, completed=False)
    house.pool.enrolment_changed(freed)
    house.pool.enrolment_changed(taken)  # heard late
    assert house.shown() == EVERYBODY
    assert not house.pool.stale


def test_who_withdraws_or_leaves_is_not_shown_even_when_full_ones_are() -> None:
    house = House()
    gone = house.change("rui")
    gone.withdraw(house.programme, by="rui", at=LATER)
    house.pool.enrolment_changed(gone)
    house.pool.person_changed(a_person("amara", active=False))
    assert house.shown(full_too=True) == ["deborah"]


def test_who_has_said_no_or_is_a_partner_is_not_shown_to_the_other() -> None:
    house = House()
    house.pool.declined("linh", "rui")
    house.pool.partnered("linh", "amara")
    assert house.shown() == ["deborah"]
    lenient = House(rules={"never_after_no": False})
    lenient.pool.declined("linh", "rui")
    assert lenient.shown() == EVERYBODY


def test_what_a_mentor_says_anew_makes_it_stale_and_what_makes_no_difference_does_not() -> None:
    house = House()
    house.pool.person_changed(a_person("rui", email="new@example.org"))
    house.pool.person_changed(a_person("stranger", manager_id="boss"))
    house.pool.enrolment_changed(house.change("rui"))
    assert not house.pool.stale
    said = house.change("rui")
    said.revise(house.programme, Wishes(strengths=["chess"]), by="rui")
    house.pool.enrolment_changed(said)
    assert house.pool.stale


def test_new_mentors_and_other_managers_make_it_stale() -> None:
    house = House()
    house.pool.enrolment_changed(an_enrolment(house.programme, "mei", Role.MENTOR))
    assert house.pool.stale
    moved = House()
    moved.pool.person_changed(a_person("linh", manager_id="rui"))
    assert moved.pool.stale
    moved.people["linh"] = a_person("linh", manager_id="rui")
    waiting = House()
    asked = Enrolment.request(waiting.programme, a_person("mei"), Role.MENTOR, Wishes(), by=MANAGER, at=LATER)
    waiting.pool.enrolment_changed(asked)
    assert not waiting.pool.stale, "nobody has taken her in yet"


def test_a_protege_who_has_said_something_new_finds_by_that_at_once() -> None:
    house = House()
    rui = house.change("rui")
    rui.revise(house.programme, Wishes(strengths=["chess"]), by="rui")
    house.pool = house.prepared()
    assert house.shown() == EVERYBODY
    linh = house.change("linh")
    linh.revise(house.programme, Wishes(needs=["chess"]), by="linh")
    house.pool.enrolment_changed(linh)
    assert house.shown() == ["rui", "amara", "deborah"]
