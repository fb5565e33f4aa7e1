"""Quarters of an hour: what of their time a person can give only once."""

from datetime import datetime

BUCKET_SECONDS = 15 * 60


def buckets_between(starts_at: datetime, ends_at: datetime) -> list[int]:
    """Every quarter of an hour since 1970 that lies wholly or partly between two instants."""
    return list(range(int(starts_at.timestamp()) // BUCKET_SECONDS, (int(ends_at.timestamp()) - 1) // BUCKET_SECONDS + 1))
