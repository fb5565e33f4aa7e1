"""What a draft says it has changed."""

from datetime import timedelta

from services.matching.domain import Difference, MatchRun
from tests.unit.matching.builders import LATER, MANAGER, a_draft, a_pair, a_programme


def test_a_draft_is_compared_with_the_draft_before_and_never_with_a_match_that_was_published() -> None:
    programme = a_programme()
    draft = a_draft(a_pair(), a_pair("amara", "deborah"))
    nxt = a_draft(a_pair(), a_pair("amara", "jonas"), previous_run_id=draft.id)
    assert nxt.difference_from(draft) == Difference(added=[("amara", "jonas")], removed=[("amara", "deborah")], kept=1)

    nxt.publish(LATER)
    draft.supersede()
    assert nxt.difference_from(draft) is not None, "it was made from this draft, whatever came of it"
    for settled in (nxt, draft):
        assert MatchRun.start(programme, settled, by=MANAGER, at=LATER).previous_run_id is None
    late = a_draft(a_pair("mei", "jonas"), previous_run_id=nxt.id)
    late.requested_at = LATER + timedelta(minutes=1)
    assert late.difference_from(nxt) is None, "a run between the two failed, and the draft was published meanwhile"

    nxt.undo(LATER)
    assert MatchRun.start(programme, nxt, by=MANAGER, at=LATER).previous_run_id == nxt.id


def test_a_pair_that_was_forbidden_in_a_draft_is_gone_in_the_next() -> None:
    draft = a_draft(a_pair(), a_pair("amara", "deborah"))
    draft.forbid("amara", "deborah")
    draft.forbid("mei", "rui")
    nxt = a_draft(a_pair(), a_pair("amara", "jonas"), previous_run_id=draft.id)
    assert nxt.difference_from(draft) == Difference(added=[("amara", "jonas")], removed=[("amara", "deborah")], kept=1)
