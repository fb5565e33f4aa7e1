from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.goals.domain import (
    Charter,
    CharterHasChanged,
    CharterState,
    GroundRules,
    NothingToSign,
    NotYourPartnership,
    PartnershipHasEnded,
    TheOtherOneSigns,
    TheSameIsProposedAlready,
)
from shared.contracts.goals import CharterProposed, CharterSigned
from shared.errors import Rejected
from tests.unit.goals.builders import DAY, DEBORAH, INES, NOON, STRANGER, a_charter, a_partnership, a_signed_charter, an_agreement

RULES = {"cadence_weeks": 4, "minutes": 45, "agenda_style": "questions", "confidentiality": "between_us"}


def test_a_proposal_waits_for_the_other_one_and_acts_when_both_have_signed() -> None:
    charter = a_charter()
    charter.propose(an_agreement(cadence_weeks=3), by=INES, at=NOON)
    before = charter.state, charter.in_force
    charter.sign(1, by=DEBORAH, at=NOON + DAY)
    assert before == (CharterState.PROPOSED, None)
    assert charter.state is CharterState.SIGNED
    proposed, signed = charter.unpublished
    assert proposed == CharterProposed(partnership_id=charter.id, version=1, by_id=INES, other_id=DEBORAH, at=NOON)
    assert isinstance(signed, CharterSigned)
    assert (signed.cadence_weeks, signed.minutes, signed.version) == (3, 45, 1)


def test_the_other_one_may_propose_a_change_instead_of_signing() -> None:
    charter = a_charter()
    charter.propose(an_agreement("First"), by=INES, at=NOON)
    charter.propose(an_agreement("Second"), by=DEBORAH, at=NOON + DAY, based_on=1)
    charter.sign(2, by=INES, at=NOON + 2 * DAY)
    assert [(version.number, version.proposed_by_id, version.signed_at is not None) for version in charter.versions] == [
        (1, INES, False),
        (2, DEBORAH, True),
    ]


def test_signing_an_older_version_is_refused() -> None:
    charter = a_charter()
    charter.propose(an_agreement("First"), by=INES, at=NOON)
    charter.propose(an_agreement("Second"), by=INES, at=NOON)
    with pytest.raises(CharterHasChanged):
        charter.sign(1, by=DEBORAH, at=NOON)


def test_a_change_based_on_an_older_version_is_refused() -> None:
    charter = a_charter()
    charter.propose(an_agreement("First"), by=INES, at=NOON, based_on=0)
    with pytest.raises(CharterHasChanged):
        charter.propose(an_agreement("Mine, unread of yours"), by=DEBORAH, at=NOON, based_on=0)
    assert len(charter.versions) == 1


def test_what_was_signed_stays_in_force_until_the_change_is_signed_too() -> None:
    charter = a_signed_charter()
    charter.propose(an_agreement(cadence_weeks=2), by=DEBORAH, at=NOON + 2 * DAY)
    assert charter.state is CharterState.PROPOSED
    assert charter.in_force is charter.versions[0]
    charter.sign(2, by=INES, at=NOON + 3 * DAY)
    assert charter.in_force is charter.versions[1]


def test_every_version_is_kept_with_who_and_when() -> None:
    charter = a_signed_charter()
    charter.propose(an_agreement("Later"), by=DEBORAH, at=NOON + 2 * DAY)
    first, second = Charter.from_document(charter.to_document()).versions
    assert [(signature.person_id, signature.at) for signature in first.signatures] == [(INES, NOON), (DEBORAH, NOON + DAY)]
    assert (second.proposed_by_id, second.proposed_at) == (DEBORAH, NOON + 2 * DAY)


def test_the_proposer_cannot_sign_for_the_other_one() -> None:
    charter = a_charter()
    charter.propose(an_agreement(), by=INES, at=NOON)
    with pytest.raises(TheOtherOneSigns):
        charter.sign(1, by=INES, at=NOON)


