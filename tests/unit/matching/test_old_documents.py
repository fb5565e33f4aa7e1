"""What earlier versions have saved is understood: `old_documents.json` holds documents as the first version wrote them."""

from pathlib import Path
from typing import Any

import pytest
from bson import json_util

from services.matching.domain import Enrolment, Partnership, Person, Programme, Proposal
from services.matching.domain.enrolment import EnrolmentState
from shared.aggregate import Aggregate

AWARE = json_util.JSONOptions(tz_aware=True)
DOCUMENTS: dict[str, list[dict[str, Any]]] = json_util.loads(Path(__file__).with_name("old_documents.json").read_text(), json_options=AWARE)


@pytest.mark.parametrize(
    ("collection", "kind"),
    [("programmes", Programme), ("enrolments", Enrolment), ("proposals", Proposal), ("partnerships", Partnership), ("people", Person)],
)
def test_everything_an_earlier_version_has_saved_can_be_read(collection: str, kind: type[Aggregate]) -> None:
    for document in DOCUMENTS[collection]:
        assert kind.from_document(document).id == document["_id"]


def test_whoever_had_come_to_the_end_of_a_partnership_waits_for_no_other() -> None:
    states = {row["person_id"]: Enrolment.from_document(row).state for row in DOCUMENTS["enrolments"]}
    assert states == {"linh": EnrolmentState.APPROVED, "rui": EnrolmentState.APPROVED, "amara": EnrolmentState.ENDED}


def test_the_weights_of_before_still_add_up_to_what_they_did() -> None:
    weights = Programme.from_document(DOCUMENTS["programmes"][0]).terms.weights
    assert (weights.needs, weights.learning, sum(dict(weights).values())) == (30, 10, 100)
