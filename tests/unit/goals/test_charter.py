from typing import Any

import pytest
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
