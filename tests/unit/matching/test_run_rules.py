"""The rules of match runs and their drafts, one sentence each."""

from datetime import timedelta

import pytest

from services.matching.domain import (
    CircleTooSmall,
    Failure,
    HardRuleBroken,
    LeftOut,
    MatchRun,
    MentorFull,
    NothingToPublish,
    NotPublished,
    PairLocked,
    PartnershipForm,
    PublishingUnderWay,
    RunNotDraft,
    RunSettled,
    RunState,
    RunUnderWay,
    ShortPlaces,
)
from shared.contracts.matching import MatchPublished, MatchPublishingUndone, MatchRunFailed, MatchRunFinished
from tests.unit.matching.builders import (
    LATER,
    MANAGER,
    NOON,
    a_draft,
    a_mentor,
    a_pair,
    a_programme,
    a_published_run,
    an_outcome,
)


def test_a_run_waits_for_the_one_before_and_inherits_what_was_decided() -> None:
    programme = a_programme()
    draft = a_draft(a_pair(), a_pair("amara", "deborah"))
    draft.lock(a_pair())
    draft.forbid(("amara", "deborah"))
    nxt = MatchRun.start(programme, draft, by=MANAGER, at=LATER)
    assert (nxt.number, nxt.locked, nxt.forbidden, nxt.previous_run_id) == (2, [("linh", "rui")], [("amara", "deborah")], draft.id)
    with pytest.raises(RunUnderWay):
        MatchRun.start(programme, nxt, by=MANAGER, at=LATER)


@pytest.mark.parametrize("ending", ["fail", "cancel"])
def test_a_run_after_one_without_a_draft_is_like_it(ending: str) -> None:
    programme = a_programme()
    draft = a_draft()
    draft.lock(a_pair())
    lost = MatchRun.start(programme, draft, by=MANAGER, at=LATER)
    if ending == "fail":
        lost.fail(Failure.FAULT, LATER)
    else:
        lost.cancel()
    again = MatchRun.start(programme, lost, by=MANAGER, at=LATER)
    assert (again.number, again.locked, again.previous_run_id) == (3, [("linh", "rui")], draft.id)


def test_a_run_after_a_published_one_locks_nothing_and_waits_until_all_are_asked() -> None:
    programme = a_programme()
    draft = a_draft(a_pair(), a_pair("amara", "deborah"))
    draft.lock(a_pair())
    draft.publish(LATER)
    draft.ask([a_pair("amara", "deborah")], [], LATER)
    with pytest.raises(PublishingUnderWay):
        MatchRun.start(programme, draft, by=MANAGER, at=LATER)
    draft.ask([a_pair()], [], LATER)
    assert MatchRun.start(programme, draft, by=MANAGER, at=LATER).locked == [], "the published pairs have been asked"


def test_a_run_ends_once() -> None:
    run = a_draft()
    for ending in (run.begin, lambda: run.finish(an_outcome(), NOON), lambda: run.fail(Failure.TIME, NOON), run.cancel):
        with pytest.raises(RunSettled):
            ending()


def test_a_run_that_waits_or_runs_can_be_cancelled_and_tells_nobody() -> None:
    programme = a_programme()
    waiting, running = (MatchRun.start(programme, None, by=MANAGER, at=NOON) for _ in range(2))
    running.begin()
    for run in (waiting, running):
        run.cancel()
        assert run.state is RunState.CANCELLED
        assert run.unpublished == []
        with pytest.raises(RunSettled):
            run.finish(an_outcome(), LATER)


def test_a_run_that_fails_says_what_it_lacked() -> None:
    run = MatchRun.start(a_programme(), None, by=MANAGER, at=NOON)
    run.begin()
    run.fail(Failure.MEMORY, LATER)
    assert (run.state, run.failure) == (RunState.FAILED, Failure.MEMORY)
    assert [type(event) for event in run.unpublished] == [MatchRunFailed]