def test_signing_twice_changes_nothing() -> None:
    charter = a_signed_charter()
    before = charter.model_copy(deep=True)
    charter.sign(1, by=DEBORAH, at=NOON + 5 * DAY)
    charter.sign(1, by=INES, at=NOON + 5 * DAY)
    assert charter == before


def test_sending_the_same_proposal_twice_changes_nothing() -> None:
    charter = a_charter()
    assert charter.propose(an_agreement(), by=INES, at=NOON, based_on=0) == 1
    assert charter.propose(an_agreement(), by=INES, at=NOON, based_on=0) == 1
    assert len(charter.versions) == 1
    assert len(charter.unpublished) == 1


def test_who_would_propose_the_same_words_needs_only_to_sign() -> None:
    charter = a_charter()
    charter.propose(an_agreement(), by=INES, at=NOON)
    with pytest.raises(TheSameIsProposedAlready):
        charter.propose(an_agreement(), by=DEBORAH, at=NOON)


def test_there_is_nothing_to_sign_before_the_first_proposal() -> None:
    with pytest.raises(NothingToSign):
        a_charter().sign(1, by=INES, at=NOON)


def test_a_refusal_records_nothing() -> None:
    charter = a_charter()
    with pytest.raises(NothingToSign):
        charter.sign(1, by=INES, at=NOON)
    assert charter.unpublished == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cadence_weeks", 0),
        ("cadence_weeks", 7),
        ("cadence_weeks", "often"),
        ("minutes", 50),
        ("agenda_style", "none"),
        ("confidentiality", "gossip"),
        ("cancel_notice_hours", -1),
        ("cancel_notice_hours", "one day"),
        ("between_meetings", "x" * 4001),
        ("unknown", 1),
    ],
)
def test_a_wrong_ground_rule_is_refused_at_its_own_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        GroundRules.model_validate({**RULES, field: value})
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


@pytest.mark.parametrize("weeks", [1, 2, 3, 4, 5, 6])
def test_every_rhythm_the_product_knows_can_be_agreed(weeks: int) -> None:
    rules: dict[str, Any] = {**RULES, "cadence_weeks": weeks}
    assert GroundRules.model_validate(rules).cadence_weeks == weeks


def test_only_the_two_have_a_charter_and_only_while_they_are_a_pair() -> None:
    with pytest.raises(NotYourPartnership):
        a_partnership().must_be_of(STRANGER)
    with pytest.raises(PartnershipHasEnded):
        a_partnership(ended_at=NOON).must_be_running_for(INES)
    a_partnership(ended_at=NOON).must_be_of(INES)


clicks = st.tuples(st.sampled_from(["propose", "sign"]), st.sampled_from([INES, DEBORAH]), st.integers(0, 4), st.sampled_from("abc"))


@given(st.lists(clicks, max_size=12))
def test_whatever_the_two_click_what_is_in_force_was_read_and_signed_by_both(clicked: list[tuple[str, str, int, str]]) -> None:
    charter, said = a_charter(), dict[int, str]()
    for minute, (what, by, number, words) in enumerate(clicked):
        at = NOON + minute * DAY / 1440
        with suppress(Rejected):
            if what == "propose":
                said.setdefault(charter.propose(an_agreement(words), by=by, at=at, based_on=number), words)
            else:
                charter.sign(number, by=by, at=at)
    assert [version.number for version in charter.versions] == list(range(1, len(charter.versions) + 1))
    assert [version.agreement.needs.protege_needs for version in charter.versions] == [said[number] for number in sorted(said)]
    signed = [version for version in charter.versions if version.signed_at]
    assert all({signature.person_id for signature in version.signatures} == {INES, DEBORAH} for version in signed)
    assert charter.in_force == (signed[-1] if signed else None)
    events = charter.unpublished
    assert [event.version for event in events if isinstance(event, CharterSigned)] == [version.number for version in signed]
    assert [event.version for event in events if isinstance(event, CharterProposed)] == [version.number for version in charter.versions]
