"""Where an event goes: every client must say the same."""

import pytest

from shared.kafka import PARTITIONS, partition_of
from shared.outbox import bucket_of


@pytest.mark.parametrize(
    ("key", "murmur2"),
    # What Kafka's own Java client computes.
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536), ("abc", 479470107)],
)
def test_a_key_goes_where_a_java_client_would_send_it(key: str, murmur2: int) -> None:
    assert partition_of(key) == (murmur2 & 0x7FFFFFFF) % PARTITIONS
    assert bucket_of(key) == partition_of(key)