def test_a_locked_pair_that_the_match_could_not_keep_is_no_longer_locked() -> None:
    run = MatchRun.start(a_programme(), None, by=MANAGER, at=NOON)
    run.locked = [("linh", "rui"), ("amara", "deborah")]
    run.begin()
    run.finish(an_outcome(a_pair(), released=[("amara", "deborah")]), LATER)
    assert (run.locked, run.released) == ([("linh", "rui")], [("amara", "deborah")])
    assert [(event.pairs, event.left_out) for event in run.unpublished if isinstance(event, MatchRunFinished)] == [(1, 0)]


# ---------------------------------------------------------------- the draft


def test_a_locked_pair_stays_until_it_is_unlocked() -> None:
    run, mentor = a_draft(), a_mentor()
    run.lock(a_pair())
    run.lock(a_pair())
    assert run.locked == [("linh", "rui")]
    with pytest.raises(PairLocked):
        run.unpair(a_pair(), mentor)
    with pytest.raises(PairLocked):
        run.forbid(("linh", "rui"))
    with pytest.raises(PairLocked):
        run.pair_by_hand(a_pair("linh", "deborah"), a_mentor("deborah", taken=0), [], (a_pair(), mentor))
    run.unlock(a_pair())
    assert run.unpair(a_pair(), mentor) == [LeftOut(person_id="linh", reason="by_hand")]
    assert (run.paired, run.left_out, run.total_points, mentor.taken) == (0, 1, 0, 0)


def test_a_pair_by_hand_keeps_the_hard_rules_and_the_places() -> None:
    run = a_draft(a_pair(), a_pair("amara", "deborah"))
    before = a_pair(), a_mentor()
    with pytest.raises(HardRuleBroken, match="never_own_line"):
        run.pair_by_hand(a_pair("linh", "deborah"), a_mentor("deborah", places=5), ["never_own_line"], before)
    with pytest.raises(MentorFull):
        run.pair_by_hand(a_pair("mei", "deborah"), a_mentor("deborah"), [])
    deborah = a_mentor("deborah", places=2)
    run.pair_by_hand(a_pair("linh", "deborah", 4_000), deborah, [], before)
    assert (run.paired, run.left_out, run.total_points, run.best_possible) == (2, 0, 9_000, 10_000)
    assert (before[1].taken, deborah.taken) == (0, 2)


def test_a_pair_made_again_by_hand_needs_no_other_place() -> None:
    run, mentor = a_draft(), a_mentor()
    run.lock(a_pair())
    run.pair_by_hand(a_pair(points=4_000), mentor, [], (a_pair(), mentor))
    assert (run.paired, run.total_points, mentor.taken) == (1, 4_000, 1)


def test_two_peers_are_placed_and_left_out_together() -> None:
    run = a_draft(a_pair("amara", "linh", 4_000), form=PartnershipForm.PEER)
    run.proteges = 3
    run.left_out = 1
    alone = run.pair_by_hand(a_pair("linh", "zoe", 1_000), None, [], (a_pair("amara", "linh", 4_000), None))
    assert [one.person_id for one in alone] == ["amara"]
    assert (run.paired, run.left_out, run.total_points) == (1, 1, 1_000)
    assert [one.person_id for one in run.unpair(a_pair("linh", "zoe", 1_000), None)] == ["linh", "zoe"]
    assert (run.paired, run.left_out, run.total_points) == (0, 3, 0)
    assert run.pairing("zoe", "amara") == ("amara", "zoe")
    assert a_draft().pairing("zoe", "amara") == ("zoe", "amara")


def test_a_circle_that_is_too_small_is_not_published() -> None:
    run = a_draft(form=PartnershipForm.CIRCLE)
    run.must_fill_circles(2, {"rui": 1}, [("linh", "rui")])
    with pytest.raises(CircleTooSmall):
        run.must_fill_circles(2, {"rui": 1}, [("linh", "deborah")])
    a_draft().must_fill_circles(2, {}, [("linh", "rui")])


