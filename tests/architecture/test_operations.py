"""The table of health in the operator's guide: each of its lines is held by a test."""

import re
from pathlib import Path

import pytest

from tests.architecture.test_pitfalls import functions

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "operations.md"
SHARED = "tests/integration/shared"

HELD_BY = {
    "it starts": f"{SHARED}/test_health.py::test_before_it_is_started_it_is_neither",
    "MongoDB, Kafka or a topic is missing at its start": (
        f"{SHARED}/test_serving.py::test_it_never_starts_without_what_it_needs_but_ends_and_says_what_is_missing"
    ),
    "Kafka is away or frozen": (
        f"{SHARED}/test_serving.py::test_while_a_server_is_away_it_lives_but_is_not_ready_and_stops_in_time_all_the_same"
    ),
    "MongoDB is away, frozen, or has no primary": (
        f"{SHARED}/test_serving.py::test_while_a_server_is_away_it_lives_but_is_not_ready_and_stops_in_time_all_the_same"
    ),
    "Kafka's disk is full": f"{SHARED}/test_health.py::test_events_that_wait_for_minutes_make_it_unready_and_younger_ones_do_not",
    "its consumer has died": f"{SHARED}/test_health.py::test_a_dead_consumer_is_not_ready_then_ends_the_process",
    "a handler does not come back": f"{SHARED}/test_reactions.py::test_a_handler_that_never_comes_back_is_stopped_and_its_event_parked",
    "a handler cannot be stopped": f"{SHARED}/test_health.py::test_a_handler_that_does_not_come_back_ends_the_process",
    "its consumer cannot join its group": (f"{SHARED}/test_health.py::test_a_consumer_outside_its_group_for_long_is_not_ready_but_lives"),
    "its relay is stuck": f"{SHARED}/test_health.py::test_a_stuck_relay_ends_the_process",
    "code that does not wait holds up its event loop": (
        "tests/unit/shared/test_lifeline.py::test_a_loop_that_is_blocked_is_said_where_then_ends_the_process"
    ),
    "it is told to stop (SIGTERM)": f"{SHARED}/test_health.py::test_once_it_is_told_to_stop_it_lives_but_is_not_ready",
    "it has much to take in": f"{SHARED}/test_health.py::test_a_process_that_has_much_to_take_in_lives_and_is_ready",
    "events lie parked": f"{SHARED}/test_health.py::test_parked_letters_change_nothing",
    "more replicas than partitions, nothing to do": f"{SHARED}/test_health.py::test_a_replica_that_no_partition_is_left_for_is_ready",
    "the portal is away": "tests/unit/shared/test_auth.py::test_while_the_portal_is_away_tokens_of_known_keys_are_good_and_others_are_not",
    "a topic gets more partitions than 12": (
        f"{SHARED}/test_health.py::test_a_topic_that_gets_more_partitions_is_said_once_counted_and_read"
    ),
    "commits of offsets keep failing": (
        f"{SHARED}/test_subscriber.py::test_a_commit_that_is_refused_is_counted_and_said_and_loses_nothing"
    ),
}


def test_each_line_of_the_table_is_held_by_a_test() -> None:
    table = GUIDE.read_text().partition("| what happens | live |")[2].partition("\n\n")[0]
    lines = re.findall(r"^\| (.+?) \| .*\|$", table, re.MULTILINE)
    assert lines == list(HELD_BY)


@pytest.mark.parametrize("line", HELD_BY)
def test_the_test_that_holds_a_line_exists(line: str) -> None:
    path, _, name = HELD_BY[line].partition("::")
    assert name in functions(ROOT / path)
