"""What one match does differently from another."""

from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.differences import Change, ChangeKind, differences

Match = dict[tuple[str, str], int]
matches = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), st.integers(0, 10))


def test_everybody_is_told_apart_who_gained_lost_or_moved() -> None:
    before = {("amara", "rui"): 50, ("linh", "rui"): 60, ("mei", "deborah"): 70}
    after = {("amara", "rui"): 50, ("linh", "deborah"): 80, ("noor", "rui"): 40}
    found = differences(before, after)
    assert found.changes == (
        Change(protege_id="linh", kind=ChangeKind.MOVED, before=(("rui", 60),), after=(("deborah", 80),)),
        Change(protege_id="mei", kind=ChangeKind.LOST, before=(("deborah", 70),), after=()),
        Change(protege_id="noor", kind=ChangeKind.GAINED, before=(), after=(("rui", 40),)),
    )
    assert found.mentors == {}
    assert found.kept == 1


def test_mentors_with_another_number_of_people_are_named() -> None:
    assert differences({("linh", "rui"): 1, ("mei", "rui"): 1}, {("linh", "rui"): 1}).mentors == {"rui": (2, 1)}


@given(matches, matches)
def test_backwards_what_was_gained_is_lost_and_nothing_differs_from_itself(
    one: dict[tuple[str, str], int], other: dict[tuple[str, str], int]
) -> None:
    assert differences(one, one).changes == ()
    there, back = differences(one, other), differences(other, one)
    assert [(c.protege_id, c.before, c.after) for c in there.changes] == [(c.protege_id, c.after, c.before) for c in back.changes]
    assert there.kept == back.kept
    gained = sum(change.kind is ChangeKind.GAINED for change in there.changes)
    assert gained == len({p for p, _ in other} - {p for p, _ in one})