def test_a_pair_that_was_forbidden_is_parted_and_can_be_allowed_again() -> None:
    run, mentor = a_draft(), a_mentor()
    run.forbid(("linh", "rui"))
    run.forbid(("linh", "rui"))
    assert [one.reason for one in run.part(a_pair(), mentor)] == ["by_hand"]
    assert (run.forbidden, run.parted, run.paired) == ([("linh", "rui")], [("linh", "rui")], 0)
    run.allow(("linh", "rui"))
    assert run.forbidden == []


def test_a_draft_is_compared_with_another_unless_that_one_was_published_before() -> None:
    programme = a_programme()
    draft = a_draft()
    nxt = MatchRun.start(programme, draft, by=MANAGER, at=LATER)
    assert nxt.can_be_compared_with(draft)
    published = a_published_run(at=LATER)
    assert MatchRun.start(programme, published, by=MANAGER, at=LATER).previous_run_id is None
    late = a_draft()
    late.requested_at = LATER + timedelta(minutes=1)
    assert not late.can_be_compared_with(published), "a run between the two failed, and the draft was published meanwhile"
    published.undo()
    published.finish_undoing(LATER)
    assert MatchRun.start(programme, published, by=MANAGER, at=LATER).previous_run_id == published.id


def test_whoever_is_left_out_reads_why_in_a_sentence() -> None:
    group = ShortPlaces(proteges=3, mentors=1, mentor_ids=["rui"], places=1)
    assert LeftOut(person_id="linh", reason="too_few_places", group=group).detail == (
        "3 protégés can only be paired with 1 mentor, with 1 place in all."
    )


# ---------------------------------------------------------------- publishing


def test_only_a_draft_is_changed_and_only_one_with_pairs_is_published() -> None:
    run = a_draft()
    with pytest.raises(NotPublished):
        run.undo()
    run.publish(NOON)
    run.ask([a_pair()], [], NOON)
    for change in (
        lambda: run.lock(a_pair()),
        lambda: run.unlock(a_pair()),
        lambda: run.forbid(("linh", "rui")),
        lambda: run.allow(("linh", "rui")),
        lambda: run.unpair(a_pair(), a_mentor()),
        lambda: run.pair_by_hand(a_pair(), a_mentor(), []),
        lambda: run.publish(NOON),
        run.supersede,
    ):
        with pytest.raises(RunNotDraft):
            change()
    run.undo()
    run.finish_undoing(LATER)
    assert run.state is RunState.UNDONE
    run.unpair(a_pair(), a_mentor())
    with pytest.raises(NothingToPublish):
        run.publish(LATER)


def test_a_large_draft_is_published_in_portions_and_is_published_when_all_have_had_their_turn() -> None:
    pairs = [a_pair(name) for name in ("amara", "linh", "mei")]
    run = a_draft(*pairs)
    run.publish(LATER)
    run.ask(pairs[:2], [pairs[1]], LATER)
    assert (run.state, run.asked, run.asked_up_to) == (RunState.PUBLISHING, 2, ("linh", "rui"))
    assert run.unpublished == []
    run.ask(pairs[2:], [], LATER)
    assert (run.state, run.passed_over) == (RunState.PUBLISHED, [("linh", "rui")])
    assert [event.pairs for event in run.unpublished if isinstance(event, MatchPublished)] == [2]
    with pytest.raises(NotPublished):
        run.ask([], [], LATER)


def test_publishing_can_be_taken_back_before_it_is_done() -> None:
    run = a_draft(a_pair(), a_pair("mei"))
    run.publish(LATER)
    run.ask([a_pair()], [], LATER)
    run.undo()
    with pytest.raises(NotPublished):
        run.ask([a_pair("mei")], [], LATER)
    with pytest.raises(PublishingUnderWay):
        run.must_not_be_undone()
    run.finish_undoing(LATER)
    run.must_not_be_undone()
    assert (run.state, run.published_at) == (RunState.UNDONE, None)
    assert [type(event) for event in run.unpublished] == [MatchPublishingUndone]
    run.publish(LATER)
    assert (run.asked, run.asked_up_to, run.passed_over) == (0, None, [])
